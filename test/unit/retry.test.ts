import fc from 'fast-check'
import { expect, test } from 'vitest'
import { breakerPause, lastAttempt, retryDelay } from '../../lib/domain/retry.ts'
import { defaultTimings, scaleTimings } from '../../lib/domain/timings.ts'

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('waits grow, never beyond the longest, and never below what the other side asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: lastAttempt - 1 }),
      random,
      fc.option(fc.nat()),
      (attempts, jitter, after) => {
        const delay = retryDelay(attempts, after, jitter, defaultTimings)
        expect(delay).toBeGreaterThanOrEqual(after ?? 0)
        expect(delay).toBeLessThanOrEqual(Math.max(after ?? 0, defaultTimings.userRetryMax))
        if (attempts > 1) expect(delay).toBeGreaterThan(retryDelay(attempts - 1, null, 0.999, defaultTimings) * 0.99)
      },
    ),
  )
})
test('after the last attempt a user is looked at daily', () => {
  expect(retryDelay(lastAttempt, null, 0.5, defaultTimings)).toBe(defaultTimings.failedUserSecondChance)
})
test('the breaker doubles its pause up to the longest', () => {
  const pauses = [1, 2, 3, 20].map((failures) => breakerPause(failures, null, defaultTimings))
  expect(pauses).toEqual([30_000, 60_000, 120_000, defaultTimings.breakerMax])
  expect(breakerPause(1, 3_600_000, defaultTimings)).toBe(3_600_000)
})
test('scaled timings keep every name and are never zero', () => {
  const scaled = scaleTimings(defaultTimings, 1e-9)
  expect(Object.keys(scaled)).toEqual(Object.keys(defaultTimings))
  expect(Math.min(...Object.values(scaled))).toBe(1)
})
