import { coprimeStep } from './coprime-step.ts'
import type { GroupEntry, Membership } from './entries.ts'
import { groupSelection, projectGroup } from './group.ts'
import { type Answer, type Call, graphError } from './graph-answer.ts'
import { badToken, deltaPage, issued, type LinkToken, readToken, type TokenOf } from './link-token.ts'
import { idOf, typeOf } from './memberships.ts'
import type { DirectoryState } from './state.ts'

/** `GET /groups/delta`, with `members` selected or not. https://learn.microsoft.com/graph/delta-query-groups */
export function groupsDelta(state: DirectoryState, call: Call): Answer {
  if (state.options.kind === 'b2c')
    return graphError(400, 'Request_UnsupportedQuery', 'Change enumeration is not supported for requested tenant.')
  const now = Date.now()
  const link = call.query.get('$skiptoken') ?? call.query.get('$deltatoken')
  if (link === null || link === '' || link === 'latest') return begin(state, call, link === 'latest', now)
  const token = readToken(state, link, now)
  if ('error' in token) return token.error
  const minimal = /\breturn=minimal\b/.test(call.headers['prefer'] ?? '')
  switch (token.kind) {
    case 'groups-enumerate':
      return enumerationPage(state, token, now)
    case 'groups-changes':
      return changesPage(state, token, now)
    case 'groups-delta': {
      const since = Math.max(0, token.since - state.traps.replay)
      return changesPage(state, { ...token, kind: 'groups-changes', since, page: 0, minimal }, now)
    }
    default:
      return badToken()
  }
}

function begin(state: DirectoryState, call: Call, latest: boolean, now: number): Answer {
  for (const name of ['$expand', '$top', '$orderby'])
    if (call.query.has(name))
      return graphError(400, 'Request_UnsupportedQuery', `${name} is not supported with delta queries.`)
  const select = groupSelection(call.query, 'delta')
  if ('error' in select) return select.error
  const since = state.groupChanges.length
  if (latest) return deltaPage(state, 'groups', [], deltaToken(state, select, since, now))
  const start = { pass: 0, place: 0, before: null, count: state.groups.length, since, page: 0 }
  return enumerationPage(state, { kind: 'groups-enumerate', select, ...start, ...issued(state, now) }, now)
}

const deltaToken = (state: DirectoryState, select: string[], since: number, now: number): LinkToken => ({
  kind: 'groups-delta',
  select,
  since,
  ...issued(state, now),
})

const nothing = (state: DirectoryState): boolean => state.empty.groups || state.foreignTenant

const isEmptyPage = (state: DirectoryState, page: number): boolean => {
  const { emptyPageEvery } = state.traps
  return emptyPageEvery > 0 && page % emptyPageEvery === emptyPageEvery - 1
}

/** Entries of one page: a group once, with the members that this page tells of. */
type Entries = Map<GroupEntry, { whole: boolean; members: Set<Membership> }>

const entryFor = (entries: Entries, group: GroupEntry) => {
  const entry = entries.get(group) ?? { whole: false, members: new Set() }
  entries.set(group, entry)
  return entry
}

