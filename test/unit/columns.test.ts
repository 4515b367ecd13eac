import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns, longColumns, longText, longestColumn } from '../../lib/storage/columns.ts'

describe('columns', () => {
  it('leave null out and make every whole number an Int64', () => {
    expect(columns({ a: null, b: 1, c: 2 ** 40, d: '', e: false })).toEqual({ b: 1n, c: 2n ** 40n, d: '', e: false })
  })

  it('refuse what is no number', () => {
    expect(() => columns({ a: NaN })).toThrow(RangeError)
  })
})

describe('long text', () => {
  it('comes back whole, in pieces that fit', () => {
    const text = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 5000 }))
      .map(([a, n]) => a.repeat(n))
    fc.assert(
      fc.property(fc.option(text), (value) => {
        const pieces = longColumns('name', value)
        expect(longText(pieces, 'name')).toBe(value)
        for (const piece of Object.values(pieces)) expect(piece.length).toBeLessThanOrEqual(longestColumn)
      }),
      { numRuns: 50 },
    )
    expect(Object.keys(longColumns('name', 'x'.repeat(longestColumn * 2 + 1)))).toEqual(['name', 'name1', 'name2'])
    expect(Object.keys(longColumns('name', 'x'.repeat(longestColumn)))).toEqual(['name'])
    expect(longColumns('name', null)).toEqual({})
  })

  it('never splits a character in two', () => {
    const pieces = Object.values(longColumns('name', `x${'😀'.repeat(longestColumn)}`))
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
  })
})
