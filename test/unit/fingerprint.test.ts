import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../lib/domain/fingerprint.ts'
import { loadFingerprints } from '../../lib/domain/fingerprint-table.ts'

const select = ['id', 'mail', 'otherMails', 'identities', 'givenName']
const value = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constant(null),
  fc.boolean(),
  fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
)
const user = fc
  .record({ mail: value, otherMails: value, givenName: value, unselected: value }, { requiredKeys: [] })
  .map((properties) => ({ id: 'u1', ...(properties as object) }))

describe('fingerprint', () => {
  const of = (properties: object, memberships: string[] = [], configuration = 'c') =>
    fingerprint({ id: 'u1', ...properties }, memberships, configuration, select)

  test('is 16 hex digits and counts absent, null and empty lists the same', () => {
    expect(of({})).toMatch(/^[0-9a-f]{16}$/)
    expect(of({ mail: null, otherMails: [], identities: [{ issuer: null }] })).toBe(of({}))
    expect(of({ mail: '' })).not.toBe(of({}))
  })

  test('sees values, their case and their place', () => {
    expect(of({ mail: 'A' })).not.toBe(of({ mail: 'a' }))
    expect(of({ mail: 'a' })).not.toBe(of({ givenName: 'a' }))
    expect(of({ otherMails: ['a', 'b'] })).toBe(of({ otherMails: ['b', 'a'] }))
    expect(of({ otherMails: ['a', 'b'] })).not.toBe(of({ otherMails: ['a,b'] }))
    expect(of({ mail: 'list' })).not.toBe(of({ mail: ['list'] }))
    expect(of({ mail: 'true' })).not.toBe(of({ mail: true }))
  })

  test('sees memberships in any order, and the configuration', () => {
    expect(of({}, ['g1', 'g2'])).toBe(of({}, ['g2', 'g1']))
    expect(of({}, ['g1'])).not.toBe(of({}, []))
    expect(of({}, [], 'c')).not.toBe(of({}, [], 'd'))
  })

  test('does not depend on the order of keys nor on what was not selected', () => {
    fc.assert(
      fc.property(user, (one) => {
        const reversed = Object.fromEntries(Object.entries(one).reverse()) as typeof one
        const expected = fingerprint(one, [], 'c', select)
        expect(fingerprint(reversed, [], 'c', [...select].reverse())).toBe(expected)
        expect(fingerprint({ ...one, unselected: 'else' }, [], 'c', select)).toBe(expected)
      }),
    )
  })

  test('changes with any selected value that says something else', () => {
    fc.assert(
      fc.property(user, fc.string({ minLength: 6 }), (one, other) => {
        expect(fingerprint({ ...one, mail: other }, [], 'c', select)).not.toBe(fingerprint(one, [], 'c', select))
      }),
    )
  })
})

describe('loadFingerprints', () => {
  type Row = { objectId: string; fingerprint: string | null; intentOpen: boolean }
  async function* stream(rows: readonly Row[]) {
    yield* rows
  }
  const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 16, maxLength: 16 })
  const rows = fc.uniqueArray(
    fc.record({
      objectId: fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 8 })),
      fingerprint: fc.option(digits),
      intentOpen: fc.boolean(),
    }),
    { selector: (row) => row.objectId, maxLength: 60 },
  )

  test('knows exactly what a map would know, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), fc.uuid(), digits, async (links, inOrder, stranger, other) => {
        const given = inOrder ? links.toSorted((a, b) => (a.objectId < b.objectId ? -1 : 1)) : links
        const table = await loadFingerprints(stream(given))
        expect(table.size).toBe(links.length)
        for (const { objectId, fingerprint: known, intentOpen } of links) {
          expect(table.has(objectId)).toBe(true)
          expect(table.matches(objectId, known ?? other)).toBe(known !== null && !intentOpen && !/^0+$/.test(known))
          expect(table.matches(objectId, other) && other !== known).toBe(false)
        }
        const known = links.some(({ objectId }) => objectId === stranger)
        expect(table.has(stranger)).toBe(known)
        expect(table.matches(stranger, other) && !known).toBe(false)
        const sights = [0, 1, 2].map(() => given.filter(({ objectId }) => table.firstSight(objectId)).length)
        expect(sights).toEqual([links.length, 0, 0])
      }),
    )
  })

  test('ids are compared without case, garbage never matches, the last of two counts', async () => {
    const id = 'ABCDEF00-1111-4222-8333-444444444444'
    const links = [
      { objectId: id, fingerprint: '1111111111111111', intentOpen: false },
      { objectId: id.toLowerCase(), fingerprint: '2222222222222222', intentOpen: false },
      { objectId: '00000000-1111-4222-8333-444444444444', fingerprint: 'not hex', intentOpen: false },
    ]
    const table = await loadFingerprints(stream(links))
    expect(table.matches(id, '2222222222222222')).toBe(true)
    expect(table.matches(id, '1111111111111111')).toBe(false)
    expect(table.has('00000000-1111-4222-8333-444444444444')).toBe(true)
    // What stands for "never" inside matches nothing either.
    expect(table.matches('00000000-1111-4222-8333-444444444444', '0000000000000000')).toBe(false)
    expect(table.matches('00000000-1111-4222-8333-444444444444', 'not hex')).toBe(false)
  })

  test('works across the borders of its chunks', async () => {
    const count = 20_000
    const idOf = (index: number) =>
      `${index.toString(16).padStart(8, '0')}-0000-4000-8000-${(count - index).toString(16).padStart(12, '0')}`
    const print = (index: number) => (index + 1).toString(16).padStart(16, '0')
    const links = Array.from({ length: count }, (_, index) => ({
      objectId: idOf(index),
      fingerprint: print(index),
      intentOpen: index % 7 === 0,
    }))
    const table = await loadFingerprints(stream(links))
    const wrong = links.filter(({ objectId }, index) => table.matches(objectId, print(index)) === (index % 7 === 0))
    expect(wrong).toEqual([])
    expect(table.has(idOf(count))).toBe(false)
  })
})
