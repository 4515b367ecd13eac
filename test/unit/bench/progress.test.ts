import { expect, test } from 'vitest'
import { createProgress, secondsLeft } from '../../bench/progress.ts'

const steps = [
  { name: 'a', guessedSeconds: 10 },
  { name: 'b', guessedSeconds: 1 },
  { name: 'a', guessedSeconds: 10 },
]

test('what is left is guessed until equal steps were taken, then their mean', () => {
  expect(secondsLeft(steps, new Map())).toBe(21)
  expect(secondsLeft(steps, new Map([['a', [4, 8]]]))).toBe(13)
})

test('steps are told with their place and what came of them', async () => {
  const lines: string[] = []
  const step = createProgress([{ name: 'a', guessedSeconds: 10 }], (line) => lines.push(line))
  expect(
    await step(
      () => Promise.resolve(7),
      (result) => `it was ${result}`,
    ),
  ).toBe(7)
  expect(lines[0]).toBe('[1/1] a … (about 10 s left in all)')
  expect(lines[1]).toContain('it was 7')
})

test('a step that nobody announced is refused', async () => {
  const step = createProgress([], () => undefined)
  await expect(step(() => Promise.resolve())).rejects.toThrow(RangeError)
})
