import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differences, marksOf, readMarks, writeMarks } from '../../lib/domain/app-role-marks.ts'

const assignment = fc.record({
  kind: fc.constantFrom<'user' | 'group'>('user', 'group'),
  id: fc.uuid(),
  value: fc.constantFrom('Author', 'Editor'),
})
const assignments = fc.array(assignment, { maxLength: 30 })

test('marks are the same in whatever order assignments come, and however often', () => {
  fc.assert(
    fc.property(assignments, (all) => {
      const text = writeMarks(marksOf(all))
      expect(writeMarks(marksOf([...all.toReversed(), ...all]))).toBe(text)
      expect(writeMarks(readMarks(text))).toBe(text)
      expect(differences(readMarks(text), marksOf(all))).toEqual({ prefixes: [], groups: [] })
    }),
  )
})

test('whoever is assigned something, or no longer is, lies where they differ', () => {
  fc.assert(
    fc.property(assignments, assignment, (others, one) => {
      const rest = others.filter(({ id }) => id !== one.id)
      const [without, withIt] = [marksOf(rest), marksOf([...rest, one])]
      const expected =
        one.kind === 'user' ? { prefixes: [one.id.slice(0, 2)], groups: [] } : { prefixes: [], groups: [one.id] }
      expect(differences(readMarks(writeMarks(without)), withIt)).toEqual(expected)
      expect(differences(withIt, without)).toEqual(expected)
      const other = { ...one, value: one.value === 'Author' ? 'Editor' : 'Author' }
      expect(differences(withIt, marksOf([...rest, other]))).toEqual(expected)
    }),
  )
})

test('100,000 people take a few kilobytes', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => ({
    ...{ kind: 'user' as const, value: 'Author' },
    id: (index * 42_949).toString(16).padStart(8, '0').split('').toReversed().join(''),
  }))
  const text = writeMarks(marksOf(many))
  expect(text.length).toBeLessThan(256 * 12)
  expect(readMarks(text).people.size).toBe(256)
})
