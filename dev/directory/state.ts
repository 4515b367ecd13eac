import { randomBytes } from 'node:crypto'
import type { Counters, Fault, Lag } from './admin-schemas.ts'
import type { DirectoryOptions, Traps } from './options.ts'
import type { Person } from './person.ts'
import { createRandom } from './random.ts'
import { seedPeople } from './seed-people.ts'

export type Status = 'active' | 'soft-deleted' | 'purged'

export type Entry = {
  person: Person
  status: Status
  /** What reads by id still see until then; `person: null` = not there yet. */
  stale: { person: Person | null; status: Status; until: number } | null
}

export type Change = {
  position: number
  kind: 'created' | 'updated' | 'soft-deleted' | 'restored' | 'purged'
  /** Names of the properties that changed; null = all of them. */
  properties: readonly string[] | null
  at: number
}

/** Links issued before generation `before` answer with the error `as`. */
export type Expiry = { before: number; as: 'gone' | 'syncStateNotFound-400' | 'syncStateNotFound-404' | 'expiredPage' }

/** Everything the simulated directory knows. People keep their position for ever; `changes` only grows. */
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
  activeUsers: number
  lag: Lag
  faults: (Fault & { left: number })[]
  counters: Counters
  window: { start: number; units: number }
  random: ReturnType<typeof createRandom>
  listReads: number
}

export const noCounters = (): Counters => ({ requests: {}, items: {}, resourceUnits: 0, throttled: 0 })

export function createState(options: DirectoryOptions): DirectoryState {
  const entries = seedPeople(options.users, options.seed, options.kind).map((person): Entry => ({
    person,
    status: 'active',
    stale: null,
  }))
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
    activeUsers: entries.length,
    lag: 0,
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

/** The entry as a replica shows it now: a change can be invisible for a while. */
export function visible(entry: Entry, now: number): { person: Person | null; status: Status } {
  if (entry.stale && entry.stale.until <= now) entry.stale = null
  return entry.stale ?? entry
}
