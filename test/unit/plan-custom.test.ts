import { describe, expect, test } from 'vitest'
import { driftOf, withoutDrift } from '../../lib/domain/drift.ts'
import { effectVisible } from '../../lib/domain/effect-visible.ts'
import { hashFields, setOnce } from '../../lib/domain/field-hash.ts'
import type { Link } from '../../lib/domain/link.ts'
import { noManagedRoles } from '../../lib/domain/managed-roles.ts'
import type { MapResult, MappedValues } from '../../lib/domain/mapping.ts'
import { needsAccount, planUser, type PlanInput } from '../../lib/domain/plan.ts'
import type { FieldName, FieldValues } from '../../lib/domain/site-user.ts'
import { planExisting, type WritePlan } from '../../lib/domain/write-plan.ts'
import { account, desired, linked, openIntent, planInput, settled, settledLink } from '../support/plan-input.ts'

/** Anna with these meta and ACF fields beside the account's own. */
const wants = (fields: MappedValues, once: FieldName[] = []): MapResult & { ok: true } => ({
  ...desired,
  fields: { ...desired.fields, ...fields },
  ...(once.length > 0 && { once: new Set(once) }),
})
/** Her link, settled for the account and these. */
const knows = (values: FieldValues): Link => ({ ...linked, hashes: hashFields({ ...settled, ...values }) })

const plan = (input: Partial<PlanInput>) => planUser(planInput(input)) as WritePlan
const needs = (input: Partial<PlanInput>) => needsAccount(planInput(input))

describe('meta and ACF fields', () => {
  const tags = { 'meta.tags': ['b', 'a'], 'acf.office': 'Oslo', 'meta.level': 3, 'meta.lead': false } as const

  test('go along with a new account, but for empty ones, and every one has its hash', () => {
    const made = plan({ desired: wants({ ...tags, 'meta.none': null, 'meta.zero': 0 }) })
    expect(made).toMatchObject({
      verb: 'create',
      values: { 'meta.tags': ['b', 'a'], 'acf.office': 'Oslo', 'meta.level': 3 },
    })
    expect(Object.keys(made.values).filter((field) => /none|zero|lead/.test(field))).toEqual([])
    expect(made.hashes).toMatchObject(hashFields({ ...tags, 'meta.none': null, 'meta.zero': 0 }))
    expect(made.changes).toContainEqual({ field: 'meta.tags', from: null, to: '["b","a"]' })
  })

  test('unchanged ones cost no read; in other words of PHP they are unchanged', () => {
    const link = knows(tags)
    for (const fields of [tags, { ...tags, 'meta.level': '3' }, { ...tags, 'meta.lead': null }]) {
      expect(needs({ desired: wants(fields), link })).toBe(false)
      expect(plan({ desired: wants(fields), link })).toMatchObject({ verb: 'nothing' })
    }
  })

  test('a changed one is sent alone; null clears; what gives no result stays', () => {
    const link = knows({ ...tags, 'meta.kept': 'x' })
    const site = account({ ...settled, ...tags, 'meta.kept': 'x' })
    const changed = wants({ ...tags, 'meta.tags': ['a', 'b'], 'acf.office': null })
    expect(needs({ desired: changed, link })).toBe(true)
    expect(plan({ desired: changed, link, account: site })).toMatchObject({
      verb: 'update',
      values: { 'meta.tags': ['a', 'b'], 'acf.office': null },
      changes: [
        { field: 'meta.tags', from: '["b","a"]', to: '["a","b"]' },
        { field: 'acf.office', from: 'Oslo', to: '' },
      ],
      hashes: { 'meta.kept': link.hashes['meta.kept'] },
    })
  })

  test('what the site shows as the default of an unset one needs no clearing', () => {
    const cleared = wants({ 'meta.tags': null, 'meta.level': null, 'acf.office': null })
    const site = account({ ...settled, 'meta.tags': [], 'meta.level': 0, 'acf.office': false })
    expect(plan({ desired: cleared, link: settledLink, account: site })).toMatchObject({ verb: 'nothing' })
  })

  test('a link from before gets them, and nothing else is written', () => {
    expect(needs({ desired: wants(tags), link: settledLink })).toBe(true)
    const site = account({ ...settled, first_name: 'By hand' })
    const { values } = plan({ desired: wants(tags), link: settledLink, account: site })
    expect(Object.keys(values).sort()).toEqual(['acf.office', 'meta.level', 'meta.tags'])
  })

  test('drift: another value is found, another writing is not, and neither is what the site does not show', () => {
    const link = knows(tags)
    const site = { ...settled, ...tags }
    expect(driftOf(link, account(site), [])).toBeNull()
    expect(driftOf(link, account({ ...site, 'meta.level': '3', 'meta.lead': '' }), [])).toBeNull()
    expect(driftOf(link, account(settled), [])).toBeNull()
    const drift = driftOf(link, account({ ...site, 'meta.level': 4, 'acf.office': '' }), [])
    expect(drift?.fields.sort()).toEqual(['acf.office', 'meta.level'])
    const free = withoutDrift(link, drift!)
    const again = plan({
      desired: wants(tags),
      link: free,
      account: account({ ...site, 'meta.level': 4, 'acf.office': '' }),
    })
    expect(again.values).toEqual({ 'meta.level': 3, 'acf.office': 'Oslo' })
  })

  test('an unheard update is seen by them', () => {
    const after = hashFields({ ...settled, ...tags })
    const intent = openIntent('update', { hashes: after })
    expect(effectVisible(intent, settledLink.hashes, account({ ...settled, ...tags }))).toBe(true)
    expect(effectVisible(intent, settledLink.hashes, account({ ...settled, ...tags, 'meta.level': 4 }))).toBe(false)
    expect(effectVisible(intent, settledLink.hashes, account(settled))).toBe(false)
  })
})

