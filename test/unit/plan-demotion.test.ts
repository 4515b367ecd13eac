import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { driftOf, withoutDrift } from '../../lib/domain/drift.ts'
import { effectVisible } from '../../lib/domain/effect-visible.ts'
import { hashRoles, rolesWith, siteDefault, type ManagedRoles } from '../../lib/domain/managed-roles.ts'
import { isRemovalPlan, needsAccount, planUser, type PlanInput } from '../../lib/domain/plan.ts'
import { planExisting } from '../../lib/domain/write-plan.ts'
import { account, desired, here, openIntent, planInput, settled, settledLink } from '../support/plan-input.ts'

/** Rules give editor and author; who is in none of their groups has the default role. */
const managed = ['editor', 'author', 'subscriber']
const byRule = (...wanted: string[]): ManagedRoles => ({ managed, wanted, guarded: [], whole: true })
const byNone: ManagedRoles = { managed, wanted: ['subscriber'], guarded: ['editor', 'author'], whole: true }

const linkWith = (...roles: string[]) => ({
  ...settledLink,
  hashes: { ...settledLink.hashes, roles: hashRoles(roles) ?? '' },
})
const site = (...roles: string[]) => account(settled, { roles })
const plan = (input: Partial<PlanInput>) => planUser(planInput({ standing: here, ...input }))

describe('somebody whom no rule takes any more', () => {
  test('loses all roles by rules in a plan that the guard judges, and gets the default one', () => {
    const input = { link: linkWith('editor'), account: site('editor', 'shop_manager'), roles: byNone }
    const demotion = plan(input)
    expect(demotion).toMatchObject({
      ...{ verb: 'demote', reason: 'no-mapped-role', roles: ['shop_manager', 'subscriber'], values: {}, apart: null },
      changes: [{ field: 'roles', from: 'editor, shop_manager', to: 'shop_manager, subscriber' }],
      hashes: { roles: hashRoles(['subscriber']) },
    })
    expect(isRemovalPlan(demotion)).toBe(true)
    expect(needsAccount(planInput({ standing: here, ...input }))).toBe(true)
  })
  test('has all else changed in the same write, and apart where the roles have to wait', () => {
    const named = { ...desired, fields: { ...desired.fields, first_name: 'Anne' } }
    const link = linkWith('editor')
    const demotion = plan({ link, account: site('editor'), roles: byNone, desired: named })
    expect(demotion).toMatchObject({
      ...{ verb: 'demote', values: { first_name: 'Anne' }, roles: ['subscriber'] },
      apart: { verb: 'update', values: { first_name: 'Anne' }, roles: null, unfinished: true },
    })
    expect(demotion).toMatchObject({ apart: { hashes: { roles: link.hashes.roles } } })
  })
  test('has a new address before, by itself: its owner may have to be asked', () => {
    const moved = { ...desired, email: 'new@contoso.example' }
    expect(plan({ link: linkWith('editor'), account: site('editor'), roles: byNone, desired: moved })).toMatchObject({
      ...{ verb: 'update', values: { email: 'new@contoso.example' }, roles: null, unfinished: true },
    })
  })
  test.each([
    ['who had none but the default one', site('subscriber'), linkWith('subscriber'), 'nothing'],
    ['whose account is new and has the site’s own default role', site('author'), linkWith(), 'update'],
  ])('%s loses nothing that counts', (_, has, link, verb) => {
    const fresh = verb === 'update' ? { ...link, hashes: { ...link.hashes, roles: siteDefault } } : link
    expect(plan({ link: fresh, account: has, roles: byNone })).toMatchObject({ verb })
  })
  test('and who is protected loses nothing at all', () => {
    const input = { link: linkWith('editor'), account: site('editor', 'administrator'), roles: byNone }
    expect(plan({ ...input, isProtected: () => true })).toMatchObject({ verb: 'nothing' })
  })
})

test('moved from one group to another: the new role, none of the old one, and no removal', () => {
  expect(plan({ link: linkWith('editor'), account: site('editor', 'vip'), roles: byRule('author') })).toMatchObject({
    ...{ verb: 'update', roles: ['vip', 'author'] },
  })
})

