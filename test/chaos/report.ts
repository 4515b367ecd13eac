import type { Finding } from './oracle.ts'
import type { Schedule } from './schedule.ts'
import type { Tally } from './tally.ts'

export type Violation = Finding & { run: number; seed: number; schedule: Schedule; repeat: string }

/** What `--json` writes: contracts.md holds the names that others rely on. */
export type Report = {
  seed: number
  runs: number
  injected: Record<string, number>
  /** I/O points of the program by name: how often done, died before and after, and those never died at. */
  points: ReturnType<Tally['report']>
  /** Milliseconds from the end of the last fault to the end of all work. */
  convergence: { p50: number; p95: number; max: number }
  violations: Violation[]
  minutes: number
}

export function convergenceOf(milliseconds: readonly number[]): Report['convergence'] {
  const sorted = [...milliseconds].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 }
}

/** The report as a person reads it. */
export function printReport(report: Report): string {
  const { seed, runs, injected, points, convergence, violations, minutes } = report
  const kinds = Object.entries(injected).map(([kind, count]) => `${kind} ${count}`)
  const missed = [
    ...points.missed.before.map((point) => `before ${point}`),
    ...points.missed.after.map((point) => `after ${point}`),
  ]
  return [
    `${runs} runs of seed ${seed} in ${minutes.toFixed(1)} min`,
    `injected: ${kinds.join(', ')}`,
    `died before ${Object.keys(points.before).length} and after ${Object.keys(points.after).length} of ${Object.keys(points.passed).length} kinds of I/O`,
    ...(missed.length > 0 ? [`never died ${missed.join(', ')}`] : []),
    `quiet after ${seconds(convergence.p50)} (median), ${seconds(convergence.p95)} (95 %), ${seconds(convergence.max)} (most)`,
    violations.length === 0 ? 'nothing lost, doubled, wrongly removed or untold' : `${violations.length} violations`,
  ].join('\n')
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