describe('a field that is set once', () => {
  const once = (value: string | null, fields: MappedValues = {}) =>
    wants({ 'meta.about': value, ...fields }, ['meta.about'])

  test('is sent with a new account, and marked', () => {
    expect(plan({ desired: once('Hi') })).toMatchObject({
      values: { 'meta.about': 'Hi' },
      hashes: { 'meta.about': setOnce },
    })
  })

  test('is never looked at again once it was there, whatever either side says', () => {
    const link = { ...settledLink, hashes: { ...settledLink.hashes, 'meta.about': setOnce } }
    for (const value of ['Hi', 'New', null]) {
      expect(needs({ desired: once(value), link })).toBe(false)
      // Something else is to be written, and the account is read; a return and an unheard write send all values.
      const more = wants({ 'meta.about': value, first_name: 'Other' }, ['meta.about'])
      const site = account({ ...settled, 'meta.about': '' })
      for (const other of [{}, { takeOver: true }, { link: { ...link, state: 'suspended' as const, roles: [] } }])
        expect(plan({ desired: more, link, account: site, ...other }).values).toEqual({ first_name: 'Other' })
    }
    for (const shown of ['By hand', '', null])
      expect(driftOf(link, account({ ...settled, 'meta.about': shown }), [])).toBeNull()
  })

  test('that had nothing to say may speak later, where the account has none yet', () => {
    const silent = plan({ desired: once(null) })
    expect(silent.hashes['meta.about']).toBeUndefined()
    expect(needs({ desired: once('Hi'), link: settledLink })).toBe(true)
    const empty = account({ ...settled, 'meta.about': '' })
    expect(plan({ desired: once('Hi'), link: settledLink, account: empty })).toMatchObject({
      verb: 'update',
      values: { 'meta.about': 'Hi' },
      hashes: { 'meta.about': setOnce },
    })
    const own = account({ ...settled, 'meta.about': 'Mine' })
    expect(plan({ desired: once('Hi'), link: settledLink, account: own })).toMatchObject({
      verb: 'nothing',
      hashes: { 'meta.about': setOnce },
    })
  })

  test('of an adopted account is filled where it is empty, and left where it is not', () => {
    const adopt = (about: string) =>
      planExisting('adopt', account({ ...settled, 'meta.about': about }), once('Hi'), noManagedRoles)
    expect(adopt('')).toMatchObject({ values: { 'meta.about': 'Hi' }, hashes: { 'meta.about': setOnce } })
    expect(adopt('Mine')).toMatchObject({ values: {}, hashes: { 'meta.about': setOnce } })
  })

  test('an account field can be one; what was the directory’s becomes the people’s without a write, and back with one', () => {
    const own = wants({ first_name: 'Ann' }, ['first_name'])
    expect(needs({ desired: own, link: settledLink })).toBe(false)
    expect(plan({ desired: own, link: settledLink })).toMatchObject({
      verb: 'nothing',
      hashes: { first_name: setOnce },
    })
    const link = { ...settledLink, hashes: { ...settledLink.hashes, first_name: setOnce } }
    expect(needs({ desired, link })).toBe(true)
  })

  test('an unheard update shows by any value', () => {
    const intent = openIntent('update', { hashes: { ...settledLink.hashes, 'meta.about': setOnce } })
    const seen = (about: string) =>
      effectVisible(intent, settledLink.hashes, account({ ...settled, 'meta.about': about }))
    expect([seen('Hi'), seen('')]).toEqual([true, false])
  })
})
