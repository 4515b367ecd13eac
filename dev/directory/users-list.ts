import { visible } from './entries.ts'
import { type Expansion, expansion, withManager } from './expand-manager.ts'
import { type Answer, type Call, graphError, ok } from './graph-answer.ts'
import { badToken, issued, listLink, readToken } from './link-token.ts'
import type { Person } from './person.ts'
import { projectForGet, selection } from './select-properties.ts'
import { type DirectoryState, entryOf } from './state.ts'

const quoted = `'((?:[^']|'')*)'`
const inFilter = new RegExp(`^id in \\((${quoted}(?:\\s*,\\s*${quoted})*)\\)$`)
const equalFilter = new RegExp(`^(userPrincipalName|mail|displayName) eq ${quoted}$`)

/** `GET /users`, with `$filter` as far as this project needs it. https://learn.microsoft.com/graph/api/user-list */
export function usersList(state: DirectoryState, call: Call): Answer {
  const now = Date.now()
  const link = call.query.get('$skiptoken')
  if (link !== null) {
    const token = readToken(state, link, now)
    if ('error' in token) return token.error
    if (token.kind !== 'list') return badToken()
    return listPage(state, call, token, now, null)
  }
  const select = selection(call.query, 'collection')
  if ('error' in select) return select.error
  const manager = expansion(call.query, 'collection')
  if (manager && 'error' in manager) return manager.error
  const top = Number(call.query.get('$top') ?? state.options.pageSize)
  if (!Number.isInteger(top) || top < 1 || top > 999)
    return graphError(400, 'Request_BadRequest', 'Invalid page size specified: must be between 1 and 999 inclusive.')
  const filter = call.query.get('$filter')
  if (filter !== null) return filtered(state, filter, { select, manager }, now)
  const counted = call.query.get('$count') === 'true' && eventual(call)
  return listPage(state, call, { select, manager, position: 0, top }, now, counted ? state.activeUsers : null)
}

export const eventual = (call: Call): boolean => call.headers['consistencylevel']?.toLowerCase() === 'eventual'

type Shown = { select: readonly string[]; manager: Expansion }

function listPage(
  state: DirectoryState,
  call: Call,
  asked: Shown & { position: number; top: number },
  now: number,
  count: number | null,
): Answer {
  const { select, manager, top } = asked
  const value: object[] = []
  let { position } = asked
  for (; position < state.entries.length && value.length < top; position++) {
    const person = shownPerson(state, position, now)
    if (person) value.push(shownAs(state, person, asked, now))
  }
  const token = {
    kind: 'list' as const,
    select: [...select],
    manager: manager && [...manager],
    position,
    top,
    ...issued(state, now),
  }
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#users`,
    ...(count === null ? {} : { '@odata.count': count }),
    ...(position < state.entries.length ? { '@odata.nextLink': listLink(state, call, token) } : {}),
    value,
  })
}

function shownAs(state: DirectoryState, person: Person, { select, manager }: Shown, now: number): object {
  return withManager(state, person, projectForGet(person, select), manager, now)
}

function shownPerson(state: DirectoryState, position: number, now: number): Person | null {
  const entry = state.entries[position]
  if (!entry) return null
  const shown = visible(entry, now)
  return shown.status === 'active' ? shown.person : null
}

function filtered(state: DirectoryState, filter: string, asked: Shown, now: number): Answer {
  const people: Person[] = []
  const list = inFilter.exec(filter.trim())?.[1]
  const equal = equalFilter.exec(filter.trim())
  if (list !== undefined) {
    const ids = [...list.matchAll(new RegExp(quoted, 'g'))].map((match) => (match[1] ?? '').replaceAll("''", "'"))
    if (ids.length > 15)
      return graphError(
        400,
        'Request_UnsupportedQuery',
        `Too many child clauses specified in search filter expression containing 'OR' operators: ${ids.length}. Max allowed: 15.`,
      )
    if (ids.some((id) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)))
      return graphError(400, 'Request_BadRequest', 'Invalid object identifier in the filter clause.')
    for (const id of new Set(ids)) {
      const position = state.positions.get(id.toLowerCase())
      const person = position === undefined ? null : shownPerson(state, position, now)
      if (person) people.push(person)
    }
    const { omitEvery } = state.traps
    if (omitEvery > 0 && ++state.listReads % omitEvery === 0) people.pop()
  } else if (equal) {
    const [, name = '', value = ''] = equal
    for (let position = 0; position < state.entries.length; position++) {
      const person = shownPerson(state, position, now)
      const held: unknown = person && Reflect.get(person, name)
      if (person && typeof held === 'string' && held.toLowerCase() === value.replaceAll("''", "'").toLowerCase())
        people.push(person)
    }
  } else return graphError(400, 'Request_UnsupportedQuery', 'Unsupported or invalid query filter clause specified.')
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#users`,
    // Order is not kept.
    value: people.reverse().map((person) => shownAs(state, person, asked, now)),
  })
}

/** `GET /users/$count`: an advanced query. https://learn.microsoft.com/graph/aad-advanced-queries */
export function usersCount(state: DirectoryState, call: Call): Answer {
  if (!eventual(call))
    return graphError(
      400,
      'Request_BadRequest',
      '$count is not currently supported without ConsistencyLevel: eventual.',
    )
  return ok(String(state.activeUsers))
}

/** The person that a path names: object id, or user principal name. */
export function personByKey(state: DirectoryState, key: string, now: number): Person | null {
  const entry = entryOf(state, key)
  if (entry) {
    const shown = visible(entry, now)
    return shown.status === 'active' ? shown.person : null
  }
  if (!key.includes('@')) return null
  const wanted = key.toLowerCase()
  for (let position = 0; position < state.entries.length; position++) {
    const person = shownPerson(state, position, now)
    if (person?.userPrincipalName.toLowerCase() === wanted) return person
  }
  return null
}
