import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DirectoryUser, LookUp } from '../../lib/domain/directory-user.ts'
import { hashFields } from '../../lib/domain/field-hash.ts'
import { emptyLink, type Link } from '../../lib/domain/link.ts'
import type { MapResult } from '../../lib/domain/mapping.ts'
import {
  effectVisible,
  needsAccount,
  planExisting,
  planParking,
  planUser,
  type PlanInput,
} from '../../lib/domain/plan.ts'
import type { AccountField, FieldValues, SiteUser } from '../../lib/domain/site-user.ts'

const objectId = '0f8fad5b-d9cb-469f-a165-70867728950e'
const noLink = emptyLink('default', objectId)
const linked: Link = { ...noLink, state: 'active', wordpressId: 7, login: 'anna.berg' }
const desired: MapResult & { ok: true } = {
  ok: true,
  usernameCandidate: 'anna.berg',
  email: 'anna@contoso.example',
  fields: { first_name: 'Anna', last_name: null, name: 'Anna Berg' },
}
const noFields: Record<AccountField, string> = {
  email: '',
  first_name: '',
  last_name: '',
  name: '',
  nickname: '',
  url: '',
  description: '',
  locale: '',
}

function found(user: Partial<DirectoryUser> = {}): LookUp {
  return { kind: 'found', user: { id: objectId, accountEnabled: true, ...user } }
}
function account(fields: FieldValues, more: Partial<SiteUser> = {}): SiteUser {
  return {
    id: 7,
    username: 'anna.berg',
    fields: { ...noFields, ...fields },
    roles: ['subscriber'],
    registeredAt: 0,
    ...more,
  }
}
function plan(input: Partial<PlanInput>) {
  return planUser({
    lookUp: found(),
    desired,
    link: noLink,
    account: undefined,
    takeOver: false,
    username: 'anna.berg',
    ...input,
  })
}

describe('somebody without an account', () => {
  test('is created with what the mapping names, and nothing that is empty', () => {
    expect(plan({})).toMatchObject({
      verb: 'create',
      account: null,
      username: 'anna.berg',
      values: { first_name: 'Anna', name: 'Anna Berg', email: 'anna@contoso.example' },
    })
  })
  test('is refused without an address', () => {
    expect(plan({ desired: { ...desired, email: null } })).toMatchObject({ verb: 'refuse', reason: 'no-email' })
  })
  test('is not created while disabled', () => {
    expect(plan({ lookUp: found({ accountEnabled: false }) })).toMatchObject({
      verb: 'refuse',
      reason: 'disabled',
      leaving: null,
    })
  })
  test.each(['deleted', 'absent'] as const)('is nobody when %s', (kind) => {
    expect(plan({ lookUp: { kind }, desired: null })).toEqual({ verb: 'none' })
  })
  test('is created under the first try’s login and address while that may still be running', () => {
    const intent = {
      verb: 'create',
      attempt: 'a',
      epoch: 1,
      username: 'first.try',
      email: 'first@contoso.example',
      wordpressId: null,
      siteTime: 0,
      hashes: {},
    } as const
    expect(plan({ link: { ...noLink, intent }, takeOver: true })).toMatchObject({
      verb: 'create',
      username: 'first.try',
      email: 'first@contoso.example',
    })
  })
})

