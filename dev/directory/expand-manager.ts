import { visible } from './entries.ts'
import { type Answer, graphError } from './graph-answer.ts'
import type { Person } from './person.ts'
import { projectForGet } from './select-properties.ts'
import { type DirectoryState, entryOf } from './state.ts'

/** Properties that are asked for of the manager; null = the manager isn't asked for. */
export type Expansion = readonly string[] | null

const allProperties = ['id', 'displayName', 'givenName', 'mail', 'surname', 'userPrincipalName']

/** `$expand` of people: one relation, `manager`, with a `$select` of its own. https://learn.microsoft.com/graph/api/user-list-manager */
export function expansion(query: URLSearchParams, on: 'collection' | 'single'): Expansion | { error: Answer } {
  const text = query.get('$expand')
  if (text === null) return null
  if (/\$levels/.test(text) && on === 'collection')
    return {
      error: graphError(
        400,
        'Request_UnsupportedQuery',
        "Transitive manager's list is only supported on a single user, send the $expand request on /users/{id} endpoint",
      ),
    }
  const match = /^manager(?:\((?:\$levels=1;)?\$select=(\w+(?:,\w+)*)\))?$/.exec(text)
  if (!match) return { error: graphError(400, 'Request_BadRequest', 'Parsing OData Select and Expand failed.') }
  return match[1] === undefined ? allProperties : ['id', ...match[1].split(',')]
}

/** The person with the manager; one without has no such member, and neither has one whose manager is deleted. */
export function withManager(
  state: DirectoryState,
  person: Person,
  shown: object,
  properties: Expansion,
  now: number,
): object {
  const entry = properties && typeof person.manager === 'string' ? entryOf(state, person.manager) : undefined
  const seen = entry && visible(entry, now)
  if (!properties || !seen?.person || seen.status !== 'active') return shown
  const names = [...new Set(properties)]
  return { ...shown, manager: { '@odata.type': '#microsoft.graph.user', ...projectForGet(seen.person, names) } }
}

/** `GET /users/{id}/directReports`, not paged: nobody here has a thousand. */
export function reportsTo(state: DirectoryState, manager: Person, now: number): Person[] {
  return state.entries.flatMap((entry) => {
    const { status, person } = visible(entry, now)
    return status === 'active' && person?.manager === manager.id ? [person] : []
  })
}
