import * as z from 'zod'
import { directoryUserSchema } from '../domain/directory-user.ts'
import type { DeltaPage } from '../sync/ports/directory.ts'
import type { Asked } from './classify-graph-fault.ts'
import type { GraphClient } from './client.ts'
import { withManager } from './manager.ts'
import { ownLink } from './own-link.ts'
import { deltaPageSchema } from './page-schemas.ts'
import { parseAnswer } from './parse-answer.ts'

/** `@removed` with a reason that isn't documented fails: such an entry must never pass for a person. */
const entrySchema = directoryUserSchema.extend({
  '@removed': z.object({ reason: z.enum(['changed', 'deleted']) }).optional(),
})

const pageSchema = deltaPageSchema(entrySchema)

/** One page of users/delta; links are followed as they came, and only to the Graph they came from. */
export async function readDelta(
  graph: GraphClient,
  link: string | null,
  select: readonly string[],
): Promise<DeltaPage> {
  const asked: Asked = { what: 'users/delta', kind: link === null ? 'enumeration' : 'link' }
  const path =
    link === null
      ? `/users/delta?$select=${select.map(encodeURIComponent).join(',')}`
      : ownLink(graph, link, asked.what)
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
    else result.users.push(withManager(entry, select))
  }
  return result
}
