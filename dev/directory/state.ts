import type { Counters, Fault, HistoryItem, Lag } from './admin-schemas.ts'
import type { Group } from './group.ts'
import type { DirectoryOptions, Traps } from './options.ts'
import type { Person } from './person.ts'
import type { Random } from './random.ts'

export type Status = 'active' | 'soft-deleted' | 'purged'

export type Entry = {
  /** Its place in `entries`. */
  position: number
  person: Person
  status: Status
  /** What reads by id still see until then; `person: null` = not there yet. */
  stale: { person: Person | null; status: Status; until: number } | null
  /** Memberships in groups, former ones too. */
  memberOf: Membership[]
}

export type GroupEntry = {
  /** Its place in `groups`. */
  position: number
  group: Group
  status: Status
  stale: { status: Status; until: number } | null
  memberOf: Membership[]
  /** Its members in the order in which they first came, former ones too: a place in this list is good for ever. */
  memberships: Membership[]
  /** Worked out for the listing of members; good for one version of all memberships, and while no replica catches up. */
  listed: Partial<Record<'direct' | 'transitive', { version: number; until: number; keys: number[] }>>
}

/** One object in one group, now or formerly. */
export type Membership = {
  group: GroupEntry
  member: Entry | GroupEntry
  present: boolean
  /** What reads still see until then. */
  stale: { present: boolean; until: number } | null
}

/** A line of what groups/delta tells: about a membership, or (null) about the group itself. */
export type GroupChange = {
  group: GroupEntry
  membership: Membership | null
  /** Names of the group's properties that changed; null = all of them. */
  properties: readonly string[] | null
}

export type Change = {
  position: number
  kind: 'created' | 'updated' | 'soft-deleted' | 'restored' | 'purged'
  /** Names of the properties that changed; null = all of them. */
  properties: readonly string[] | null
}

/** Links issued before generation `before` answer with the error `as`. */
export type Expiry = { before: number; as: 'gone' | 'syncStateNotFound-400' | 'syncStateNotFound-404' | 'expiredPage' }

/** Everything the simulated directory knows. People and groups keep their position for ever; the lists of changes only grow. */
export type DirectoryState = {
  options: DirectoryOptions
  traps: Traps
  origin: string
  tenantId: string
  clientId: string
  clientSecret: string
  signingKey: Buffer
  /** Access tokens of an earlier generation are no longer good. */
  tokenGeneration: number
  linkGeneration: number
  expiries: { delta: Expiry | null; next: Expiry | null }
  entries: Entry[]
  positions: Map<string, number>
  changes: Change[]
  groups: GroupEntry[]
  groupsById: Map<string, GroupEntry>
  groupChanges: GroupChange[]
  /** Grows with every change that a list of members can show. */
  membershipVersion: number
  history: HistoryItem[]
  activeUsers: number
  lag: Lag
  /** Lists that answer 200 and nobody. */
  empty: { users: boolean; groups: boolean }
  /** The credential belongs to another tenant, where nobody of these is known. */
  foreignTenant: boolean
  foreignTenantId: string
  faults: (Fault & { left: number })[]
  counters: Counters
  window: { start: number; units: number }
  random: Random
  listReads: number
}

export const newEntry = (person: Person, position: number): Entry => ({
  position,
  person,
  status: 'active',
  stale: null,
  memberOf: [],
})

export const newGroupEntry = (group: Group, position: number): GroupEntry => ({
  position,
  group,
  status: 'active',
  stale: null,
  memberOf: [],
  memberships: [],
  listed: {},
})

export const noCounters = (): Counters => ({ requests: {}, items: {}, resourceUnits: 0, throttled: 0 })

/** The entry of an object id as the directory really has it. */
export function entryOf(state: DirectoryState, id: string): Entry | undefined {
  const position = state.positions.get(id.toLowerCase())
  return position === undefined ? undefined : state.entries[position]
}

export const groupOf = (state: DirectoryState, id: string): GroupEntry | undefined =>
  state.groupsById.get(id.toLowerCase())

/** The entry as a replica shows it now: a change can be invisible for a while. */
export function visible(entry: Entry, now: number): { person: Person | null; status: Status } {
  if (entry.stale && entry.stale.until <= now) entry.stale = null
  return entry.stale ?? entry
}

/** A group's status as a replica shows it now. */
export function visibleStatus(entry: GroupEntry, now: number): Status {
  if (entry.stale && entry.stale.until <= now) entry.stale = null
  return (entry.stale ?? entry).status
}

/** Until when replicas stay behind a change that happens now; null = they don't. */
export function behindUntil(state: DirectoryState, now: number): number | null {
  if (state.lag === 0) return null
  return state.lag === 'until-released' ? Number.POSITIVE_INFINITY : now + state.lag
}