test('a law: whatever is not a removal takes no role by rules from somebody whom no rule takes', () => {
  const roles = fc.uniqueArray(fc.constantFrom('editor', 'author', 'subscriber', 'vip'))
  fc.assert(
    fc.property(roles, roles, fc.boolean(), fc.boolean(), (had, has, matched, takeOver) => {
      const given = matched ? byRule('author') : byNone
      const link = takeOver ? { ...linkWith(...had), intent: openIntent('update') } : linkWith(...had)
      const result = plan({ link, account: site(...has), roles: given, takeOver })
      const takes = has.some((role) => ['editor', 'author'].includes(role))
      expect(result.verb === 'demote').toBe(!matched && takes)
      const after = 'roles' in result && result.roles ? result.roles : has
      if (result.verb === 'demote' || result.verb === 'update')
        expect(after.toSorted()).toEqual(rolesWith(given, has).toSorted())
    }),
  )
})

describe('a new account', () => {
  test('has its roles in the same write where rules say all of them', () => {
    expect(plan({ roles: byRule('editor') })).toMatchObject({
      ...{ verb: 'create', roles: ['editor'] },
      changes: expect.arrayContaining([{ field: 'roles', from: null, to: 'editor' }]),
    })
    expect(plan({ roles: byNone })).toMatchObject({ verb: 'create', roles: ['subscriber'] })
  })
  test('has the site’s default role where they don’t', () => {
    expect(plan({ roles: { managed: ['guest'], wanted: ['guest'] } })).toMatchObject({ verb: 'create', roles: null })
    expect(plan({ roles: { ...byNone, wanted: [] } })).toMatchObject({ verb: 'create', roles: null })
  })
})

describe('an account that is adopted', () => {
  test('keeps what a hand gave it for now: a look of its own takes that', () => {
    const adopted = planExisting('adopt', site('editor', 'vip'), desired, byNone)
    expect(adopted).toMatchObject({ roles: null, unfinished: true, hashes: { roles: hashRoles(['editor']) } })
    const link = { ...settledLink, hashes: adopted.hashes }
    expect(plan({ link, account: site('editor', 'vip'), roles: byNone })).toMatchObject({ verb: 'demote' })
  })
  test('gets the roles of rules at once', () => {
    const adopted = planExisting('adopt', site('editor', 'vip'), desired, byRule('author'))
    expect(adopted).toMatchObject({ roles: ['vip', 'author'], hashes: { roles: hashRoles(['author']) } })
    expect(adopted).not.toHaveProperty('unfinished')
  })
})

test('restored: exactly the roles from before, adjusted to the rules', () => {
  const link = { ...linkWith('editor'), state: 'suspended' as const, roles: ['editor', 'vip'] }
  const restore = (roles: ManagedRoles) => plan({ link, account: site(), roles })
  expect(restore(byRule('editor'))).toMatchObject({ verb: 'restore', roles: ['editor', 'vip'] })
  expect(restore(byRule('author'))).toMatchObject({ verb: 'restore', roles: ['vip', 'author'] })
  expect(restore(byNone)).toMatchObject({ verb: 'restore', roles: ['vip', 'subscriber'] })
})

test('the effect of a demotion shows by the roles that are there', () => {
  const intent = openIntent('demote', { hashes: linkWith('subscriber').hashes, reason: 'no-mapped-role' })
  const before = linkWith('editor').hashes
  expect(effectVisible(intent, before, site('subscriber', 'vip'), managed)).toBe(true)
  expect(effectVisible(intent, before, site('editor', 'vip'), managed)).toBe(false)
})

test('roles that a hand gave to somebody who is to have none are looked at, and taken', () => {
  const none: ManagedRoles = { managed, wanted: [], guarded: [] }
  const drift = driftOf(settledLink, site('author'), managed)
  expect(drift).toEqual({ missing: false, fields: ['roles'] })
  const link = withoutDrift(settledLink, drift!)
  expect(needsAccount(planInput({ standing: here, link, roles: none }))).toBe(true)
  expect(plan({ link, account: site('author', 'vip'), roles: none })).toMatchObject({ verb: 'update', roles: ['vip'] })
})
