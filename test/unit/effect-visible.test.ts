import { describe, expect, test } from 'vitest'
import { effectVisible } from '../../lib/domain/effect-visible.ts'
import { hashFields } from '../../lib/domain/field-hash.ts'
import { hashRoles } from '../../lib/domain/managed-roles.ts'
import { account, openIntent } from '../support/plan-input.ts'

const before = hashFields({ name: 'Old' })
const after = hashFields({ name: 'New' })
const withRoles = (...roles: string[]) => account({ name: 'Old' }, { roles })

describe('an update nobody heard of', () => {
  test('is visible when the account shows what the intent said', () => {
    const intent = openIntent('update', { hashes: after })
    expect(effectVisible(intent, before, account({ name: 'New' }))).toBe(true)
    expect(effectVisible(intent, before, account({ name: 'Old' }))).toBe(false)
    expect(effectVisible(intent, before, null)).toBe(false)
  })
  test('shows nothing when it would have changed nothing', () => {
    expect(effectVisible(openIntent('update', { hashes: before }), before, account({ name: 'Old' }))).toBe(false)
  })
  test('of a cleared language is visible when the old one is gone: the site shows its own instead', () => {
    const german = hashFields({ name: 'Old', locale: 'de_DE' })
    const cleared = openIntent('update', { hashes: hashFields({ name: 'New', locale: '' }) })
    const seen = (name: string, locale: string) => effectVisible(cleared, german, account({ name, locale }))
    expect([seen('New', 'en_US'), seen('New', 'fr_FR')]).toEqual([true, true])
    expect([seen('New', 'de_DE'), seen('Old', 'en_US')]).toEqual([false, false])
    const english = hashFields({ name: 'Old', locale: 'en_US' })
    expect(effectVisible(cleared, english, account({ name: 'New', locale: 'en_US' }))).toBe(true)
  })
  test('of a managed role is visible by that role, whatever the others are', () => {
    const given = openIntent('update', { hashes: { ...before, roles: hashRoles(['guest'])! } })
    expect(effectVisible(given, before, withRoles('editor', 'guest'), ['guest'])).toBe(true)
    expect(effectVisible(given, before, withRoles('editor'), ['guest'])).toBe(false)
    const taken = openIntent('update', { hashes: before })
    expect(effectVisible(taken, given.hashes, withRoles('editor'), ['guest'])).toBe(true)
    expect(effectVisible(taken, given.hashes, withRoles('editor', 'guest'), ['guest'])).toBe(false)
  })
  test('of fields and roles is visible when both are there: one request writes both', () => {
    const both = openIntent('update', { hashes: { ...after, roles: hashRoles(['guest'])! } })
    const seen = (name: string, ...roles: string[]) =>
      effectVisible(both, before, account({ name }, { roles }), ['guest'])
    expect([seen('New', 'guest'), seen('New'), seen('Old', 'guest'), seen('Old')]).toEqual([true, false, false, false])
  })
})

describe('a suspension nobody heard of', () => {
  const intent = openIntent('suspend', { hashes: before, roles: ['editor'], reason: 'disabled' })
  test('is visible when the roles are gone', () => {
    expect(effectVisible(intent, before, withRoles())).toBe(true)
    expect(effectVisible(intent, before, withRoles('editor'))).toBe(false)
    expect(effectVisible(intent, before, null)).toBe(false)
  })
  test('of an account that had none shows nothing', () => {
    expect(effectVisible({ ...intent, roles: [] }, before, withRoles())).toBe(false)
  })
  test('of an account that had none is visible by the flag, where the site has the companion plugin', () => {
    const flagOnly = { ...intent, roles: null }
    expect(effectVisible(flagOnly, before, { ...withRoles(), suspended: true })).toBe(true)
    expect(effectVisible(flagOnly, before, { ...withRoles(), suspended: false })).toBe(false)
    expect(effectVisible(flagOnly, before, { ...withRoles('editor'), suspended: true })).toBe(false)
  })
  test('of which only the roles came through is visible: they have to be remembered', () => {
    expect(effectVisible(intent, before, { ...withRoles(), suspended: false })).toBe(true)
  })
})

describe('a return nobody heard of', () => {
  const intent = openIntent('restore', { hashes: before, roles: ['editor', 'guest'] })
  test('is visible when the roles are back, in any order', () => {
    expect(effectVisible(intent, before, withRoles('guest', 'editor'))).toBe(true)
    expect(effectVisible(intent, before, withRoles('editor'))).toBe(false)
    expect(effectVisible(intent, before, withRoles())).toBe(false)
    expect(effectVisible(intent, before, null)).toBe(false)
  })
  test('is not visible while the account is locked out: the flag goes in the same request', () => {
    expect(effectVisible(intent, before, { ...withRoles('editor', 'guest'), suspended: true })).toBe(false)
    expect(effectVisible(intent, before, { ...withRoles('editor', 'guest'), suspended: false })).toBe(true)
  })
  test('is not visible while a field is as before: it was written in the same request', () => {
    const renamed = { ...intent, hashes: after }
    expect(effectVisible(renamed, before, withRoles('editor', 'guest'))).toBe(false)
    expect(effectVisible(renamed, before, account({ name: 'New' }, { roles: ['editor', 'guest'] }))).toBe(true)
  })
  test('without a role shows nothing', () => {
    expect(effectVisible({ ...intent, roles: [] }, before, withRoles())).toBe(false)
  })
})

test('a deletion nobody heard of is visible when there is no account', () => {
  const intent = openIntent('delete', { hashes: before, reason: 'deleted' })
  expect(effectVisible(intent, before, null)).toBe(true)
  expect(effectVisible(intent, before, withRoles())).toBe(false)
})
