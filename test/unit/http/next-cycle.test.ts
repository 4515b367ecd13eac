import { expect, test } from 'vitest'
import { timeStamp } from '../../../lib/domain/attempt.ts'
import { noCounters, type Cycle } from '../../../lib/domain/cycle.ts'
import { askedAt, nextCycle } from '../../../lib/http/next-cycle.ts'

const at = Date.UTC(2026, 10, 23, 10, 15, 0, 123)

/** A cycle that began so many milliseconds after it was asked for. */
function cycle(after: number, more: Partial<Cycle> = {}): Cycle {
  return {
    connection: 'default',
    id: `${timeStamp(at + after)}-9f2c`,
    kind: 'incremental',
    trigger: 'on-demand',
    dryRun: false,
    state: 'settled',
    startedAt: at + after,
    readAt: at + after + 10,
    settledAt: at + after + 20,
    expected: null,
    error: null,
    counters: noCounters,
    ...more,
  }
}
const incremental = { at, kind: 'incremental', dryRun: false } as const
const full = { at, kind: 'full', dryRun: false } as const

test('the oldest that began since serves', () => {
  const [later, next, before] = [cycle(5000), cycle(100), cycle(-5000)]
  expect(nextCycle([later, next, before], incremental)).toBe(next)
  expect(nextCycle([cycle(0)], incremental)).toMatchObject({ startedAt: at })
})

test('there is none before the reader has begun one', () => {
  expect(nextCycle([], incremental)).toBeNull()
  expect(nextCycle([cycle(-5000)], incremental)).toBeNull()
  expect(nextCycle([cycle(-5000, { state: 'stopped', readAt: null })], incremental)).toBeNull()
})

test('a dry run is served by dry runs only, and the other way round', () => {
  const [dry, wet] = [cycle(200, { dryRun: true }), cycle(100)]
  expect(nextCycle([dry, wet], { ...incremental, dryRun: true })).toBe(dry)
  expect(nextCycle([dry, wet], incremental)).toBe(wet)
  expect(nextCycle([wet], { ...incremental, dryRun: true })).toBeNull()
})

test('a full one is served by full and initial ones only', () => {
  const [whole, first, part] = [cycle(300, { kind: 'full' }), cycle(200, { kind: 'initial' }), cycle(100)]
  expect(nextCycle([whole, part], full)).toBe(whole)
  expect(nextCycle([whole, first, part], full)).toBe(first)
  expect(nextCycle([part], full)).toBeNull()
})

test('an incremental one is served by the cycle that was being read, until one begins; a full one is not', () => {
  const underWay = cycle(-5000, { kind: 'full', state: 'reading', readAt: null, settledAt: null })
  expect(nextCycle([underWay], incremental)).toBe(underWay)
  expect(nextCycle([cycle(-5000, { readAt: at + 1 })], incremental)).not.toBeNull()
  const next = cycle(100)
  expect(nextCycle([next, underWay], incremental)).toBe(next)
  expect(nextCycle([underWay], full)).toBeNull()
  expect(nextCycle([{ ...underWay, dryRun: true }], { ...incremental, dryRun: true })).toBeNull()
})

test('the name of a Location is the time it was asked for', () => {
  expect(askedAt(`next-${timeStamp(at)}`)).toBe(at)
  for (const name of ['next-', `${timeStamp(at)}-9f2c`, 'next-20261323T101500123Z', `next-${timeStamp(at)}x`, '..'])
    expect(askedAt(name)).toBeNull()
})
