import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparable, sameField } from '../../lib/domain/canonical-field.ts'
import { comparableJson, jsonText, placeOf, sendableJson, type JsonValue } from '../../lib/domain/custom-field.ts'

test.each([[null], [undefined], [''], [0], [-0], [false], [[]], [{}]])('%j is nothing to PHP', (value) => {
  expect(comparableJson(value)).toBe('')
  expect(sameField('meta.x', value, null)).toBe(true)
})

test.each(['0', ' ', 'false', 1, true, [0], [''], [[]], { a: null }] as JsonValue[])('%j is something', (value) => {
  expect(comparableJson(value)).not.toBe('')
})

test.each([
  [5, '5'],
  [true, 1],
  [true, '1'],
  [0.1 + 0.2, 0.3],
  [1e21, '1e+21'],
  [
    { a: 1, b: [2] },
    { b: ['2'], a: '1' },
  ],
  [{ a: {} }, { a: [] }],
  [['x', 'y'], { 0: 'x', 1: 'y' }],
  [
    { a: null, b: false },
    { b: '', a: '' },
  ],
  ['a\u0000b', 'ab'],
  ['a\ud800b', 'a\ufffdb'],
] as [JsonValue, JsonValue][])('%j and %j are the same in the database', (a, b) => {
  expect(sameField('acf.x', a, b)).toBe(true)
})

test.each([
  ['a', 'A'],
  ['a', 'a '],
  ['\\', '\\\\'],
  [
    ['x', 'y'],
    ['y', 'x'],
  ],
  [{ a: 'b' }, { a: 'b', c: 'd' }],
  [{ a: ['b'] }, { a: 'b' }],
  [['a', 'b'], ['a,b']],
  [9_007_199_254_740_991, 9_007_199_254_740_990],
] as [JsonValue, JsonValue][])('%j and %j differ', (a, b) => {
  expect(sameField('meta.x', a, b)).toBe(false)
})

/** Halves of surrogate pairs among them, which no JSON of ours may hold. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7ff, max: 0xe000 })), { maxLength: 8 })
  .map((units) => String.fromCharCode(...units))

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>

describe('whatever the value', () => {
  test('the order of keys says nothing, and a copy is the same', () => {
    const reversed = (value: JsonValue): JsonValue =>
      typeof value !== 'object' || value === null
        ? value
        : Array.isArray(value)
          ? value.map(reversed)
          : Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([key, inner]) => [key, reversed(inner)]),
            )
    fc.assert(
      fc.property(json, (value) => {
        expect(comparableJson(reversed(value))).toBe(comparableJson(value))
      }),
    )
  })
  test('what is sent compares as what was meant, and JSON carries it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const sent = sendableJson({ [`k${text}`]: [text] })
        expect(JSON.stringify(sent)).not.toMatch(/\\ud[89a-f]/i)
        expect(comparable('meta.x', sent)).toBe(comparable('meta.x', { [`k${text}`]: [text] }))
      }),
    )
  })
})

test('places and texts', () => {
  expect(placeOf('meta.a.b')).toEqual({ part: 'meta', name: 'a.b' })
  expect(placeOf('acf.office')).toEqual({ part: 'acf', name: 'office' })
  expect([null, 'x', 1, [1], { a: 'b' }].map(jsonText)).toEqual(['', 'x', '1', '[1]', '{"a":"b"}'])
})
