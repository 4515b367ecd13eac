import { describe, expect, test } from 'vitest'
import { comparePrecedence, parseRoute } from '../../dev/functions-host/http-route.ts'
import { decodeMessage } from '../../dev/functions-host/queue-message.ts'
import { parseTimerSchedule } from '../../dev/functions-host/timer-schedule.ts'

describe('schedules', () => {
  const next = (expression: string, from: string) => parseTimerSchedule(expression).next(new Date(from))?.toISOString()

  test.each([
    ['0 */15 * * * *', '2026-03-01T10:15:00.000Z', '2026-03-01T10:30:00.000Z'],
    ['*/5 * * * *', '2026-03-01T10:15:01.000Z', '2026-03-01T10:20:00.000Z'],
    ['0 0 9-17 * * Mon-Fri', '2026-03-06T17:00:00.000Z', '2026-03-09T09:00:00.000Z'],
    // Both day fields must match: the next 13th that is a Friday.
    ['0 0 0 13 * Fri', '2026-03-14T00:00:00.000Z', '2026-11-13T00:00:00.000Z'],
  ])('%s after %s is %s', (expression, from, expected) => {
    expect(next(expression, from)).toBe(expected)
  })

  test.each(['0 61 * * * *', '* * *', '@daily', '0 0 0 L * *', '0 0 0 ? * *', '0 0 0 * * 7', '0 0 0 * * 5#1', ''])(
    '"%s" is refused',
    (expression) => {
      expect(() => parseTimerSchedule(expression)).toThrow('not recognized as a valid cron expression')
    },
  )

  test('only what fires more than once a minute is frequent', () => {
    expect(['*/30 * * * * *', '0 * * * * *'].map((text) => parseTimerSchedule(text).isFrequent)).toEqual([true, false])
  })
})

describe('routes', () => {
  test.each([
    ['a/{b}', 'A/x%20y', { b: 'x y' }],
    ['a/{b}', 'a/x%2Fy', { b: 'x%2Fy' }],
    ['a/{b}', 'a/', null],
    ['a/{b?}', 'a', {}],
    ['a/{b:int}', 'a/12', { b: '12' }],
    ['a/{b:int}', 'a/twelve', null],
    ['a/{*rest}', 'a/b/c', { rest: 'b/c' }],
    ['a/{b}', 'a/b/c', null],
    ['a', 'b', null],
  ])('%s on %s', (template, path, expected) => {
    expect(parseRoute(template).match(path)).toEqual(expected)
  })

  test('a literal goes before a constraint, that before a parameter, that before the rest', () => {
    const templates = ['{*a}', '{a}', '{a:int}', 'a']
    const sorted = templates.map(parseRoute).sort(comparePrecedence)
    expect(sorted.map(({ precedence }) => precedence[0])).toEqual([1, 2, 3, 5])
  })

  test.each(['a-{b}', '{b:regex(x)}', '{a}/{A}'])('%s is refused', (template) => {
    expect(() => parseRoute(template)).toThrow()
  })
})

describe('message texts', () => {
  test.each([
    ['eyJhIjoxfQ==', '{"a":1}'],
    ['eyJh\nIjox fQ==', '{"a":1}'],
    ['', ''],
    ['{"a":1}', null],
    ['eyJhIjoxfQ', null],
    ['eyJhIjoxfQ=', null],
  ])('%j as base64 is %j', (raw, expected) => {
    expect(decodeMessage(raw, 'base64')).toBe(expected)
  })

  test('without an encoding they are taken as they are', () => {
    expect(decodeMessage('{"a":1}', 'none')).toBe('{"a":1}')
  })
})
