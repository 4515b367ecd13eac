import { randomBytes } from 'node:crypto'
import type { DirectoryOptions } from './options.ts'
import { createRandom } from './random.ts'
import { seedGroups } from './seed-groups.ts'
import { seedPeople } from './seed-people.ts'
import { type DirectoryState, newEntry, noCounters } from './state.ts'

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
    membershipVersion: 0,
    history: [],
    activeUsers: entries.length,
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
