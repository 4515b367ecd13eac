import { expect, test } from 'vitest'
import { planRun } from './plan.ts'
import type { Schedule } from './schedule.ts'
import { shrink } from './shrink.ts'

const whole = planRun(3, 5)
const needed = whole.actions.filter((_, index) => index === 4 || index === 11)

function fails(schedule: Schedule): Promise<boolean> {
  return Promise.resolve(needed.every((action) => schedule.actions.includes(action)))
}

test('leaves only what makes a schedule fail', async () => {
  const short = await shrink(whole, fails, 1000)
  expect(short.actions).toEqual(needed)
  expect(short.people).toEqual([])
  expect(short.hosts).toBe(1)
})

test('tries no more schedules than it may', async () => {
  let tried = 0
  const short = await shrink(whole, (schedule) => (tried++, fails(schedule)), 7)
  expect(tried).toBe(7)
  expect(needed.every((action) => short.actions.includes(action))).toBe(true)
})

test('keeps a schedule that fails whatever is left out as short as nothing at all', async () => {
  const short = await shrink(whole, () => Promise.resolve(true), 1000)
  expect([short.actions, short.people, short.accounts]).toEqual([[], [], []])
})
