import { describe, expect, test } from 'vitest'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import { inScope, isGuest, type Scope } from '../../lib/domain/scope.ts'

const anna: DirectoryUser = { id: 'u1', userType: 'Member', userPrincipalName: 'anna@contoso.example' }
const guest: DirectoryUser = { ...anna, userType: 'Guest' }
const everyone: Scope = {
  groups: [],
  filter: null,
  visible: new Set(['id', 'department', 'accountEnabled']),
  members: true,
  guests: true,
  enabledOnly: true,
}
const yes = { ok: true, inScope: true }
const no = { ok: true, inScope: false }

function filter(source: string): Scope {
  const compiled = compileExpression(source)
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message)
  return { ...everyone, filter: compiled.expression }
}

test.each([
  [{ userType: 'Guest' }, true],
  [{ userType: 'Member' }, false],
  [{ userType: null, userPrincipalName: null }, false],
  [{}, false],
  // Externals can be made members: https://learn.microsoft.com/entra/external-id/user-properties
  [{ userType: 'Member', userPrincipalName: 'bo_fabrikam.example#EXT#@contoso.example' }, true],
])('isGuest %o: %s', (user, expected) => expect(isGuest({ id: 'u1', ...user })).toBe(expected))

describe('the scope', () => {
  test('without conditions takes everyone, the disabled too', async () => {
    expect(await inScope(everyone, anna, [])).toEqual(yes)
    expect(await inScope(everyone, { ...guest, accountEnabled: false }, [])).toEqual(yes)
  })
  test('takes members, guests, both or nobody', async () => {
    for (const members of [true, false])
      for (const guests of [true, false]) {
        expect(await inScope({ ...everyone, members, guests }, anna, [])).toEqual({ ok: true, inScope: members })
        expect(await inScope({ ...everyone, members, guests }, guest, [])).toEqual({ ok: true, inScope: guests })
      }
  })
  test('takes who is in one of its groups', async () => {
    const groups = { ...everyone, groups: ['g1', 'g2'] }
    expect(await inScope(groups, anna, ['g2'])).toEqual(yes)
    expect(await inScope(groups, anna, ['g3'])).toEqual(no)
    expect(await inScope(groups, anna, [])).toEqual(no)
  })
  test('takes whom all its conditions take', async () => {
    const all: Scope = { ...filter('department = "Sales"'), groups: ['g1'], guests: false }
    const sales = { ...anna, department: 'Sales' }
    expect(await inScope(all, sales, ['g1'])).toEqual(yes)
    expect(await inScope(all, { ...sales, department: 'IT' }, ['g1'])).toEqual(no)
    expect(await inScope(all, sales, [])).toEqual(no)
    expect(await inScope(all, { ...sales, userType: 'Guest' }, ['g1'])).toEqual(no)
  })
  test('asks no filter about somebody whom another condition leaves out', async () => {
    expect(await inScope({ ...filter('$error("asked")'), guests: false }, guest, [])).toEqual(no)
  })
})

describe('the filter', () => {
  test.each([
    ['true', yes],
    ['false', no],
    ['nobodyHasThis', no],
    ['null', no],
    ['department = "Sales"', yes],
    ['department != "Sales"', no],
  ])('%s', async (source, expected) => {
    expect(await inScope(filter(source), { ...anna, department: 'Sales' }, [])).toEqual(expected)
  })
  test.each(['"true"', '1', '0', '""', '[true, true]', '{}', 'department'])(
    '%s is no answer: nobody can say',
    async (source) => {
      expect(await inScope(filter(source), { ...anna, department: 'Sales' }, [])).toEqual({
        ok: false,
        message: 'the filter gives neither true nor false',
      })
    },
  )
  test.each(['$error("Sales")', 'department + 1 > 2', '$number(department) = 1'])(
    '%s fails, and tells no value',
    async (source) => {
      const result = await inScope(filter(source), { ...anna, department: 'Sales' }, [])
      expect(result).toMatchObject({ ok: false, message: expect.stringContaining('failed') })
      expect(JSON.stringify(result)).not.toContain('Sales')
    },
  )
  test('sees what it may see, and nothing that only a prototype has', async () => {
    const user = { ...anna, department: 'Sales', jobTitle: 'Boss' }
    expect(await inScope(filter('$exists(department)'), user, [])).toEqual(yes)
    expect(await inScope(filter('$exists(jobTitle)'), user, [])).toEqual(no)
    expect(await inScope(filter('$exists(toString)'), user, [])).toEqual(no)
    const inherits: DirectoryUser = Object.assign(Object.create({ department: 'Sales' }), anna)
    expect(await inScope(filter('$exists(department)'), inherits, [])).toEqual(no)
  })
  test('a fault that is not the expression’s is not hidden', async () => {
    const broken = { source: 'x', properties: [], evaluate: () => Promise.reject(new TypeError('broken')) }
    await expect(inScope({ ...everyone, filter: broken }, anna, [])).rejects.toThrow('broken')
  })
})
