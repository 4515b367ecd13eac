import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  emptyGuard,
  limitOf,
  removalsWithin,
  trippedBy,
  withRemovals,
  type Guard,
} from '../../lib/domain/deletion-guard.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const defaults = { most: 500, percent: 5, fewest: 10 }
/** The start of a slot. */
const noon = 20_000 * day + 12 * hour

describe('the limit', () => {
  test.each([
    [0, 10],
    [40, 10],
    [200, 10],
    [219, 10],
    [220, 11],
    [1000, 50],
    [9_999, 499],
    [10_000, 500],
    [100_000, 500],
  ])('of %d accounts is %d', (active, expected) => expect(limitOf(defaults, active)).toBe(expected))
  test('is never above `most`, though it be below `fewest`', () => {
    expect(limitOf({ ...defaults, most: 3 }, 1000)).toBe(3)
    expect(limitOf({ ...defaults, most: 0 }, 1_000_000)).toBe(0)
  })
  test('is the percentage alone where `fewest` is 0', () => {
    expect(limitOf({ ...defaults, fewest: 0 }, 19)).toBe(0)
    expect(limitOf({ ...defaults, fewest: 0 }, 20)).toBe(1)
    expect(limitOf({ ...defaults, fewest: 0, percent: 0.1 }, 3000)).toBe(3)
  })
})

describe('the window', () => {
  const five = withRemovals(emptyGuard, 5, noon, day)
  test('holds what was removed in the last 24 hours, not a moment less', () => {
    expect(removalsWithin(emptyGuard, noon, day)).toBe(0)
    expect(removalsWithin(five, noon, day)).toBe(5)
    expect(removalsWithin(five, noon + day - 1, day)).toBe(5)
    expect(removalsWithin(five, noon + day, day)).toBe(5)
  })
  test('lets go of a slot when its last moment is 24 hours old', () => {
    expect(removalsWithin(five, noon + day + 5 * minute - 1, day)).toBe(5)
    expect(removalsWithin(five, noon + day + 5 * minute, day)).toBe(0)
  })
  test('counts five minutes together, and each slot by itself', () => {
    const same = withRemovals(five, 2, noon + 5 * minute - 1, day)
    expect(same.slots).toEqual([[noon, 7]])
    const next = withRemovals(same, 3, noon + 5 * minute, day)
    expect(next.slots).toEqual([
      [noon, 7],
      [noon + 5 * minute, 3],
    ])
    expect(removalsWithin(next, noon + day + 5 * minute, day)).toBe(3)
    expect(removalsWithin(withRemovals(next, 1, noon + day + 5 * minute, day), noon + day + 5 * minute, day)).toBe(4)
  })
  test('with a clock that was set back adds to the newest slot', () => {
    const later = withRemovals(five, 2, noon - 3 * hour, day)
    expect(later.slots).toEqual([[noon, 7]])
    expect(removalsWithin(later, noon - 3 * hour, day)).toBe(7)
    expect(removalsWithin(later, noon + day, day)).toBe(7)
  })
  test('nothing removed changes nothing', () => {
    expect(withRemovals(five, 0, noon + 2 * day, day)).toBe(five)
  })
})

describe('the latch', () => {
  const tripped = trippedBy(emptyGuard, 12, 10, noon)
  test('says when, by how many, beyond which limit; the first time stays', () => {
    expect(tripped.tripped).toEqual({ at: noon, removals: 12, limit: 10 })
    expect(trippedBy(tripped, 99, 1, noon + day)).toEqual(tripped)
  })
  test('stays when others are removed, and when the window is empty again', () => {
    const after = withRemovals(tripped, 3, noon + 10 * day, day)
    expect(after.tripped).toEqual(tripped.tripped)
    expect(trippedBy(withRemovals(emptyGuard, 3, noon, day), 9, 8, noon).slots).toEqual([[noon, 3]])
  })
})

/** Removals that were asked for, after how long, and by how much the clock was set back just before. */
const asked = fc.array(
  fc.record({
    after: fc.oneof(fc.nat({ max: 10 * minute }), fc.nat({ max: 30 * hour }), fc.constantFrom(5 * minute, day)),
    back: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat({ max: 3 * day })),
    count: fc.integer({ min: 1, max: 8 }),
  }),
  { minLength: 1, maxLength: 60 },
)
const windows = fc.constantFrom(day, day / 10, 1000, 100, 1)

test('whoever asks first never lets more than the limit go within any window, though clocks be set back', () => {
  fc.assert(
    fc.property(asked, windows, fc.nat({ max: 12 }), (requests, window, limit) => {
      let guard: Guard = emptyGuard
      let [real, clock] = [0, noon]
      const went: { at: number; count: number }[] = []
      for (const { after, back, count } of requests) {
        const passed = Math.round((after * window) / day)
        real += passed
        clock += passed - Math.round((back * window) / day)
        if (removalsWithin(guard, clock, window) + count > limit) continue
        guard = withRemovals(guard, count, clock, window)
        went.push({ at: real, count })
      }
      for (const { at } of went) {
        const together = went.filter((one) => one.at >= at && one.at < at + window)
        expect(together.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(limit)
      }
    }),
    { numRuns: 500 },
  )
})

test('the row stays small and in order, and forgets no more than a slot too late', () => {
  fc.assert(
    fc.property(asked, (requests) => {
      let guard: Guard = emptyGuard
      let clock = noon
      const all: { at: number; count: number }[] = []
      for (const { after, count } of requests) {
        clock += after
        guard = withRemovals(guard, count, clock, day)
        all.push({ at: clock, count })
        const since = (time: number) => all.filter(({ at }) => at > time).reduce((sum, { count }) => sum + count, 0)
        expect(removalsWithin(guard, clock, day)).toBeGreaterThanOrEqual(since(clock - day))
        expect(removalsWithin(guard, clock, day)).toBeLessThanOrEqual(since(clock - day - 5 * minute))
        const starts = guard.slots.map(([start]) => start)
        expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b))
        expect(starts.length).toBeLessThanOrEqual(290)
      }
    }),
  )
})

test('removals every minute for days need no more than two windows of slots: a clock that jumps ahead and back hides none', () => {
  let guard: Guard = emptyGuard
  for (let clock = noon; clock < noon + 3 * day; clock += minute) guard = withRemovals(guard, 1, clock, day)
  expect(guard.slots.length).toBeLessThanOrEqual(2 * 288 + 1)
  const jumped = withRemovals(guard, 1, noon + 30 * day, day)
  expect(removalsWithin(jumped, noon + 3 * day, day)).toBeGreaterThanOrEqual(24 * 60)
  expect(removalsWithin(guard, noon + 3 * day - minute, day)).toBeGreaterThanOrEqual(24 * 60)
})
