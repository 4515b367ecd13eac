import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import { appRoleKey, managedRoles, rolesFor, type RolePolicy, type RoleRule } from '../../lib/domain/role-rules.ts'
import { noRoles } from '../support/sync-app.ts'

const user: DirectoryUser = { id: '1', userType: 'Member', department: 'Press' }
const expression = (source: string) => {
  const compiled = compileExpression(source)
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message)
  return compiled.expression
}
const group = (name: string, role: string): RoleRule => ({ kind: 'group', group: name, role })
const policy = (rules: RoleRule[], more: Partial<RolePolicy> = {}): RolePolicy => ({ ...noRoles, rules, ...more })

async function wanted(roles: RolePolicy, memberships: string[], guestRole: string | null = null, who = user) {
  const result = await rolesFor({ roles, guestRole }, who, memberships)
  if (!result.ok) throw new Error(result.message)
  return result.roles
}

const editors = group('g1', 'editor')
const authors = group('g2', 'author')

describe('priority', () => {
  test('the first rule that takes somebody decides, and no other', async () => {
    const rules = policy([editors, authors])
    expect((await wanted(rules, ['g2', 'g1'])).wanted).toEqual(['editor'])
    expect((await wanted(rules, ['g2'])).wanted).toEqual(['author'])
    expect((await wanted(policy([authors, editors]), ['g1', 'g2'])).wanted).toEqual(['author'])
  })
  test('what stands behind the rule that decides is not asked', async () => {
    const broken: RoleRule = { kind: 'condition', expression: expression('"x" + 1 = 2'), role: 'author' }
    expect((await wanted(policy([editors, broken]), ['g1'])).wanted).toEqual(['editor'])
    expect(await rolesFor({ roles: policy([editors, broken]), guestRole: null }, user, [])).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^rule 2: the expression failed/),
    })
  })
})

test('union: the roles of all rules that take somebody, each once', async () => {
  const rules = policy([editors, authors, group('g3', 'editor')], { mode: 'union' })
  expect((await wanted(rules, ['g1', 'g2', 'g3'])).wanted).toEqual(['editor', 'author'])
})

describe('the default role', () => {
  test('is for whom no rule takes, beside the guests’ one', async () => {
    const rules = policy([editors], { fallback: 'subscriber' })
    expect((await wanted(rules, [])).wanted).toEqual(['subscriber'])
    expect((await wanted(rules, ['g1'])).wanted).toEqual(['editor'])
    const guest = { ...user, userType: 'Guest' }
    expect((await wanted(rules, ['g1'], 'guest', guest)).wanted).toEqual(['editor', 'guest'])
    expect((await wanted(rules, [], 'guest', guest)).wanted).toEqual(['subscriber', 'guest'])
    expect((await wanted(rules, [], 'guest')).wanted).toEqual(['subscriber'])
  })
  test('does not keep anybody from having lost all roles by rules', async () => {
    const rules = policy([editors, group('g2', 'subscriber')], { fallback: 'subscriber' })
    expect((await wanted(rules, [])).guarded).toEqual(['editor', 'subscriber'])
    expect((await wanted(rules, ['g2'])).guarded).toEqual([])
  })
})

test('an app role is no group: neither takes the other’s name', async () => {
  const rules = policy([{ kind: 'appRole', value: 'g1', role: 'author' }, editors])
  expect((await wanted(rules, [appRoleKey('g1')])).wanted).toEqual(['author'])
  expect((await wanted(rules, ['g1'])).wanted).toEqual(['editor'])
})

describe('an expression', () => {
  const named = (source: string): RoleRule => ({
    ...{ kind: 'named', expression: expression(source), roles: ['editor', 'author'] },
  })
  const sees = { visible: new Set(['department', 'extension_role']) }
  const given = (source: string, more: object = {}) =>
    rolesFor({ roles: policy([named(source)], sees), guestRole: null }, { ...user, ...more }, [])

  test('gives a role where it is true', async () => {
    const rule: RoleRule = { kind: 'condition', expression: expression('department = "Press"'), role: 'author' }
    expect((await wanted(policy([rule], sees), [])).wanted).toEqual(['author'])
    expect((await wanted(policy([rule], sees), [], null, { ...user, department: 'Sales' })).wanted).toEqual([])
    const odd: RoleRule = { ...rule, expression: expression('department') }
    expect(await rolesFor({ roles: policy([odd], sees), guestRole: null }, user, [])).toEqual({
      ok: false,
      message: 'rule 1: the expression gives neither true nor false',
    })
  })
  test.each<[string, object, string[]]>([
    ['extension_role', { extension_role: 'editor' }, ['editor']],
    ['$split(extension_role, ";")', { extension_role: 'author;editor' }, ['author', 'editor']],
    ['extension_role', {}, []],
    ['extension_role', { extension_role: null }, []],
    ['extension_role', { extension_role: '' }, []],
  ])('%s names roles of %o', async (source, more, roles) => {
    expect(await given(source, more)).toMatchObject({ ok: true, roles: { wanted: roles } })
  })
  test.each<[string, unknown]>([
    ['another', 'administrator'],
    ['one of two', ['author', 'administrator']],
    ['a number', 7],
    ['true', true],
  ])('that names %s is a fault of that person, and tells no value', async (_, value) => {
    const result = await given('extension_role', { extension_role: value })
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('rule 1: the expression gives') })
    expect(JSON.stringify(result)).not.toContain('administrator')
  })
  test('sees what was selected and nothing more', async () => {
    const hidden = policy([named('extension_role')])
    const who = { ...user, extension_role: 'editor' }
    expect((await wanted(hidden, [], null, who)).wanted).toEqual([])
  })
})

describe('a law', () => {
  const role = fc.constantFrom<string[]>('a', 'b', 'c', 'd')
  const groupName = fc.constantFrom<string[]>('g1', 'g2', 'g3', 'g4')
  const rules = fc.array(fc.tuple(groupName, role).map(([name, given]) => group(name, given)))
  const settings = fc.record({
    roles: fc.record({
      ...{ mode: fc.constantFrom<RolePolicy['mode']>('priority', 'union'), rules },
      fallback: fc.option(role),
    }),
    guestRole: fc.option(role),
  })
  test('wanted roles are managed, each once; guarded ones stand in rules, and there are none where a rule takes somebody', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.uniqueArray(groupName), fc.boolean(), async (given, memberships, guest) => {
        const roles = policy(given.roles.rules, given.roles)
        const result = await wanted(roles, memberships, given.guestRole, {
          ...user,
          userType: guest ? 'Guest' : 'Member',
        })
        const taking = given.roles.rules.filter((rule) => rule.kind === 'group' && memberships.includes(rule.group))
        const byRules = given.roles.rules.map((rule) => (rule.kind === 'group' ? rule.role : ''))
        expect(result.managed).toEqual(managedRoles({ roles, guestRole: given.guestRole }))
        expect(new Set(result.wanted).size).toBe(result.wanted.length)
        for (const one of result.wanted) expect(result.managed).toContain(one)
        expect(new Set(result.guarded)).toEqual(new Set(taking.length > 0 ? [] : byRules))
        const others = new Set([given.roles.fallback, given.guestRole])
        for (const one of result.wanted)
          if (taking.length === 0) expect(others.has(one)).toBe(true)
          else if (one !== given.guestRole) expect(byRules).toContain(one)
        if (given.roles.mode === 'priority') expect(result.wanted.length).toBeLessThanOrEqual(2)
      }),
    )
  })
})
