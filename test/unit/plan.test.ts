import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashFields } from '../../lib/domain/field-hash.ts'
import { leavingReasons } from '../../lib/domain/leaving.ts'
import type { Link } from '../../lib/domain/link.ts'
import { hashRoles, noManagedRoles } from '../../lib/domain/managed-roles.ts'
import type { MapResult } from '../../lib/domain/mapping.ts'
import { needsAccount, planUser, type PlanInput } from '../../lib/domain/plan.ts'
import { planExisting, planParking } from '../../lib/domain/write-plan.ts'
import type { FieldValues } from '../../lib/domain/site-user.ts'
import {
  account,
  applied,
  desired,
  here,
  leave,
  leaving,
  linked,
  noLink,
  objectId,
  openIntent,
  planInput,
  policies,
  policy,
  remove,
  settled,
  settledLink,
  unknown,
} from '../support/plan-input.ts'

const guest = { managed: ['guest'], wanted: ['guest'] }
const member = { managed: ['guest'], wanted: [] }
const plan = (input: Partial<PlanInput>) => planUser(planInput(input))
const needs = (input: Partial<PlanInput>) => needsAccount(planInput(input))

describe('somebody without an account', () => {
  test('is created with what the mapping names, and nothing that is empty', () => {
    expect(plan({})).toMatchObject({
      verb: 'create',
      account: null,
      username: 'anna.berg',
      values: { first_name: 'Anna', name: 'Anna Berg', email: 'anna@contoso.example' },
      roles: null,
    })
  })
  test('is refused without an address', () => {
    expect(plan({ desired: { ...desired, email: null } })).toMatchObject({ verb: 'refuse', reason: 'no-email' })
  })
  test('is not created while disabled', () => {
    expect(plan({ standing: leaving('disabled') })).toEqual({ verb: 'refuse', reason: 'disabled', leaving: null })
  })
  test.each(['deleted', 'absent', 'out-of-scope'] as const)('is nobody when %s', (reason) => {
    const gone = { standing: leaving(reason), desired: null, policy: { ...policy, leaving: policies(remove) } }
    expect(plan(gone)).toEqual({ verb: 'none' })
    // A tombstone is nobody either: what was done to the account is done.
    const tombstone: Link = { ...noLink, state: 'deleted', leaving: { reason, since: 0 } }
    expect(plan({ ...gone, link: tombstone })).toEqual({ verb: 'none' })
    expect(needs({ ...gone, link: tombstone })).toBe(false)
  })
  test('gets an account of their own when they come back after a deletion', () => {
    const tombstone: Link = { ...noLink, state: 'deleted', leaving: { reason: 'deleted', since: 0 } }
    expect(plan({ link: tombstone })).toMatchObject({ verb: 'create', account: null })
  })
  test('is created under the first try’s login and address while that may still be running', () => {
    const intent = openIntent('create', { username: 'first.try', email: 'first@contoso.example' })
    expect(plan({ link: { ...noLink, intent }, takeOver: true })).toMatchObject({
      verb: 'create',
      username: 'first.try',
      email: 'first@contoso.example',
    })
  })
})

describe('somebody with an account', () => {
  test('costs no reading while the stored hashes are the mapping’s', () => {
    expect(needs({ link: settledLink })).toBe(false)
    expect(plan({ link: settledLink })).toMatchObject({ verb: 'nothing' })
  })
  test('gets only the fields that differ', () => {
    const site = account({ first_name: 'Anna', last_name: 'Old', name: 'Anna Old', email: 'ANNA@contoso.example' })
    expect(plan({ link: linked, account: site })).toMatchObject({
      verb: 'update',
      values: { last_name: '', name: 'Anna Berg' },
      roles: null,
      changes: [
        { field: 'last_name', from: 'Old', to: '' },
        { field: 'name', from: 'Anna Old', to: 'Anna Berg' },
      ],
    })
  })
  test('keeps what was changed by hand in a field that the directory did not change', () => {
    const hashes = hashFields({ first_name: 'Anna', last_name: '', name: 'Anna Old', email: 'anna@contoso.example' })
    const site = account({ first_name: 'By hand', name: 'Anna Old', email: 'anna@contoso.example' })
    const updated = plan({ link: { ...linked, hashes }, account: site })
    expect(updated).toMatchObject({ verb: 'update', values: { name: 'Anna Berg' } })
    expect(updated).not.toHaveProperty('values.first_name')
  })
  test('is refused when the id belongs to another login: a restored backup gives ids to strangers', () => {
    const stranger = account({}, { username: 'somebody.else' })
    expect(plan({ link: linked, account: stranger })).toMatchObject({ verb: 'refuse', reason: 'login-mismatch' })
    expect(plan({ link: linked, account: account({}, { username: 'Anna.BERG' }) })).toMatchObject({ verb: 'update' })
  })
  test('keeps its address when the directory has none', () => {
    const site = account({ first_name: 'Anna', name: 'Anna Berg', email: 'old@contoso.example' })
    expect(plan({ link: linked, account: site, desired: { ...desired, email: null } })).toMatchObject({
      verb: 'nothing',
    })
  })
  test('a fault of the mapping is its own', () => {
    const broken: MapResult = { ok: false, field: 'name', message: 'no' }
    expect(plan({ link: linked, desired: broken })).toEqual({
      verb: 'fail',
      code: 'mapping-failed: name',
      message: 'no',
    })
    expect(needs({ link: linked, desired: broken })).toBe(false)
  })
  test('must have been mapped', () => {
    expect(() => plan({ link: linked, desired: null })).toThrow('must be mapped')
  })
})

