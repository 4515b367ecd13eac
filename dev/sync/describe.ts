import type { Cycle } from './answers.ts'

const outcomes = [
  'created',
  'adopted',
  'updated',
  'suspended',
  'restored',
  'deleted',
  'held',
  'skipped',
  'failed',
] as const

/** `3 created, 1 suspended, 40 unchanged` */
export function describeCounters(counters: Cycle['counters']): string {
  const parts = outcomes.filter((name) => counters[name] > 0).map((name) => `${count(counters[name])} ${name}`)
  const quiet = counters.unchanged + counters.dropped
  if (quiet > 0 || parts.length === 0) parts.push(`${count(quiet)} unchanged`)
  return parts.join(', ')
}

/** `1,200 of 5,000 people, about 4 min left` */
export function describeProgress({ progress: { done, total, etaMilliseconds } }: Cycle): string {
  const of = total === null ? '' : ` of ${count(total)}`
  const left =
    etaMilliseconds === null || etaMilliseconds === 0 ? '' : `, about ${describeDuration(etaMilliseconds)} left`
  return `${count(done)}${of} people${left}`
}

/** `45 s`, `12 min`, `3 h 20 min` */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `2026-11-23 10:15:00 UTC` */
export function describeTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

/** `12,345` on every machine. */
export function count(number: number): string {
  return number.toLocaleString('en-US')
}

/** A cell that is wider than this pushes its own row only. */
const widest = 45

/** Rows as columns, two spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, Math.min(cell.length, widest))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
