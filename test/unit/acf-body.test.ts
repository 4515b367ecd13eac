import { expect, test } from 'vitest'
import { acfBody } from '../../lib/wordpress/acf-body.ts'
import { inPlaces } from '../../lib/wordpress/write-request.ts'

test('backslashes are doubled at any depth, in ACF fields only', () => {
  const value = { path: 'C:\\x', list: ['\\', { deep: '\\\\' }], count: 3, yes: true }
  expect(acfBody(value, false)).toEqual({
    ...{ path: 'C:\\\\x', list: ['\\\\', { deep: '\\\\\\\\' }], count: 3, yes: true },
  })
  expect(inPlaces({ 'acf.a': '\\', 'meta.a': '\\', first_name: '\\' }, false)).toEqual({
    ...{ acf: { a: '\\\\' }, meta: { a: '\\' }, first_name: '\\' },
  })
})

test('null clears: the field, the whole group, and a field of the group where that can be said', () => {
  const place = { city: 'Köln', zip: null, more: { floor: null, door: '1' } }
  expect(acfBody(null, false)).toBeNull()
  expect(acfBody({ city: null, zip: null }, false)).toBeNull()
  expect(acfBody({}, true)).toBeNull()
  expect(acfBody(place, false)).toEqual({ city: 'Köln', zip: '', more: { floor: '', door: '1' } })
  // Held against its type, a number may be null and no text.
  expect(acfBody(place, true)).toEqual(place)
})
