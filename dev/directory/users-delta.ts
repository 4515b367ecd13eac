import { coprimeStep } from './coprime-step.ts'
import type { Entry } from './entries.ts'
import { type Answer, type Call, graphError } from './graph-answer.ts'
import { badToken, deltaPage, issued, type LinkToken, readToken, type TokenOf } from './link-token.ts'
import { projectForDelta, selection } from './select-properties.ts'
import type { Person } from './person.ts'
import { type DirectoryState, entryOf } from './state.ts'

/** `GET /users/delta`. https://learn.microsoft.com/graph/delta-query-users */
export function usersDelta(state: DirectoryState, call: Call): Answer {
  if (state.options.kind === 'b2c')
    return graphError(400, 'Request_UnsupportedQuery', 'Change enumeration is not supported for requested tenant.')
  const now = Date.now()
  const link = call.query.get('$skiptoken') ?? call.query.get('$deltatoken')
  if (link === null || link === '') return enumerate(state, call, now)
  if (link === 'latest') {
    const select = selection(call.query, 'delta')
    return 'error' in select
      ? select.error
      : deltaPage(state, 'users', [], deltaToken(state, [...select], state.changes.length, now))
  }
  const token = readToken(state, link, now)
  if ('error' in token) return token.error
  const minimal = /\breturn=minimal\b/.test(call.headers['prefer'] ?? '')
  switch (token.kind) {
    case 'enumerate':
      return enumerationPage(state, token, now)
    case 'changes':
      return changesPage(state, token, now)
    case 'delta': {
      const since = Math.max(0, token.since - state.traps.replay)
      return changesPage(state, { ...token, kind: 'changes', since, page: 0, minimal }, now)
    }
    default:
      return badToken()
  }
}

function enumerate(state: DirectoryState, call: Call, now: number): Answer {
  for (const name of ['$expand', '$top', '$orderby'])
    if (call.query.has(name))
      return graphError(400, 'Request_UnsupportedQuery', `${name} is not supported with delta queries.`)
  const select = selection(call.query, 'delta')
  if ('error' in select) return select.error
  const start = { position: 0, count: state.entries.length, since: state.changes.length, page: 0 }
  return enumerationPage(state, { kind: 'enumerate', select: [...select], ...start, ...issued(state, now) }, now)
}

function enumerationPage(state: DirectoryState, token: TokenOf<'enumerate'>, now: number): Answer {
  if (nobody(state)) return deltaPage(state, 'users', [], deltaToken(state, token.select, token.since, now))
  const { emptyPageEvery, repeatEvery, outOfOrder } = state.traps
  const next: LinkToken = { ...token, page: token.page + 1, ...issued(state, now) }
  if (emptyPageEvery > 0 && token.page % emptyPageEvery === emptyPageEvery - 1)
    return deltaPage(state, 'users', [], next)
  const end = Math.min(token.count, token.position + state.options.pageSize)
  const from = repeatEvery > 0 && token.page % repeatEvery === repeatEvery - 1 ? token.position - 1 : token.position
  const step = outOfOrder ? coprimeStep(token.count) : 1
  const value: object[] = []
  for (let place = Math.max(0, from); place < end; place++) {
    const entry = state.entries[(place * step) % token.count]
    if (entry) value.push(deltaEntry(state, entry, token.select))
  }
  if (end < token.count) return deltaPage(state, 'users', value, { ...next, position: end })
  return deltaPage(state, 'users', value, deltaToken(state, token.select, token.since, now))
}

const nobody = (state: DirectoryState): boolean => state.empty.users || state.foreignTenant

function changesPage(state: DirectoryState, token: TokenOf<'changes'>, now: number): Answer {
  // What is kept back comes later, with the same link.
  if (nobody(state)) return deltaPage(state, 'users', [], deltaToken(state, token.select, token.since, now))
  const { emptyPageEvery } = state.traps
  const next: LinkToken = { ...token, page: token.page + 1, ...issued(state, now) }
  if (emptyPageEvery > 0 && token.page % emptyPageEvery === emptyPageEvery - 1)
    return deltaPage(state, 'users', [], next)
  const wanted = new Set(token.select)
  const changed = new Map<number, Set<string> | null>()
  let at = token.since
  for (; at < state.changes.length && changed.size < state.options.pageSize; at++) {
    const change = state.changes[at]
    if (!change || (change.properties && !change.properties.some((name) => wanted.has(name)))) continue
    const before = changed.get(change.position)
    if (change.properties === null || before === null) changed.set(change.position, null)
    else changed.set(change.position, new Set([...(before ?? []), ...change.properties]))
  }
  const value: object[] = []
  for (const [position, names] of changed) {
    const entry = state.entries[position]
    if (!entry) continue
    const shown = token.minimal && names ? token.select.filter((name) => names.has(name)) : token.select
    value.unshift(deltaEntry(state, entry, shown))
  }
  if (at < state.changes.length) return deltaPage(state, 'users', value, { ...next, since: at })
  return deltaPage(state, 'users', value, deltaToken(state, token.select, at, now))
}

function deltaEntry(state: DirectoryState, entry: Entry, select: readonly string[]): object {
  if (entry.status === 'active') return projectForDelta(withoutDeletedManager(state, entry.person), select)
  return { id: entry.person.id, '@removed': { reason: entry.status === 'purged' ? 'deleted' : 'changed' } }
}

/** Nobody's manager is somebody deleted. */
function withoutDeletedManager(state: DirectoryState, person: Person): Person {
  const manager = typeof person.manager === 'string' ? entryOf(state, person.manager) : undefined
  return manager === undefined || manager.status === 'active' ? person : { ...person, manager: null }
}

const deltaToken = (state: DirectoryState, select: string[], since: number, now: number): LinkToken => ({
  kind: 'delta',
  select,
  since,
  ...issued(state, now),
})
