import type { Person, PersonPatch } from './person.ts'
import { type Change, type DirectoryState, type Entry, type Status, entryOf } from './state.ts'

/** What an admin request asks for can't be done: answered with its status. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

function existing(state: DirectoryState, id: string, ...allowed: Status[]): Entry {
  const entry = entryOf(state, id)
  if (!entry) throw new AdminError(404, 'There is nobody with this object id.')
  if (!allowed.includes(entry.status)) throw new AdminError(409, `This person is ${entry.status}.`)
  return entry
}

function record(state: DirectoryState, entry: Entry, kind: Change['kind'], properties: string[] | null, after: Status) {
  const position = state.positions.get(entry.person.id) ?? -1
  state.activeUsers += Number(after === 'active') - Number(entry.status === 'active' && kind !== 'created')
  entry.status = after
  state.changes.push({ position, kind, properties, at: Date.now() })
}

/** Keeps what replicas show while the change is on its way; the oldest state stays until all have arrived. */
function lagBehind(state: DirectoryState, entry: Entry, before: { person: Person | null; status: Status }): void {
  if (state.lag === 0) return
  const until = state.lag === 'until-released' ? Number.POSITIVE_INFINITY : Date.now() + state.lag
  entry.stale = { ...(entry.stale ?? before), until }
}

export function createPerson(state: DirectoryState, patch: PersonPatch & { id?: string | undefined }): Person {
  const id = (patch.id ?? state.random.guid()).toLowerCase()
  if (state.positions.has(id)) throw new AdminError(409, 'This object id is taken.')
  const person: Person = {
    accountEnabled: true,
    userType: 'Member',
    createdDateTime: new Date().toISOString(),
    ...patch,
    userPrincipalName: patch.userPrincipalName ?? `${id}@contoso.onmicrosoft.com`,
    id,
  }
  const entry: Entry = { person, status: 'active', stale: null }
  state.positions.set(id, state.entries.push(entry) - 1)
  lagBehind(state, entry, { person: null, status: 'purged' })
  record(state, entry, 'created', null, 'active')
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
}

export function releaseLag(state: DirectoryState): void {
  for (const entry of state.entries) entry.stale = null
}
