import type { Machine } from './machine.ts'
import { figureOf, measures, type MeasureName, type PeerName, type Sample, type Samples } from './measures.ts'
import { pairedRatio, spreadOf, type Spread } from './statistics.ts'

type Costs = Record<'usersPerSecond' | Exclude<keyof Sample, 'users'>, number>

export type MeasureReport = {
  name: MeasureName
  unit: string
  ours: Spread
  peers: Partial<Record<PeerName, Spread>>
  /** Medians of the rounds' own ratios, ours to theirs. */
  ratios: Partial<Record<PeerName, number>>
  goal: string
  met: boolean
  /** Medians of what a run cost; `queued` is the most of any round. */
  costs: { ours: Costs } & Partial<Record<PeerName, Costs>>
}

/** What a run stands on. */
export type ReportHead = {
  machine: Machine
  versions: Record<string, string>
  seed: number
  users: number
  rounds: number
}

/** What `--json` writes. */
export type Report = ReportHead & { measures: MeasureReport[] }

export function reportOf(run: ReportHead & { samples: ReadonlyMap<MeasureName, Samples> }): Report {
  const { samples, ...rest } = run
  return { ...rest, measures: [...samples].map(([name, taken]) => measureReport(name, taken)) }
}

function measureReport(name: MeasureName, { ours, peer }: Samples): MeasureReport {
  const measure = measures[name]
  const figures = {
    ours: ours.map((sample) => figureOf(measure, sample)),
    peer: peer.map((one) => figureOf(measure, one)),
  }
  const ratio = pairedRatio(figures.ours, figures.peer)
  return {
    name,
    unit: measure.unit,
    ours: spreadOf(figures.ours),
    peers: { [measure.peer]: spreadOf(figures.peer) },
    ratios: { [measure.peer]: ratio },
    goal: measure.goal,
    met: measure.met(ratio, ours),
    costs: { ours: costsOf(ours), [measure.peer]: costsOf(peer) },
  }
}

function costsOf(samples: readonly Sample[]): Costs {
  const median = (figure: (sample: Sample) => number): number => spreadOf(samples.map(figure)).median
  return {
    usersPerSecond: median(({ users, seconds }) => users / seconds),
    seconds: median(({ seconds }) => seconds),
    siteRequests: median(({ siteRequests }) => siteRequests),
    graphRequests: median(({ graphRequests }) => graphRequests),
    resourceUnits: median(({ resourceUnits }) => resourceUnits),
    peakMemoryMiB: median(({ peakMemoryMiB }) => peakMemoryMiB),
    queued: Math.max(...samples.map(({ queued }) => queued)),
  }
}

/** The report for people. */
export function printReport({ measures: all, ...head }: Report): string {
  const rows = all.flatMap((one) => [
    row([one.name, 'ours', ...cells(one.costs.ours, one.unit, one.ours), ratioText(one)]),
    ...peersOf(one).map(({ peer, costs, spread }) => row(['', peer, ...cells(costs, one.unit, spread), ''])),
  ])
  return [
    ...machineLines(head),
    '',
    row(['', '', 'users/s', 'requests', 'Graph requests', 'resource units', 'peak MiB', 'queued', 'ours : peer']),
    ...rows,
    '',
    ...all.map(({ name, goal, met }) => `${met ? 'met   ' : 'MISSED'}  ${name}: ${goal}`),
  ].join('\n')
}

export function machineLines({ machine, versions, users, rounds, seed }: ReportHead): string[] {
  const { cores, cpu, memoryGiB, load } = machine
  return [
    '',
    `${users} people, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, seed ${seed}; ${cores} × ${cpu}, ${memoryGiB} GiB, load at the start ${load.toFixed(1)}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ]
}

function cells(costs: Costs, unit: string, { min, max }: Spread): string[] {
  const range = unit === 'users/s' ? ` (${round(min)}–${round(max)})` : ''
  const { siteRequests, graphRequests, resourceUnits, peakMemoryMiB, queued } = costs
  const rest = [siteRequests, graphRequests, resourceUnits, peakMemoryMiB, queued]
  return [round(costs.usersPerSecond) + range, ...rest.map(round)]
}

function peersOf({ name, costs, peers }: MeasureReport): { peer: PeerName; costs: Costs; spread: Spread }[] {
  const { peer } = measures[name]
  const [found, spread] = [costs[peer], peers[peer]]
  return found && spread ? [{ peer, costs: found, spread }] : []
}

function ratioText(one: MeasureReport): string {
  const { unit, ratios, costs, name } = one
  const theirs = peersOf(one)[0]?.costs.usersPerSecond ?? 0
  const speed = unit === 'users/s' ? (ratios[measures[name].peer] ?? 0) : costs.ours.usersPerSecond / theirs
  return `${speed.toFixed(1)} × as fast`
}

const widths = [21, 11, 20, 9, 15, 15, 9, 7, 0]

function row(texts: readonly string[]): string {
  return texts
    .map((text, index) => text.padEnd(widths[index] ?? 0))
    .join(' ')
    .trimEnd()
}

function round(figure: number): string {
  return figure >= 100 ? String(Math.round(figure)) : String(Math.round(figure * 10) / 10)
}
