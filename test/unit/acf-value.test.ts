import { expect, test } from 'vitest'
import { acfValue } from '../../lib/domain/acf-value.ts'
import { sameField } from '../../lib/domain/canonical-field.ts'
import type { JsonValue } from '../../lib/domain/custom-field.ts'

test.each<[JsonValue, JsonValue]>([
  [{ city: 'Köln' }, { city: 'Köln', zip: null, storey: '' }],
  [{ city: null, zip: null }, null],
  [{ city: '', keys: false, more: { a: null, b: [] } }, ''],
  ['R&D, 3 < 4 > "x" it\'s', 'R&amp;D, 3 &lt; 4 &gt; &quot;x&quot; it&#039;s'],
  [[{ name: 'A&B' }], [{ name: 'A&amp;B', note: '' }]],
  ['a &amp; b', 'a & b'],
])('%j and %j are one value to ACF', (sent, shown) => {
  expect(sameField('acf.x', sent, shown)).toBe(true)
  // Meta is taken as it is.
  expect(sameField('meta.x', sent, shown)).toBe(false)
})

test.each<[JsonValue, JsonValue]>([
  [{ storey: 0 }, { storey: null }],
  [
    ['', 'a'],
    ['a', ''],
  ],
  [[{}], []],
  ['&amp;amp;', '&amp;'],
  ['&nbsp;', ' '],
  [{ city: 'Köln', zip: '1' }, { city: 'Köln' }],
])('%j and %j are two', (a, b) => {
  expect(sameField('acf.x', a, b)).toBe(false)
})

test('entities are read once', () => {
  expect(acfValue('&amp;lt;')).toBe('&lt;')
})