describe('somebody whose account is gone from the site', () => {
  const restorable: Link = { ...linked, state: 'suspended', roles: ['editor'] }
  test.each([linked, restorable])('is refused where nobody wants another one, when $state', (link) => {
    expect(plan({ link, account: null })).toEqual({ verb: 'refuse', reason: 'account-missing', leaving: null })
  })
  test.each([linked, restorable])(
    'is let go of, for another account, where that is the policy, when $state',
    (link) => {
      const recreate = { ...policy, whenAccountMissing: 'recreate' as const }
      expect(plan({ link, account: null, policy: recreate })).toEqual({ verb: 'let-go', recreate: true })
    },
  )
  test('a stranger under the same id is no reason to make another one', () => {
    const recreate = { ...policy, whenAccountMissing: 'recreate' as const }
    const stranger = account({}, { username: 'somebody.else' })
    expect(plan({ link: linked, account: stranger, policy: recreate })).toMatchObject({ reason: 'login-mismatch' })
  })
})

describe('somebody for whom the filter fails', () => {
  const suspended: Link = { ...settledLink, state: 'suspended', roles: ['editor'] }
  test.each([noLink, settledLink, suspended])('stays as they are when $state, and that is told', (link) => {
    const site = account(settled)
    const unread = { standing: unknown, link, policy: { ...policy, leaving: policies(remove) } }
    expect(needs(unread)).toBe(false)
    for (const seen of [undefined, null, site])
      expect(plan({ ...unread, account: seen })).toEqual({
        verb: 'fail',
        code: 'filter-failed',
        message: 'the filter failed',
      })
  })
})

describe('guests are told apart by a role', () => {
  test('that a new account gets at its second look: sent at once it would take the place of the default role', () => {
    const created = plan({ roles: guest })
    expect(created).toMatchObject({ verb: 'create', roles: null })
    if (created.verb !== 'create') throw new Error(`planned ${created.verb}`)
    expect(created.hashes.roles).toBeUndefined()
    expect(needs({ link: applied(created, noLink).link, roles: guest })).toBe(true)
  })
  test('that they get beside their others', () => {
    expect(needs({ link: settledLink, roles: guest })).toBe(true)
    const site = account(settled, { roles: ['editor', 'shop_manager'] })
    expect(plan({ link: settledLink, account: site, roles: guest })).toMatchObject({
      verb: 'update',
      values: {},
      roles: ['editor', 'shop_manager', 'guest'],
      changes: [{ field: 'roles', from: 'editor, shop_manager', to: 'editor, shop_manager, guest' }],
    })
  })
  test('that they lose when they become members, and no other', () => {
    const link: Link = { ...settledLink, hashes: { ...settledLink.hashes, roles: hashRoles(['guest'])! } }
    expect(needs({ link, roles: member })).toBe(true)
    const site = account(settled, { roles: ['editor', 'guest', 'shop_manager'] })
    const updated = plan({ link, account: site, roles: member })
    expect(updated).toMatchObject({ verb: 'update', values: {}, roles: ['editor', 'shop_manager'] })
    expect(updated).not.toHaveProperty('hashes.roles')
  })
  test('that costs nothing once it is there', () => {
    const link: Link = { ...settledLink, hashes: { ...settledLink.hashes, roles: hashRoles(['guest'])! } }
    expect(needs({ link, roles: guest })).toBe(false)
    expect(plan({ link, roles: guest })).toEqual({ verb: 'nothing', hashes: link.hashes })
    expect(plan({ link, roles: guest, account: account(settled, { roles: ['guest'] }), takeOver: true }).verb).toBe(
      'nothing',
    )
  })
  test('that no protected account gets or loses', () => {
    const isProtected = () => true
    const admin = account({ ...settled, name: 'Old' }, { roles: ['administrator'] })
    expect(plan({ link: linked, account: admin, roles: guest, isProtected })).toMatchObject({
      verb: 'update',
      values: { name: 'Anna Berg' },
      roles: null,
    })
    const both = account(settled, { roles: ['administrator', 'guest'] })
    expect(plan({ link: linked, account: both, roles: member, isProtected }).verb).toBe('nothing')
  })
  test('that an adopted account gets beside its others', () => {
    const site = account(settled, { roles: ['editor'] })
    expect(planExisting('adopt', site, desired, guest)).toMatchObject({ roles: ['editor', 'guest'] })
    expect(planExisting('adopt', site, desired, noManagedRoles)).toMatchObject({ roles: null })
  })
})

