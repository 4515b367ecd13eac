import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyPart, keyRange, newestFirst, padded, rowKey } from '../../lib/storage/row-key.ts'

const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((value) => value.isWellFormed())

describe('row keys', () => {
  it('leave usual ids as they are', () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e'
    expect(rowKey('u', 'default', id)).toBe(`u|default|${id}`)
    expect(keyPart('adele.vance_1~x@example.com')).toBe('adele.vance_1~x@example.com')
    expect(keyPart("o'brien")).toBe('o!27brien')
  })

  it('hold nothing that tables refuse, and never the separator inside a part', () => {
    fc.assert(fc.property(text, (value) => /^[A-Za-z0-9.@_~!-]{0,200}$/.test(keyPart(value))))
  })

  it('differ where the parts differ', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.array(text, { minLength: 1 }), (a, b) => {
        expect(rowKey(...a) === rowKey(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
    fc.assert(fc.property(text, text, (a, b) => (keyPart(a) === keyPart(b)) === (a === b)))
    expect(keyPart('!h')).not.toMatch(/^!h/)
  })

  it('keep the order of GUIDs', () => {
    fc.assert(fc.property(fc.uuid(), fc.uuid(), (a, b) => rowKey('u', 'c', a) < rowKey('u', 'c', b) === a < b))
  })

  it('lie in the range of their first parts, and in no other', () => {
    const inRange = (key: string, { from, to }: { from: string; to: string }) => from <= key && key < to
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(inRange(rowKey('u', a, c), keyRange('u', a))).toBe(true)
        expect(inRange(rowKey('u', b, c), keyRange('u', a))).toBe(keyPart(a) === keyPart(b))
        expect(inRange(rowKey('w', a, c), keyRange('u', a))).toBe(false)
      }),
    )
  })
})

describe('padded', () => {
  it('makes text order of number order', () => {
    const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(fc.property(number, number, (a, b) => padded(a) < padded(b) === a < b))
  })

  it('stays within its width', () => {
    expect(padded(-5)).toBe('0000000000000000')
    expect(padded(Infinity)).toBe('9007199254740991')
    expect(padded(1.9, 3)).toBe('001')
  })
})

describe('newestFirst', () => {
  it('turns the order of times round, and back', () => {
    const time = fc
      .date({ min: new Date('2000-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().replace(/[-:.]/g, ''))
    fc.assert(fc.property(time, time, (a, b) => newestFirst(a) < newestFirst(b) === a > b))
    fc.assert(fc.property(text, (value) => newestFirst(newestFirst(value)) === value))
  })
})
