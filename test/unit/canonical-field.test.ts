import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalField, sameField } from '../../lib/domain/canonical-field.ts'
import { hashField, hashFields } from '../../lib/domain/field-hash.ts'
import { accountFields } from '../../lib/domain/site-user.ts'

const field = fc.constantFrom(...accountFields)
const awkward = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '&',
      'amp;',
      '#38;',
      '#60;',
      '%',
      '20',
      ' ',
      '\t',
      '\r\n',
      '\0',
      '\uD800',
      'b',
      '/',
      'ä',
      '😀',
      ':',
      '"',
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''))

describe('canonicalField', () => {
  test.each([
    ['first_name', '  Zoë\t van\n der   Berg ', 'Zoë van der Berg'],
    ['last_name', 'R&D', 'R&D'],
    ['last_name', 'R&amp;D', 'R&D'],
    ['last_name', "O'Brien \\ Söhne", "O'Brien \\ Söhne"],
    ['name', 'A <b>bold</b> <script>x</script>', 'A bold x'],
    ['name', 'x < y', 'x < y'],
    ['name', '100%25 sure%%2020', '100 sure'],
    ['nickname', 'a\u0000b\u0007', 'ab'],
    ['name', 'broken \uD83D', 'broken \uFFFD'],
    ['description', ' one\r\ntwo\rthree 50%20 ', 'one\ntwo\nthree 50%20'],
    ['email', ' Ann@Example.com ', 'Ann@Example.com'],
    ['url', ' example.org/a b ', 'http://example.org/a%20b'],
    ['url', 'HTTPS://example.org/?a=1&b=2', 'https://example.org/?a=1&b=2'],
    ['url', 'javascript:alert(1)', ''],
    ['url', `https://example.org/${'a'.repeat(100)}`, ''],
    ['locale', 'de_DE', 'de_DE'],
  ] as const)('%s: %j', (name, value, expected) => {
    expect(canonicalField(name, value)).toBe(expected)
  })

  test('a display name fits its column as it is saved, and no character is cut in two', () => {
    expect(canonicalField('name', 'x'.repeat(300))).toHaveLength(250)
    expect(canonicalField('name', '&'.repeat(300))).toHaveLength(50)
    expect(Array.from(canonicalField('name', '😀'.repeat(300)))).toHaveLength(250)
  })

  test('is stable: sent again, nothing changes', () => {
    fc.assert(
      fc.property(field, fc.oneof(awkward, fc.string({ unit: 'binary' })), (name, value) => {
        const canonical = canonicalField(name, value)
        expect(canonicalField(name, canonical)).toBe(canonical)
        expect(sameField(name, value, canonical)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('a line keeps no tag, octet or control character', () => {
    fc.assert(
      fc.property(awkward, (value) => {
        const canonical = canonicalField('first_name', value)
        expect(canonical).not.toMatch(/<[^<>]*>|%[0-9a-f]{2}|\p{Cc}| {2}|^ | $|\p{Surrogate}/iu)
      }),
    )
  })

  test('text made to resist takes time that grows with its length only', () => {
    const long = `${'<'.repeat(15_000)}${'a>'.repeat(15_000)}${'&amp;'.repeat(5_000)}${'%2'.repeat(10_000)}${' '.repeat(10_000)}x`
    expect(canonicalField('first_name', long).length).toBeLessThan(long.length)
  })
})

describe('hashField', () => {
  test('is equal exactly where the field is', () => {
    fc.assert(
      fc.property(field, awkward, awkward, (name, a, b) => {
        expect(hashField(name, a) === hashField(name, b)).toBe(sameField(name, a, b))
      }),
    )
  })

  test('knows addresses without case, nothing else', () => {
    expect(hashField('email', 'Ann@Example.com')).toBe(hashField('email', 'ann@example.com'))
    expect(hashField('name', 'Ann')).not.toBe(hashField('name', 'ann'))
    expect(hashField('first_name', 'Ann')).not.toBe(hashField('last_name', 'Ann'))
  })

  test('hashes what is there, the empty value too', () => {
    expect(hashFields({ url: '', name: 'Ann' })).toEqual({ url: hashField('url', ''), name: hashField('name', 'Ann') })
    expect(hashField('url', '')).toMatch(/^[0-9a-f]{16}$/)
  })
})

test.each(accountFields.filter((name) => name !== 'url'))('a %s of "0" is empty, as PHP has it', (field) => {
  expect(canonicalField(field, ' 0 ')).toBe('')
})
