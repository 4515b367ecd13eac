import * as z from 'zod'
import { RetryLater } from '../domain/faults.ts'
import { DirectoryReset } from '../sync/ports/directory.ts'
import { groupMissing } from './check-groups.ts'
import { type Asked, graphErrorCode } from './classify-graph-fault.ts'
import type { GraphClient } from './client.ts'
import { listPageSchema } from './page-schemas.ts'
import { isObjectId } from './object-id.ts'
import { ownLink } from './own-link.ts'
import { settleAnswer } from './settle-answer.ts'

type Kind = 'user' | 'group'
type Depth = 'direct' | 'transitive'

const permission = 'GroupMember.Read.All'
const memberSchema = z.object({ id: z.string().min(1), '@odata.type': z.string().optional() })
const pageSchema = listPageSchema(memberSchema)
const groupTypesSchema = z.object({ groupTypes: z.array(z.string()) })

/** A cast is an advanced query, and the header isn't carried into nextLinks. https://learn.microsoft.com/graph/aad-advanced-queries */
const eventual = { ConsistencyLevel: 'eventual' }

/**
 * Object ids of the users in a group, nested ones too or direct ones only, a page at a time. It ends only after the last page; whatever fails throws.
 * https://learn.microsoft.com/graph/api/group-list-transitivemembers
 * @throws Terminal `group-missing`
 */
export function groupMembers(graph: GraphClient, group: string, depth: Depth = 'transitive'): AsyncIterable<string[]> {
  return memberPages(graph, group, 'user', depth)
}

/** Object ids of the groups in a group, nested ones too. @throws Terminal `group-missing` */
export async function nestedGroups(graph: GraphClient, group: string): Promise<string[]> {
  const ids = new Set<string>()
  for await (const page of memberPages(graph, group, 'group', 'transitive')) for (const id of page) ids.add(id)
  return [...ids]
}

async function* memberPages(graph: GraphClient, group: string, kind: Kind, depth: Depth): AsyncGenerator<string[]> {
  if (!isObjectId(group)) throw groupMissing([group])
  const type = `microsoft.graph.${kind}`
  const what = `the members of a group (${type})`
  const relation = depth === 'transitive' ? 'transitiveMembers' : 'members'
  let link: string | null = null
  do {
    const path: string =
      link === null
        ? `/groups/${group}/${relation}/${type}?$select=id&$top=999&$count=true`
        : ownLink(graph, link, what)
    const answer = await graph.get(path, eventual)
    if (
      kind === 'group' &&
      graphErrorCode(answer.body) === 'Request_UnsupportedQuery' &&
      (await isUnified(graph, group))
    )
      return
    const asked: Asked = { what, kind: link === null ? 'read' : 'page', permission }
    const page = settlePage(answer, asked)
    if (page === null) throw groupMissing([group])
    // A cast that is not understood answers every kind of member: https://github.com/microsoftgraph/microsoft-graph-docs/issues/17604
    yield page.value.filter((member) => (member['@odata.type'] ?? `#${type}`) === `#${type}`).map(({ id }) => id)
    link = page['@odata.nextLink'] ?? null
  } while (link !== null)
}

function settlePage(answer: Parameters<typeof settleAnswer>[0], asked: Asked) {
  try {
    const page = settleAnswer(answer, asked, pageSchema)
    if (page instanceof RetryLater) throw page
    return page
  } catch (error) {
    if (!(error instanceof DirectoryReset)) throw error
    // Only this list begins again, not the directory.
    throw new RetryLater(`The pages of ${asked.what} expired before the last one.`, null, { cause: error })
  }
}

/**
 * A Microsoft 365 group can't hold groups, and refuses the cast with 400 Request_UnsupportedQuery, as documented. That it
 * is one is asked for: the same code can mean something else.
 */
async function isUnified(graph: GraphClient, group: string): Promise<boolean> {
  const asked: Asked = { what: 'a group by id', kind: 'read', permission }
  const answer = settleAnswer(await graph.get(`/groups/${group}?$select=id,groupTypes`), asked, groupTypesSchema)
  if (answer instanceof RetryLater) throw answer
  if (answer === null) throw groupMissing([group])
  return answer.groupTypes.includes('Unified')
}
