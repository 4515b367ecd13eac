import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deriveUsername } from '../../lib/domain/derive-username.ts'

const single = { multisite: false }
const network = { multisite: true }
const candidate = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({ unit: fc.constantFrom(...Array.from('aZ0.-_@ +#%&;<>äÖßøłİ9')), maxLength: 90 }),
)

/** `sanitize_user(…, strict)` for what is ASCII already: https://developer.wordpress.org/reference/functions/sanitize_user/ */
const sanitizeUser = (name: string) =>
  name
    .replace(/%[a-fA-F0-9]{2}/g, '')
    .replace(/&.+?;/g, '')
    .replace(/[^a-z0-9 _.\-@]/gi, '')
    .trim()
    .replace(/\s+/g, ' ')

describe('deriveUsername', () => {
  test.each([
    ['Ann.Smith', 'ann.smith'],
    ['jörg.müller-weiß', 'joerg.mueller-weiss'],
    ['jo\u0308rg', 'joerg'],
    ['Søren Łukasz İpek', 'soren lukasz ipek'],
    ['Đặng.þór', 'dang.thor'],
    ['bob+news', 'bobnews'],
    ['  .a..b   c@@d. ', 'a.b c@d'],
    ['ann@example.org', 'ann@example.org'],
    ['ｆｕｌｌ', 'full'],
  ])('%j becomes %j', (from, to) => {
    expect(deriveUsername(from, 'id', single)).toBe(to)
  })

  test.each(['', '   ', '+#+', '李小龙', '...', '0', '@-0-@'])('%j has nothing to be made of', (from) => {
    expect(deriveUsername(from, 'id', single)).toMatch(/^user-[0-9a-f]{8}$/)
  })

  test.each([
    ['jörg.müller', 'joergmueller'],
    ['12345', 'user12345'],
  ])('on a network %j becomes %j', (from, to) => {
    expect(deriveUsername(from, 'id', network)).toBe(to)
  })

  test.each([
    ['bob', /^bob[0-9a-f]{8}$/],
    ['Admin', /^admin[0-9a-f]{8}$/],
    ['+', /^user[0-9a-f]{8}$/],
  ])('on a network %j is too short or reserved', (from, to) => {
    expect(deriveUsername(from, 'id', network)).toMatch(to)
  })

  test('is always what WordPress takes', () => {
    fc.assert(
      fc.property(candidate, fc.uuid(), fc.boolean(), (from, id, taken) => {
        const name = deriveUsername(from, id, single, taken)
        expect(name).toBe(sanitizeUser(name))
        expect(name).toMatch(/^[a-z0-9][a-z0-9 _.\-@]*$/)
        expect(name.length).toBeLessThanOrEqual(60)
        const nicename = name
          .slice(0, 50)
          .replace(/[ .]/g, '-')
          .replace(/@/g, '')
          .replace(/^-+|-+$/g, '')
        expect(['', '0']).not.toContain(nicename)
      }),
      { numRuns: 500 },
    )
  })

  test('is always what a network takes', () => {
    fc.assert(
      fc.property(candidate, fc.uuid(), fc.boolean(), (from, id, taken) => {
        const name = deriveUsername(from, id, network, taken)
        expect(name).toMatch(/^(?=.*[a-z])[a-z0-9]{4,60}$/)
      }),
      { numRuns: 500 },
    )
  })

  test('is deterministic and stays as it is when derived again', () => {
    fc.assert(
      fc.property(candidate, fc.uuid(), fc.boolean(), (from, id, multisite) => {
        const name = deriveUsername(from, id, { multisite })
        expect(deriveUsername(from, id, { multisite })).toBe(name)
        expect(deriveUsername(name, id, { multisite })).toBe(name)
      }),
    )
  })

  test('the suffix of a taken name depends on the object id only, not on its case', () => {
    fc.assert(
      fc.property(candidate, candidate, fc.uuid(), fc.boolean(), (a, b, id, multisite) => {
        const suffix = (from: string, of: string) => deriveUsername(from, of, { multisite }, true).slice(-8)
        expect(suffix(a, id)).toBe(suffix(b, id.toUpperCase()))
        expect(deriveUsername(a, id, { multisite }, true)).not.toBe(deriveUsername(a, id, { multisite }))
      }),
    )
    expect(deriveUsername('ann', 'one', single, true)).not.toBe(deriveUsername('ann', 'two', single, true))
  })
})