/** Chunk by chunk, first every group's first one: a large group comes again between and after others. */
function enumerationPage(state: DirectoryState, token: TokenOf<'groups-enumerate'>, now: number): Answer {
  if (nothing(state)) return deltaPage(state, 'groups', [], deltaToken(state, token.select, token.since, now))
  const next = { ...token, page: token.page + 1, ...issued(state, now) }
  if (isEmptyPage(state, token.page)) return deltaPage(state, 'groups', [], next)
  const { pageSize, memberPageSize: chunk } = state.options
  const { repeatEvery, outOfOrder } = state.traps
  const step = outOfOrder ? coprimeStep(token.count) : 1
  const groupAt = (place: number) => state.groups[(place * step) % token.count]
  const entries: Entries = new Map()
  const show = (group: GroupEntry, pass: number): number => {
    const entry = entryFor(entries, group)
    entry.whole = true
    const members = token.select.includes('members') ? group.memberships.slice(pass * chunk, (pass + 1) * chunk) : []
    for (const membership of members) if (membership.present) entry.members.add(membership)
    return members.length
  }
  const { before } = token
  const again = before && groupAt(before.place)
  if (again && repeatEvery > 0 && token.page % repeatEvery === repeatEvery - 1) show(again, before.pass)
  let room = chunk
  let last = before
  for (const at of chunks(state, token, groupAt)) {
    if (entries.size >= pageSize || room <= 0)
      return deltaPage(state, 'groups', shown(entries, token), { ...next, ...at, before: last })
    const group = groupAt(at.place)
    if (group) room -= show(group, at.pass)
    last = at
  }
  return deltaPage(state, 'groups', shown(entries, token), deltaToken(state, token.select, token.since, now))
}

function* chunks(
  state: DirectoryState,
  token: TokenOf<'groups-enumerate'>,
  groupAt: (place: number) => GroupEntry | undefined,
): Generator<{ pass: number; place: number }> {
  const chunk = token.select.includes('members') ? state.options.memberPageSize : Number.POSITIVE_INFINITY
  const groups = state.groups.slice(0, token.count)
  let { place } = token
  for (let { pass } = token; ; pass++, place = 0) {
    if (pass > 0 && !groups.some(({ memberships }) => memberships.length > pass * chunk)) return
    for (; place < token.count; place++) {
      const size = groupAt(place)?.memberships.length ?? 0
      if (pass === 0 || size > pass * chunk) yield { pass, place }
    }
  }
}

function changesPage(state: DirectoryState, token: TokenOf<'groups-changes'>, now: number): Answer {
  // What is kept back comes later, with the same link.
  if (nothing(state)) return deltaPage(state, 'groups', [], deltaToken(state, token.select, token.since, now))
  const next = { ...token, page: token.page + 1, ...issued(state, now) }
  if (isEmptyPage(state, token.page)) return deltaPage(state, 'groups', [], next)
  const { pageSize, memberPageSize } = state.options
  const wanted = new Set(token.select)
  const entries: Entries = new Map()
  let room = memberPageSize
  let at = token.since
  for (; at < state.groupChanges.length && entries.size < pageSize && room > 0; at++) {
    const change = state.groupChanges[at]
    if (!change) continue
    const { group, membership, properties } = change
    if (membership && wanted.has('members')) {
      entryFor(entries, group).members.add(membership)
      room--
    } else if (!membership && (properties === null || properties.some((name) => wanted.has(name))))
      entryFor(entries, group).whole = true
  }
  const value = shown(entries, token).toReversed()
  if (at < state.groupChanges.length) return deltaPage(state, 'groups', value, { ...next, since: at })
  return deltaPage(state, 'groups', value, deltaToken(state, token.select, at, now))
}

/** Every change is shown as things stand now. A property that was never set is absent. */
function shown(entries: Entries, token: { select: string[]; minimal?: boolean }): object[] {
  return [...entries].map(([entry, { whole, members }]) => {
    const { id } = entry.group
    if (entry.status !== 'active')
      return { id, '@removed': { reason: entry.status === 'purged' ? 'deleted' : 'changed' } }
    const properties = token.minimal && !whole ? [] : Object.entries(projectGroup(entry.group, token.select))
    return {
      ...Object.fromEntries(properties.filter(([, value]) => value !== null)),
      id,
      ...(members.size > 0 ? { 'members@delta': [...members].map(shownMember) } : {}),
    }
  })
}

const shownMember = ({ member, present }: Membership): object => ({
  '@odata.type': `#microsoft.graph.${typeOf(member)}`,
  id: idOf(member),
  // Taken out, or gone itself: both look like this.
  ...(present ? {} : { '@removed': { reason: 'deleted' } }),
})
