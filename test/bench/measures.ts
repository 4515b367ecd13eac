import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'

export const measureNames = ['first-sync', 'first-sync-companion', 'nothing-changed', 'everyone-changed'] as const
export type MeasureName = (typeof measureNames)[number]
export type SideName = 'ours' | 'naive'
/** What a measure is held against: the naive sync, or this program's own first sync of the same round. */
export type PeerName = 'naive' | 'first-sync'

/** One side's run in one round. */
export type Sample = {
  /** Accounts that are right afterwards, counted in the site's database. */
  users: number
  seconds: number
  siteRequests: number
  graphRequests: number
  resourceUnits: number
  peakMemoryMiB: number
  /** Ids put into the lane's queues; the naive sync has none. */
  queued: number
}
/** `peer`: of the measure's {@link PeerName}. */
export type Samples = Record<'ours' | 'peer', Sample[]>

export type Measure = {
  peer: PeerName
  /** What the program is asked for. */
  cycle: 'due' | 'incremental' | 'full'
  unit: 'users/s' | 'requests'
  goal: string
  met(ratio: number, ours: readonly Sample[]): boolean
  /** Seconds a user that a run takes, for the first guess at the time left. */
  guess: Record<SideName, number>
}

/** In the order in which a round takes them: nobody has a second look due while nothing changes. */
export const measures: Record<MeasureName, Measure> = {
  'first-sync': {
    peer: 'naive',
    cycle: 'due',
    unit: 'users/s',
    goal: 'no slower than the naive sync',
    met: (ratio) => ratio >= 1,
    guess: { ours: 0.04, naive: 0.05 },
  },
  'first-sync-companion': {
    peer: 'first-sync',
    cycle: 'due',
    unit: 'users/s',
    goal: 'with the companion plugin at least 3 times as fast as without',
    met: (ratio) => ratio >= 3,
    guess: { ours: 0.015, naive: 0 },
  },
  'nothing-changed': {
    peer: 'naive',
    cycle: 'full',
    unit: 'requests',
    goal: 'no request to WordPress, nothing put into now, soon or bulk',
    met: (_ratio, ours) => ours.every(({ siteRequests, queued }) => siteRequests === 0 && queued === 0),
    guess: { ours: 0.001, naive: 0.01 },
  },
  'everyone-changed': {
    peer: 'naive',
    cycle: 'incremental',
    unit: 'users/s',
    goal: 'at least 3 times as fast as the naive sync',
    met: (ratio) => ratio >= 3,
    guess: { ours: 0.004, naive: 0.02 },
  },
}

/** The figure that a measure is about. */
export function figureOf({ unit }: Measure, { users, seconds, siteRequests }: Sample): number {
  return unit === 'users/s' ? users / seconds : siteRequests
}

/** What the display names of people who were changed end with. */
export const changedEnding = ' (changed)'

/** Gives everyone another display name and another job title. */
export async function changeEveryone(admin: DirectoryAdmin): Promise<void> {
  const people = await admin.listUsers()
  const changes = people.map(({ person: { id, employeeId } }, index) => ({
    id,
    patch: { displayName: `Person ${employeeId ?? index}${changedEnding}`, jobTitle: `Job of ${index}` },
  }))
  await admin.updateUsers(changes)
}
