import { randomBytes } from 'node:crypto'
import type { Counters, Fault, HistoryItem, Lag } from './admin-schemas.ts'
import type { Application } from './app-roles.ts'
import { type Entry, type GroupEntry, type Membership, newEntry } from './entries.ts'
import type { DirectoryOptions, Traps } from './options.ts'
import type { Photo } from './photos.ts'
import { createRandom, type Random } from './random.ts'
import { seedGroups } from './seed-groups.ts'
import { seedPeople } from './seed-people.ts'

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
  /** Rules of dynamic groups wait: what has changed in people comes to the groups later. */
  rulesWait: boolean
  application: Application
  /** Grows with every change that a list of members can show. */
  membershipVersion: number
  history: HistoryItem[]
  activeUsers: number
  /** By object id. */
  photos: Map<string, Photo>
  /** Requests to each mailbox since `start`, and the limit of ten minutes. */
  mailboxes: { start: number; requests: Map<string, number>; limit: number }
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

export const noCounters = (): Counters => ({ requests: {}, items: {}, resourceUnits: 0, throttled: 0 })

export function createState(options: DirectoryOptions): DirectoryState {
  const entries = seedPeople(options.users, options.seed, options.kind).map(newEntry)
  const groups = seedGroups(options.groups, entries, options.seed)
  const random = createRandom(options.seed ^ 0x5eed)
  return {
    options,
    traps: options.traps,
    origin: '',
    tenantId: random.guid(),
    clientId: random.guid(),
    clientSecret: randomBytes(24).toString('base64url'),
    signingKey: randomBytes(32),
    tokenGeneration: 0,
    linkGeneration: 0,
    expiries: { delta: null, next: null },
    entries,
    positions: new Map(entries.map(({ person }, position) => [person.id, position])),
    changes: [],
    groups,
    groupsById: new Map(groups.map((entry) => [entry.group.id, entry])),
    groupChanges: [],
    rulesWait: false,
    application: { id: createRandom(options.seed ^ 0xa99).guid(), appRoles: [], assignments: [] },
    membershipVersion: 0,
    history: [],
    activeUsers: entries.length,
    photos: new Map(),
    mailboxes: { start: 0, requests: new Map(), limit: options.mailboxRequests },
    lag: 0,
    empty: { users: false, groups: false },
    foreignTenant: false,
    foreignTenantId: createRandom(options.seed ^ 0xf0e1).guid(),
    faults: [],
    counters: noCounters(),
    window: { start: 0, units: 0 },
    random,
    listReads: 0,
  }
}

/** The entry of an object id as the directory really has it. */
export function entryOf(state: DirectoryState, id: string): Entry | undefined {
  const position = state.positions.get(id.toLowerCase())
  return position === undefined ? undefined : state.entries[position]
}

export const groupOf = (state: DirectoryState, id: string): GroupEntry | undefined =>
  state.groupsById.get(id.toLowerCase())

/** Until when replicas stay behind a change that happens now; null = they don't. */
export function behindUntil(state: DirectoryState, now: number): number | null {
  if (state.lag === 0) return null
  return state.lag === 'until-released' ? Number.POSITIVE_INFINITY : now + state.lag
}
