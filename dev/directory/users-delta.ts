import { type Answer, type Call, graphError, ok } from './graph-answer.ts'
import { type LinkToken, readToken, writeToken } from './link-token.ts'
import { projectForDelta, selection } from './select-properties.ts'
import type { DirectoryState, Entry } from './state.ts'

type Of<Kind extends LinkToken['kind']> = Extract<LinkToken, { kind: Kind }>

/** `GET /users/delta`. https://learn.microsoft.com/graph/delta-query-users */
export function usersDelta(state: DirectoryState, call: Call): Answer {
  if (state.options.kind === 'b2c')
    return graphError(400, 'Request_UnsupportedQuery', 'Change enumeration is not supported for requested tenant.')
  const now = Date.now()
  const link = call.query.get('$skiptoken') ?? call.query.get('$deltatoken')
  if (link === null || link === '') return enumerate(state, call, now)
  if (link === 'latest') {
    const select = selection(call.query, 'delta')
    return 'error' in select ? select.error : page(state, [], deltaToken(state, [...select], state.changes.length, now))
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
    case 'list':
      return graphError(400, 'Request_BadRequest', 'Badly formed token.')
  }
}

function enumerate(state: DirectoryState, call: Call, now: number): Answer {
  for (const name of ['$expand', '$top', '$orderby'])
    if (call.query.has(name))
      return graphError(400, 'Request_UnsupportedQuery', `${name} is not supported with delta queries.`)
  const select = selection(call.query, 'delta')
  if ('error' in select) return select.error
  const start = { position: 0, count: state.entries.length, since: state.changes.length, page: 0 }
  return enumerationPage(
    state,
    { kind: 'enumerate', select: [...select], ...start, issued: now, generation: state.linkGeneration },
    now,
  )
}

function enumerationPage(state: DirectoryState, token: Of<'enumerate'>, now: number): Answer {
  const { emptyPageEvery, repeatEvery, outOfOrder } = state.traps
  const next: LinkToken = { ...token, page: token.page + 1, issued: now, generation: state.linkGeneration }
  if (emptyPageEvery > 0 && token.page % emptyPageEvery === emptyPageEvery - 1) return page(state, [], next)
  const end = Math.min(token.count, token.position + state.options.pageSize)
  const from = repeatEvery > 0 && token.page % repeatEvery === repeatEvery - 1 ? token.position - 1 : token.position
  const step = outOfOrder ? coprimeStep(token.count) : 1
  const value: object[] = []
  for (let place = Math.max(0, from); place < end; place++) {
    const entry = state.entries[(place * step) % token.count]
    if (entry) value.push(deltaEntry(entry, token.select))
  }
  if (end < token.count) return page(state, value, { ...next, position: end })
  return page(state, value, deltaToken(state, token.select, token.since, now))
}

/** A step that visits every place of `count` once, in an order that says nothing. */
function coprimeStep(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let step = Math.max(1, Math.floor(count * 0.618))
  while (divisor(step, count) !== 1) step++
  return step
}

function changesPage(state: DirectoryState, token: Of<'changes'>, now: number): Answer {
  const { emptyPageEvery } = state.traps
  const next: LinkToken = { ...token, page: token.page + 1, issued: now, generation: state.linkGeneration }
  if (emptyPageEvery > 0 && token.page % emptyPageEvery === emptyPageEvery - 1) return page(state, [], next)
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
    value.unshift(deltaEntry(entry, shown))
  }
  if (at < state.changes.length) return page(state, value, { ...next, since: at })
  return page(state, value, deltaToken(state, token.select, at, now))
}

function deltaEntry(entry: Entry, select: readonly string[]): object {
  if (entry.status === 'active') return projectForDelta(entry.person, select)
  return { id: entry.person.id, '@removed': { reason: entry.status === 'purged' ? 'deleted' : 'changed' } }
}

const deltaToken = (state: DirectoryState, select: string[], since: number, now: number): LinkToken => ({
  kind: 'delta',
  select,
  since,
  issued: now,
  generation: state.linkGeneration,
})

function page(state: DirectoryState, value: object[], token: LinkToken): Answer {
  const [name, parameter] =
    token.kind === 'delta' ? ['@odata.deltaLink', '$deltatoken'] : ['@odata.nextLink', '$skiptoken']
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#users`,
    [name]: `${state.origin}/v1.0/users/delta?${parameter}=${writeToken(token)}`,
    value,
  })
}
