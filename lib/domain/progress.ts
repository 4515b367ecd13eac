import type { Cycle } from './cycle.ts'

/** How far a cycle is, in users. `total` and `eta` (ms) are null while nobody can tell. */
export type Progress = { done: number; total: number | null; eta: number | null }

/** From the cycle's advisory counters: what was dropped as unchanged is done, what was queued is done when it has an outcome. */
export function progressOf(cycle: Cycle, now: number): Progress {
  const { counters } = cycle
  const { created, adopted, updated, unchanged, suspended, restored, deleted, held, skipped, failed } = counters
  const outcomes = created + adopted + updated + unchanged + suspended + restored + deleted + held + skipped + failed
  const done = counters.dropped + outcomes
  const known = counters.dropped + counters.queued
  const total = cycle.state === 'reading' ? (cycle.expected === null ? null : Math.max(cycle.expected, known)) : known
  if (cycle.state === 'settled') return { done, total: done, eta: 0 }
  const elapsed = now - cycle.startedAt
  const eta = total !== null && done > 0 ? Math.round((elapsed / done) * Math.max(0, total - done)) : null
  return { done, total, eta }
}
