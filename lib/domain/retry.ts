import type { Timings } from './timings.ts'

/** Attempts after which a user is `failed` and only looked at daily. */
export const lastAttempt = 8

/**
 * Milliseconds until a user's next attempt: four times as long each time, up to `userRetryMax`, less up to a fifth of jitter.
 * @param attempts finished attempts, from 1
 * @param random in [0, 1)
 */
export function retryDelay(attempts: number, after: number | null, random: number, timings: Timings): number {
  if (attempts >= lastAttempt) return timings.failedUserSecondChance
  const exponential = Math.min(timings.userRetryMax, timings.userRetryFirst * 4 ** (attempts - 1))
  return Math.max(after ?? 0, Math.round(exponential * (1 - random / 5)))
}

/** The breaker's pause after so many faults in a row, from 1: doubles up to `breakerMax`; never shorter than the site asked for. */
export function breakerPause(failures: number, after: number | null, timings: Timings): number {
  return Math.max(after ?? 0, Math.min(timings.breakerMax, timings.breakerFirst * 2 ** (failures - 1)))
}
