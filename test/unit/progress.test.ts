import { expect, test } from 'vitest'
import { noCounters, type Cycle } from '../../lib/domain/cycle.ts'
import { progressOf } from '../../lib/domain/progress.ts'

const cycle: Cycle = {
  connection: 'default',
  id: 'c',
  kind: 'initial',
  trigger: 'timer',
  dryRun: false,
  state: 'reading',
  startedAt: 0,
  readAt: null,
  settledAt: null,
  expected: 1000,
  error: null,
  counters: noCounters,
}

test('nobody can tell how long before anybody is done', () => {
  expect(progressOf(cycle, 5000)).toEqual({ done: 0, total: 1000, eta: null })
})
test('goes on at the pace so far', () => {
  const counters = { ...noCounters, seen: 400, queued: 400, created: 200, failed: 50 }
  expect(progressOf({ ...cycle, counters }, 10_000)).toEqual({ done: 250, total: 1000, eta: 30_000 })
})
test('once read, what was queued is the whole', () => {
  const counters = { ...noCounters, queued: 10, dropped: 90, updated: 5 }
  expect(progressOf({ ...cycle, state: 'read', counters }, 1000)).toMatchObject({ done: 95, total: 100 })
})
test('an increment has no total while it is read', () => {
  expect(progressOf({ ...cycle, expected: null }, 1000)).toEqual({ done: 0, total: null, eta: null })
})
test('who is suspended, restored, deleted, held or skipped is done too', () => {
  const counters = { ...noCounters, queued: 15, suspended: 1, restored: 2, deleted: 3, held: 4, skipped: 5 }
  expect(progressOf({ ...cycle, state: 'read', counters }, 1000)).toEqual({ done: 15, total: 15, eta: 0 })
})
test('settled is settled', () => expect(progressOf({ ...cycle, state: 'settled' }, 1000).eta).toBe(0))
