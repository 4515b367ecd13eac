import { directoryUserSchema } from '../domain/directory-user.ts'
import type { DeltaPage } from '../sync/ports/directory.ts'
import type { GraphClient } from './client.ts'
import { peopleQuery, withManager } from './manager.ts'
import { listPageSchema } from './page-schemas.ts'
import { ownLink } from './own-link.ts'
import { parseAnswer } from './parse-answer.ts'

const pageSchema = listPageSchema(directoryUserSchema)

/**
 * One page of `GET /users`, for tenants without delta queries. A list has no memory: who is gone is missing on all its pages.
 * https://learn.microsoft.com/graph/api/user-list
 */
export async function listUsers(
  graph: GraphClient,
  link: string | null,
  select: readonly string[],
): Promise<DeltaPage> {
  const what = 'the list of users'
  // With a relation, a page of the default size is what every tenant gives.
  const size = select.includes('manager') ? 100 : 999
  const path = link === null ? `/users?${peopleQuery(select)}&$top=${size}` : ownLink(graph, link, what)
  const asked = { what, kind: link === null ? ('read' as const) : ('page' as const) }
  const page = parseAnswer(await graph.get(path), asked, pageSchema)
  const users = page.value.map((user) => withManager(user, select))
  return { users, removed: [], nextLink: page['@odata.nextLink'] ?? null, deltaLink: null }
}
