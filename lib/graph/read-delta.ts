import * as z from 'zod'
import { directoryUserSchema } from '../domain/directory-user.ts'
import { Terminal } from '../domain/faults.ts'
import type { DeltaPage } from '../sync/ports/directory.ts'
import type { Asked } from './classify-graph-fault.ts'
import type { GraphClient } from './client.ts'
import { parseAnswer } from './parse-answer.ts'

/** `@removed` with a reason that isn't documented fails: such an entry must never pass for a person. */
const entrySchema = directoryUserSchema.extend({
  '@removed': z.object({ reason: z.enum(['changed', 'deleted']) }).optional(),
})

/** https://learn.microsoft.com/graph/delta-query-overview: the two links never stand together, and one always stands. */
const pageSchema = z
  .object({
    value: z.array(entrySchema),
    '@odata.nextLink': z.string().min(1).optional(),
    '@odata.deltaLink': z.string().min(1).optional(),
  })
  .refine((page) => (page['@odata.nextLink'] === undefined) !== (page['@odata.deltaLink'] === undefined), {
    path: ['@odata.nextLink'],
  })

/** One page of users/delta; links are followed as they came, and only to the Graph they came from. */
export async function readDelta(
  graph: GraphClient,
  link: string | null,
  select: readonly string[],
): Promise<DeltaPage> {
  const asked: Asked = { what: 'users/delta', kind: link === null ? 'enumeration' : 'link' }
  if (link !== null && URL.parse(link)?.origin !== graph.origin)
    throw new Terminal(
      'foreign-link',
      'A stored link of users/delta leads to another host than GRAPH_BASE_URL; the access token does not go there.',
    )
  const path = link ?? `/users/delta?$select=${select.map(encodeURIComponent).join(',')}`
  const page = parseAnswer(await graph.get(path), asked, pageSchema)
  const result: DeltaPage = {
    users: [],
    removed: [],
    nextLink: page['@odata.nextLink'] ?? null,
    deltaLink: page['@odata.deltaLink'] ?? null,
  }
  for (const entry of page.value) {
    const removed = entry['@removed']
    if (removed) result.removed.push({ id: entry.id, reason: removed.reason })
    else result.users.push(entry)
  }
  return result
}