describe('an account that changes hands', () => {
  test('gets back what was taken when its last owner left, managed roles aside', () => {
    const bare = account(settled, { roles: [] })
    expect(planExisting('adopt', bare, desired, member, ['editor', 'guest'])).toMatchObject({ roles: ['editor'] })
    expect(planExisting('adopt', bare, desired, guest, ['editor'])).toMatchObject({ roles: ['editor', 'guest'] })
  })
  test('keeps the roles that it has', () => {
    const site = account(settled, { roles: ['author'] })
    expect(planExisting('adopt', site, desired, noManagedRoles, ['editor'])).toMatchObject({ roles: null })
  })
})

test('a parked address is nobody’s, and reaches nobody', () => {
  const parked = planParking(account({ email: 'a@contoso.example' }), linked, objectId)
  expect(parked.values).toEqual({ email: `parked-${objectId}@parked.invalid` })
  expect(parked.roles).toBeNull()
})

const text = fc.string({ maxLength: 30 })
const fields = fc.record(
  { first_name: fc.option(text), last_name: fc.option(text), description: fc.option(text) },
  { requiredKeys: [] },
)
const manyRoles = fc.uniqueArray(fc.constantFrom('subscriber', 'editor', 'shop_manager', 'guest'))
const wantedRoles = fc.constantFrom(noManagedRoles, guest, member)

test('what was applied is never applied again', () => {
  fc.assert(
    fc.property(fields, fields, manyRoles, wantedRoles, (from, to, owned, roles) => {
      const site = account({ ...clean(from), email: 'anna@contoso.example' }, { roles: owned })
      const wanted = { ...desired, fields: to as typeof desired.fields }
      const first = plan({ link: linked, account: site, desired: wanted, roles })
      expect(['nothing', 'update']).toContain(first.verb)
      if (first.verb !== 'update') return
      const { link, account: written } = applied(first, linked)
      expect(plan({ link, account: written, desired: wanted, roles, takeOver: true }).verb).toBe('nothing')
      expect(needs({ link, desired: wanted, roles })).toBe(false)
    }),
  )
})

test('a created account needs no second write', () => {
  fc.assert(
    fc.property(fields, (to) => {
      const wanted = { ...desired, fields: to as typeof desired.fields }
      const roles = noManagedRoles
      const first = plan({ desired: wanted, roles })
      if (first.verb !== 'create') throw new Error(`planned ${first.verb}`)
      const { link, account: made } = applied(first, noLink)
      expect(plan({ link, account: made, desired: wanted, roles, takeOver: true }).verb).toBe('nothing')
      expect(needs({ link, desired: wanted, roles })).toBe(false)
    }),
  )
})

test('an adoption writes the mapped fields and leaves the others', () => {
  fc.assert(
    fc.property(fields, text, (wanted, url) => {
      const site = account({ url, email: 'anna@contoso.example' })
      const adopted = planExisting('adopt', site, { ...desired, fields: wanted }, noManagedRoles)
      expect(Object.keys(adopted.values).every((field) => field in wanted)).toBe(true)
    }),
  )
})

test('no update and no adoption takes or gives a role that the configuration does not name', () => {
  const unmanaged = (roles: readonly string[]) => roles.filter((role) => role !== 'guest')
  fc.assert(
    fc.property(manyRoles, wantedRoles, fc.boolean(), fc.boolean(), (owned, roles, takeOver, isProtected) => {
      const site = account({ ...settled, name: 'Old' }, { roles: owned })
      const updated = plan({ link: linked, account: site, roles, takeOver, isProtected: () => isProtected })
      const adopted = planExisting('adopt', site, desired, roles)
      for (const each of [updated, adopted]) {
        if (each.verb !== 'update' && each.verb !== 'adopt') throw new Error(`planned ${each.verb}`)
        expect(unmanaged(each.roles ?? owned)).toEqual(unmanaged(owned))
      }
    }),
  )
})

test('who need not be read is planned without being read, and never written to', () => {
  const standings = fc.constantFrom(here, unknown, ...leavingReasons.map(leaving))
  const links = fc.constantFrom(noLink, linked, settledLink, { ...settledLink, state: 'suspended' as const, roles: [] })
  const kept = fc.constantFrom(policies(leave), policies(remove), policy.leaving)
  fc.assert(
    fc.property(standings, links, wantedRoles, kept, (standing, link, roles, leavingPolicies) => {
      const input = { standing, link, roles, policy: { ...policy, leaving: leavingPolicies } }
      fc.pre(!needs(input))
      expect(['nothing', 'none', 'refuse', 'fail', ...(link === noLink ? ['create'] : [])]).toContain(plan(input).verb)
    }),
  )
})

function clean(values: Record<string, string | null | undefined>): FieldValues {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, value ?? '']))
}
