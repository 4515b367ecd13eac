import { spreadOf } from './statistics.ts'

/** Of which directory, and in which of its two cycles, a measure is taken. */
export type LargeKind = 'entra' | 'b2c'
export type LargeCycle = 'first' | 'unchanged'

/** One cycle over a large directory. */
export type LargeSample = {
  /** People in the directory; few of them belong on the site. */
  users: number
  /** Accounts on the site afterwards, counted in its database. */
  accounts: number
  seconds: number
  siteRequests: number
  graphRequests: number
  resourceUnits: number
  /** Most resident memory of the app and its host (bundled), reader and lane in one process; 10^6 bytes. */
  peakMemoryMB: number
  /** Ids put into the lane's queues. */
  queued: number
}

export type LargeMeasure = {
  kind: LargeKind
  cycle: LargeCycle
  unit: 'MB' | 'resource units per 1,000 users'
  goal: string
  figure(sample: LargeSample): number
  met(samples: readonly LargeSample[]): boolean
}

const memory = (kind: LargeKind, cycle: LargeCycle): LargeMeasure => {
  const figure = ({ peakMemoryMB }: LargeSample): number => peakMemoryMB
  return { kind, cycle, unit: 'MB', goal: 'under 300 MB', figure, met: (samples) => most(samples, figure) < 300 }
}

const units = (kind: LargeKind, cycle: LargeCycle): LargeMeasure => {
  const figure = ({ resourceUnits, users }: LargeSample): number => (resourceUnits * 1000) / users
  const limit = cycle === 'first' ? 100 : 25
  const quiet = (samples: readonly LargeSample[]): boolean =>
    samples.every(({ siteRequests, queued }) => siteRequests === 0 && queued === 0)
  return {
    ...{ kind, cycle, unit: 'resource units per 1,000 users', figure },
    goal: `under ${limit} a 1,000 users${cycle === 'first' ? '' : ', no request to WordPress, nothing queued'}`,
    met: (samples) => most(samples, figure) < limit && (cycle === 'first' || quiet(samples)),
  }
}

/** The worst sample counts: a limit that is kept on average is not kept. */
function most(samples: readonly LargeSample[], figure: (sample: LargeSample) => number): number {
  return spreadOf(samples.map(figure)).max
}

export const largeMeasures = {
  'memory-100k': memory('entra', 'first'),
  'memory-100k-unchanged': memory('entra', 'unchanged'),
  'memory-100k-b2c': memory('b2c', 'first'),
  'memory-100k-b2c-unchanged': memory('b2c', 'unchanged'),
  'graph-units': units('entra', 'first'),
  'graph-units-unchanged': units('entra', 'unchanged'),
  'graph-units-b2c': units('b2c', 'first'),
  'graph-units-b2c-unchanged': units('b2c', 'unchanged'),
} as const satisfies Record<string, LargeMeasure>

export type LargeName = keyof typeof largeMeasures
export const largeNames = Object.keys(largeMeasures) as LargeName[]

/** A name stands for itself and for those that go on where it ends: `memory-100k-b2c` for both of its cycles. */
export function largeNamesOf(name: string): LargeName[] {
  const known = largeNames.some((one) => one === name)
  return known ? largeNames.filter((one) => one === name || one.startsWith(`${name}-`)) : []
}
