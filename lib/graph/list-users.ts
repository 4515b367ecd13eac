import { directoryUserSchema } from '../domain/directory-user.ts'
import type { DeltaPage } from '../sync/ports/directory.ts'
import type { GraphClient } from './client.ts'
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
  const selected = [...new Set(['id', ...select])].map(encodeURIComponent).join(',')
  const path = link === null ? `/users?$select=${selected}&$top=999` : ownLink(graph, link, what)
  const asked = { what, kind: link === null ? ('read' as const) : ('page' as const) }
  const page = parseAnswer(await graph.get(path), asked, pageSchema)
  return { users: page.value, removed: [], nextLink: page['@odata.nextLink'] ?? null, deltaLink: null }
}
