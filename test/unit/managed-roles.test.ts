import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashRoles, noManagedRoles, rolesWith, sameRoles, withRolesHash } from '../../lib/domain/managed-roles.ts'

const roles = fc.uniqueArray(fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e'))
const managed = roles.chain((managed) => fc.subarray(managed).map((wanted) => ({ managed, wanted })))

describe('rolesWith', () => {
  test('gives and takes managed roles, and leaves all others', () => {
    const guest = { managed: ['guest', 'staff'], wanted: ['guest'] }
    expect(rolesWith(guest, ['editor', 'staff', 'author'])).toEqual(['editor', 'author', 'guest'])
    expect(rolesWith(guest, [])).toEqual(['guest'])
    expect(rolesWith({ ...guest, wanted: [] }, ['guest', 'editor'])).toEqual(['editor'])
    expect(rolesWith(noManagedRoles, ['guest', 'editor'])).toEqual(['guest', 'editor'])
  })
  test('has each wanted role once, no unwanted managed one, and every other in its order', () => {
    fc.assert(
      fc.property(managed, roles, (given, before) => {
        const after = rolesWith(given, before)
        const foreign = (list: readonly string[]) => list.filter((role) => !given.managed.includes(role))
        expect(foreign(after)).toEqual(foreign(before))
        expect(after.filter((role) => given.managed.includes(role)).sort()).toEqual(given.wanted.toSorted())
        expect(rolesWith(given, after)).toEqual(after)
      }),
    )
  })
})

test('sameRoles compares without order', () => {
  fc.assert(
    fc.property(roles, roles, (a, b) => {
      expect(sameRoles(a, b)).toBe(JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted()))
      expect(sameRoles(a, a.toReversed())).toBe(true)
    }),
  )
})

describe('hashRoles', () => {
  test('is absent for no roles, and otherwise 16 hex digits', () => {
    expect(hashRoles([])).toBeUndefined()
    expect(hashRoles(['guest'])).toMatch(/^[0-9a-f]{16}$/)
    expect(hashRoles(['a', 'b'])).not.toBe(hashRoles(['a,b']))
  })
  test('is equal exactly where the roles are', () => {
    fc.assert(
      fc.property(roles, roles, (a, b) => {
        expect(hashRoles(a) === hashRoles(b)).toBe(sameRoles(a, b))
      }),
    )
  })
})

test('withRolesHash replaces what stood there, and keeps the rest', () => {
  const before = { name: '1', roles: 'old' }
  expect(withRolesHash(before, { managed: ['guest'], wanted: ['guest'] })).toEqual({
    name: '1',
    roles: hashRoles(['guest']),
  })
  expect(withRolesHash(before, noManagedRoles)).toEqual({ name: '1' })
})
