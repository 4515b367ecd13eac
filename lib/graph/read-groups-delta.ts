import * as z from 'zod'
import type { GroupsPage } from '../sync/ports/directory.ts'
import type { Asked } from './classify-graph-fault.ts'
import type { GraphClient } from './client.ts'
import { ownLink } from './own-link.ts'
import { deltaPageSchema } from './page-schemas.ts'
import { parseAnswer } from './parse-answer.ts'

/** `@removed` on a member: taken out of the group, or gone itself. That it changed is all that is asked. */
const memberSchema = z.object({ id: z.string().min(1), '@odata.type': z.string().optional() })

const entrySchema = z.object({
  id: z.string().min(1),
  '@removed': z.object({ reason: z.string() }).optional(),
  'members@delta': z.array(memberSchema).optional(),
})

const pageSchema = deltaPageSchema(entrySchema)

/**
 * One page of groups/delta with members; `null` = a deltaLink from now on. An entry without members stays: it can be a
 * group that was restored. https://learn.microsoft.com/graph/delta-query-groups
 */
export async function readGroupsDelta(graph: GraphClient, link: string | null): Promise<GroupsPage> {
  const what = 'groups/delta'
  const asked: Asked = { what, kind: link === null ? 'enumeration' : 'link', permission: 'GroupMember.Read.All' }
  const path = link === null ? '/groups/delta?$select=id,members&$deltatoken=latest' : ownLink(graph, link, what)
  const page = parseAnswer(await graph.get(path), asked, pageSchema)
  return {
    changes: page.value.map((entry) => ({
      group: entry.id,
      removed: entry['@removed'] !== undefined,
      users: membersOf(entry, '#microsoft.graph.user'),
      groups: membersOf(entry, '#microsoft.graph.group'),
    })),
    nextLink: page['@odata.nextLink'] ?? null,
    deltaLink: page['@odata.deltaLink'] ?? null,
  }
}

/** Devices, service principals and contacts are nobody's business; a member that doesn't say what it is may be any. */
function membersOf(entry: z.infer<typeof entrySchema>, type: string): string[] {
  const members = entry['members@delta'] ?? []
  return [...new Set(members.filter((member) => (member['@odata.type'] ?? type) === type).map(({ id }) => id))]
}
