import type { Instance } from './instance.ts'
import { largeMeasures, type LargeMeasure, type LargeName, type LargeSample } from './large-measures.ts'
import { machineLines, type ReportHead } from './report.ts'
import { spreadOf, type Spread } from './statistics.ts'

export type LargeMeasureReport = {
  name: LargeName
  unit: string
  ours: Spread
  /** Nobody else is measured: the limits are the project's own. */
  peers: Record<string, never>
  ratios: Record<string, never>
  goal: string
  met: boolean
  /** Medians of what the cycle cost. */
  costs: { ours: LargeSample }
}

/** What `--json` writes. */
export type LargeReport = ReportHead & { instance: Instance; measures: LargeMeasureReport[] }

type Run = Omit<LargeReport, 'measures'> & {
  names: readonly LargeName[]
  /** By kind and cycle, e.g. `b2c unchanged`. */
  samples: ReadonlyMap<string, readonly LargeSample[]>
}

export function largeReportOf({ names, samples, ...head }: Run): LargeReport {
  const measures = names.map((name): LargeMeasureReport => {
    const measure: LargeMeasure = largeMeasures[name]
    const taken = samples.get(keyOf(measure)) ?? []
    const { unit, goal } = measure
    return {
      ...{ name, unit, goal, peers: {}, ratios: {} },
      ours: spreadOf(taken.map((sample) => measure.figure(sample))),
      met: measure.met(taken),
      costs: { ours: mediansOf(taken) },
    }
  })
  return { ...head, measures }
}

function keyOf({ kind, cycle }: Pick<LargeMeasure, 'kind' | 'cycle'>): string {
  return `${kind} ${cycle}`
}

function mediansOf(taken: readonly LargeSample[]): LargeSample {
  const median = (name: keyof LargeSample): number => spreadOf(taken.map((sample) => sample[name])).median
  return {
    ...{ users: median('users'), accounts: median('accounts'), seconds: median('seconds') },
    ...{ siteRequests: median('siteRequests'), graphRequests: median('graphRequests') },
    ...{ resourceUnits: median('resourceUnits'), peakMemoryMB: median('peakMemoryMB'), queued: median('queued') },
  }
}

/** The report for people: a line a cycle, then what was asked of it. */
export function printLargeReport(report: LargeReport): string {
  const rows = new Map(report.measures.map(({ name, costs }) => [keyOf(largeMeasures[name]), costs.ours]))
  return [
    ...machineLines(report),
    `The app has the heap limits of an instance with ${report.instance} MB.`,
    '',
    line('', ['accounts', 'seconds', 'Graph requests', 'units', 'a 1,000', 'peak MB', 'requests', 'queued']),
    ...[...rows].map(([key, costs]) => line(key, cells(costs))),
    '',
    ...report.measures.map(
      ({ name, goal, met, ours, unit }) =>
        `${met ? 'met   ' : 'MISSED'}  ${name}: ${goal} (${rounded(ours.median)} ${unit})`,
    ),
  ].join('\n')
}

function cells(costs: LargeSample): string[] {
  const { accounts, seconds, graphRequests, resourceUnits, users, peakMemoryMB, siteRequests, queued } = costs
  const aThousand = (resourceUnits * 1000) / users
  return [accounts, seconds, graphRequests, resourceUnits, aThousand, peakMemoryMB, siteRequests, queued].map(rounded)
}

function line(name: string, texts: readonly string[]): string {
  return [name.padEnd(16), ...texts.map((text) => text.padStart(14))].join(' ')
}

function rounded(figure: number): string {
  return figure >= 100 ? String(Math.round(figure)) : String(Math.round(figure * 10) / 10)
}