describe('somebody with an account', () => {
  test('costs no reading while the stored hashes are the mapping’s', () => {
    const hashes = hashFields({ first_name: 'Anna', last_name: '', name: 'Anna Berg', email: 'anna@contoso.example' })
    expect(needsAccount({ ...linked, hashes }, desired)).toBe(false)
    expect(plan({ link: { ...linked, hashes } })).toMatchObject({ verb: 'nothing' })
  })
  test('gets only the fields that differ', () => {
    const site = account({ first_name: 'Anna', last_name: 'Old', name: 'Anna Old', email: 'ANNA@contoso.example' })
    expect(plan({ link: linked, account: site })).toMatchObject({
      verb: 'update',
      values: { last_name: '', name: 'Anna Berg' },
      changes: [
        { field: 'last_name', from: 'Old', to: '' },
        { field: 'name', from: 'Anna Old', to: 'Anna Berg' },
      ],
    })
  })
  test('keeps what was changed by hand in a field that the directory did not change', () => {
    const hashes = hashFields({ first_name: 'Anna', last_name: '', name: 'Anna Old', email: 'anna@contoso.example' })
    const site = account({ first_name: 'By hand', name: 'Anna Old', email: 'anna@contoso.example' })
    expect(plan({ link: { ...linked, hashes }, account: site })).toMatchObject({ values: { name: 'Anna Berg' } })
  })
  test('is refused when the id belongs to another login: a restored backup gives ids to strangers', () => {
    const stranger = account({}, { username: 'somebody.else' })
    expect(plan({ link: linked, account: stranger })).toMatchObject({ verb: 'refuse', reason: 'login-mismatch' })
  })
  test('is refused when the account is gone', () => {
    expect(plan({ link: linked, account: null })).toMatchObject({ verb: 'refuse', reason: 'account-missing' })
  })
  test.each([
    ['disabled', found({ accountEnabled: false })],
    ['deleted', { kind: 'deleted' }],
    ['absent', { kind: 'absent' }],
  ] as const)('is never written to when %s: that is told, with the reason', (reason, lookUp) => {
    expect(plan({ link: linked, lookUp, account: account({ name: 'x' }) })).toEqual({
      verb: 'refuse',
      reason,
      leaving: reason,
    })
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
  })
})

describe('a write nobody heard of', () => {
  const before = hashFields({ name: 'Old' })
  const intent = {
    verb: 'update',
    attempt: 'a',
    epoch: 1,
    username: null,
    email: null,
    wordpressId: 7,
    siteTime: 0,
  } as const
  test('is visible when the account shows what the intent said', () => {
    const after = { ...intent, hashes: hashFields({ name: 'New' }) }
    expect(effectVisible(after, before, account({ name: 'New' }))).toBe(true)
    expect(effectVisible(after, before, account({ name: 'Old' }))).toBe(false)
  })
  test('shows nothing when it would have changed nothing', () => {
    expect(effectVisible({ ...intent, hashes: before }, before, account({ name: 'Old' }))).toBe(false)
  })
})

test('a parked address is nobody’s, and reaches nobody', () => {
  const parked = planParking(account({ email: 'a@contoso.example' }), linked, objectId)
  expect(parked.values).toEqual({ email: `parked-${objectId}@parked.invalid` })
})

const text = fc.string({ maxLength: 30 })
const fields = fc.record(
  { first_name: fc.option(text), last_name: fc.option(text), description: fc.option(text) },
  { requiredKeys: [] },
)

test('what was applied is never applied again', () => {
  fc.assert(
    fc.property(fields, fields, (from, to) => {
      const site = account({ ...clean(from), email: 'anna@contoso.example' })
      const wanted = { ...desired, fields: to as typeof desired.fields }
      const first = plan({ link: linked, account: site, desired: wanted })
      expect(['nothing', 'update']).toContain(first.verb)
      if (first.verb !== 'update') return
      const written = account({ ...site.fields, ...first.values })
      expect(plan({ link: linked, account: written, desired: wanted, takeOver: true }).verb).toBe('nothing')
      expect(needsAccount({ ...linked, hashes: first.hashes }, wanted)).toBe(false)
    }),
  )
})

test('an adoption writes the mapped fields and leaves the others', () => {
  fc.assert(
    fc.property(fields, text, (wanted, url) => {
      const site = account({ url, email: 'anna@contoso.example' })
      const adopted = planExisting('adopt', site, { ...desired, fields: wanted })
      expect(Object.keys(adopted.values).every((field) => field in wanted)).toBe(true)
    }),
  )
})

function clean(values: Record<string, string | null | undefined>): FieldValues {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, value ?? '']))
}
