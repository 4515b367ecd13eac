import { expect, describe, test } from 'vitest'
import { hashMarks } from '../../lib/domain/companion.ts'
import { driftOf, isOwed, withoutDrift } from '../../lib/domain/drift.ts'
import type { Link } from '../../lib/domain/link.ts'
import { account, objectId, settled, settledLink } from '../support/plan-input.ts'

const suspended: Link = { ...settledLink, state: 'suspended', roles: ['editor'], fingerprint: '0123456789abcdef' }
const bare = account(settled, { roles: [] })
const active: Link = { ...settledLink, fingerprint: '0123456789abcdef' }

describe('the flag of somebody suspended', () => {
  test('that is not there has drifted, wherever the plugin can tell', () => {
    expect(driftOf(suspended, { ...bare, suspended: false }, [])).toEqual({ missing: false, fields: ['suspended'] })
    expect(driftOf(suspended, { ...bare, suspended: true }, [])).toBeNull()
    expect(driftOf(suspended, { ...bare, suspended: null }, [])).toBeNull()
  })
  test('that is not there leaves them suspended, to be looked at: the guard has counted them', () => {
    const drift = driftOf(suspended, { ...bare, suspended: false }, [])!
    expect(isOwed(suspended, drift)).toBe(true)
    expect(withoutDrift(suspended, drift)).toEqual({ ...suspended, fingerprint: null })
  })
  test('beside roles that a hand gave is a suspension to be judged anew', () => {
    const drift = driftOf(suspended, { ...bare, roles: ['author'], suspended: false }, [])!
    expect([drift.fields, isOwed(suspended, drift)]).toEqual([['roles'], false])
    expect(withoutDrift(suspended, drift)).toMatchObject({ state: 'active', roles: ['editor'], fingerprint: null })
  })
})

describe('somebody active who is locked out', () => {
  test('has drifted, and the next look compares everything', () => {
    const drift = driftOf(active, account(settled, { suspended: true }), [])!
    expect([drift.fields, isOwed(active, drift)]).toEqual([['suspended'], false])
    expect(withoutDrift(active, drift)).toEqual({ ...active, fingerprint: null, hashes: {} })
  })
  test('has not where they are not, or nobody can tell', () => {
    expect(driftOf(active, account(settled, { suspended: false }), [])).toBeNull()
    expect(driftOf(active, account(settled, { suspended: null }), [])).toBeNull()
  })
})

describe('marks for single sign-on', () => {
  const hash = hashMarks({ objectId, userPrincipalName: 'anna@contoso.example', tenantId: 'a-tenant' })
  const marked: Link = { ...active, hashes: { ...active.hashes, singleSignOn: hash } }
  const shown = (markedFor: string | null) => account(settled, { suspended: false, markedFor })
  test('that are not there have drifted where accounts are marked', () => {
    expect(driftOf(marked, shown(null), [], true)).toEqual({ missing: false, fields: ['singleSignOn'] })
    expect(driftOf(marked, shown('somebody-else'), [], true)).toEqual({ missing: false, fields: ['singleSignOn'] })
    expect([driftOf(marked, shown(objectId), [], true), driftOf(marked, shown(null), [], false)]).toEqual([null, null])
    expect(driftOf(marked, account(settled), [], true), 'no plugin, no marks').toBeNull()
  })
  test('that were never given are owed; those that a hand took away are not', () => {
    const drift = driftOf(active, shown(null), [], true)!
    expect([isOwed(active, drift), isOwed(marked, drift)]).toEqual([true, false])
    expect(withoutDrift(marked, drift)).toEqual({ ...active, fingerprint: null })
  })
  test('beside a changed field are a change by hand', () => {
    const drift = driftOf(active, { ...shown(null), fields: { ...shown(null).fields, name: 'Changed' } }, [], true)!
    expect([drift.fields, isOwed(active, drift)]).toEqual([['name', 'singleSignOn'], false])
  })
})
