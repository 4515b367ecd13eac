import { AdminError } from './admin-error.ts'
import { leaveGroups } from './change-groups.ts'
import { applyRules } from './dynamic-groups.ts'
import { type Entry, newEntry, type Status, visible } from './entries.ts'
import { remember } from './history.ts'
import type { Person, PersonPatch } from './person.ts'
import { behindUntil, type Change, type DirectoryState, entryOf, groupOf } from './state.ts'

function existing(state: DirectoryState, id: string, ...allowed: Status[]): Entry {
  const entry = entryOf(state, id)
  if (!entry) throw new AdminError(404, 'There is nobody with this object id.')
  if (!allowed.includes(entry.status)) throw new AdminError(409, `This person is ${entry.status}.`)
  return entry
}

function record(state: DirectoryState, entry: Entry, kind: Change['kind'], properties: string[] | null, after: Status) {
  state.activeUsers += Number(after === 'active') - Number(entry.status === 'active' && kind !== 'created')
  entry.status = after
  state.changes.push({ position: entry.position, kind, properties })
}

/** Keeps what replicas show while the change is on its way; the oldest state stays until all have arrived. */
function lagBehind(state: DirectoryState, entry: Entry, before: { person: Person | null; status: Status }): void {
  const now = Date.now()
  const until = behindUntil(state, now)
  visible(entry, now) // drops what is over
  if (until !== null) entry.stale = { ...(entry.stale ?? before), until }
}

export function createPerson(state: DirectoryState, patch: PersonPatch & { id?: string | undefined }): Person {
  const id = (patch.id ?? state.random.guid()).toLowerCase()
  if (state.positions.has(id) || groupOf(state, id)) throw new AdminError(409, 'This object id is taken.')
  const person: Person = {
    accountEnabled: true,
    userType: 'Member',
    createdDateTime: new Date().toISOString(),
    ...patch,
    userPrincipalName: patch.userPrincipalName ?? `${id}@contoso.onmicrosoft.com`,
    id,
  }
  const entry = newEntry(person, state.entries.length)
  state.entries.push(entry)
  state.positions.set(id, entry.position)
  lagBehind(state, entry, { person: null, status: 'purged' })
  record(state, entry, 'created', null, 'active')
  remember(state, { kind: 'created', id, values: { ...person } })
  applyRules(state, [entry])
  return person
}

/** Only properties whose value differs count as changed. `null` clears one. */
export function updatePerson(state: DirectoryState, id: string, patch: PersonPatch): Person {
  const entry = existing(state, id, 'active')
  const before = entry.person
  const changed = Object.entries(patch)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(before, name)))
    .map(([name]) => name)
  if (changed.length === 0) return before
  lagBehind(state, entry, { person: before, status: entry.status })
  entry.person = {
    ...before,
    ...patch,
    id: before.id,
    userPrincipalName: patch.userPrincipalName ?? before.userPrincipalName,
  }
  record(state, entry, 'updated', changed, 'active')
  const { id: objectId } = before
  const values = { ...standing(entry.person), ...valuesOf(entry.person, changed) }
  remember(state, { kind: 'updated', id: objectId, properties: changed, values, before: valuesOf(before, changed) })
  applyRules(state, [entry])
  return entry.person
}

const moves = {
  'soft-deleted': { from: ['active'], after: 'soft-deleted' },
  restored: { from: ['soft-deleted'], after: 'active' },
  purged: { from: ['active', 'soft-deleted'], after: 'purged' },
} as const

/** Soft-deletes, restores or purges a person. */
export function movePerson(state: DirectoryState, id: string, kind: keyof typeof moves): void {
  const move = moves[kind]
  const entry = existing(state, id, ...move.from)
  lagBehind(state, entry, { person: entry.person, status: entry.status })
  record(state, entry, kind, null, move.after)
  remember(state, { kind, id: entry.person.id, values: standing(entry.person) })
  // Soft-deleted people keep their memberships. https://learn.microsoft.com/graph/delta-query-groups
  if (kind === 'purged') leaveGroups(state, entry)
  if (kind === 'restored') applyRules(state, [entry])
}

const valuesOf = (person: Person, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, Reflect.get(person, name) ?? null]))

/** What decides on an account, whatever else changed. */
const standing = (person: Person) => valuesOf(person, ['accountEnabled', 'userType'])

export function releaseLag(state: DirectoryState): void {
  for (const entry of state.entries) entry.stale = null
  for (const entry of state.groups) {
    entry.stale = null
    for (const membership of entry.memberships) membership.stale = null
  }
  for (const assignment of state.application.assignments) assignment.stale = null
  state.membershipVersion++
}
