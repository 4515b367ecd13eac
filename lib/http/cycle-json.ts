import type { Cycle } from '../domain/cycle.ts'
import { progressOf } from '../domain/progress.ts'
import { isoTime } from './iso-time.ts'

/** A cycle as the routes tell it: times in ISO 8601, and how far it is (in people). */
export function cycleJson(cycle: Cycle, now: number) {
  const { id, kind, trigger, dryRun, state, startedAt, readAt, settledAt, error, counters } = cycle
  const { done, total, eta } = progressOf(cycle, now)
  return {
    ...{ id, kind, trigger, dryRun, state, error },
    startedAt: isoTime(startedAt),
    readAt: isoTime(readAt),
    settledAt: isoTime(settledAt),
    counters,
    progress: { done, total, etaMilliseconds: eta },
  }
}
