import { describe, expect, test } from 'vitest'
import { hashMarks, type SignOnMarks } from '../../lib/domain/companion.ts'
import { hashFields } from '../../lib/domain/field-hash.ts'
import { withCompanion } from '../../lib/domain/plan-companion.ts'
import { needsAccount, planUser, type Plan, type PlanInput } from '../../lib/domain/plan.ts'
import {
  account,
  day,
  desired,
  here,
  leaving,
  linked,
  now,
  objectId,
  openIntent,
  planInput,
  policies,
  policy,
  settled,
  settledLink,
  suspend,
  suspendThenDelete,
} from '../support/plan-input.ts'

const marks: SignOnMarks = { objectId, userPrincipalName: 'anna@contoso.example', tenantId: 'a-tenant' }
const marked = { singleSignOn: hashMarks(marks) }
const markedLink = { ...settledLink, hashes: { ...settledLink.hashes, ...marked } }
const since = now - day

/** As the lane plans. */
function plan(input: Partial<PlanInput>): Plan {
  const whole = planInput(input)
  return withCompanion(planUser(whole), whole)
}

/** Suspended for being disabled, and looked at again. */
function suspended(more: Partial<PlanInput> = {}): PlanInput {
  const link = {
    ...settledLink,
    state: 'suspended',
    roles: ['editor'],
    leaving: { reason: 'disabled', since },
  } as const
  return planInput({ standing: leaving('disabled'), link: { ...link, roles: ['editor'] }, ...more })
}

describe('a suspension', () => {
  const left = { standing: leaving('disabled'), link: settledLink }
  test('is flagged in the request that takes the roles', () => {
    expect(plan({ ...left, account: account(settled, { suspended: false }) })).toMatchObject({
      verb: 'suspend',
      flag: true,
      taken: ['subscriber'],
      changes: [
        { field: 'roles', from: 'subscriber', to: '' },
        { field: 'suspended', from: 'false', to: 'true' },
      ],
    })
  })
  test('without the plugin is as ever', () => {
    const bare = plan({ ...left, account: account(settled, { suspended: null }) })
    expect(bare).toMatchObject({ verb: 'suspend', changes: [{ field: 'roles' }] })
    expect(bare).not.toHaveProperty('flag')
  })
  test('of whom somebody flagged already says nothing of it', () => {
    const flagged = plan({ ...left, account: account(settled, { suspended: true }) })
    expect(flagged).toMatchObject({ verb: 'suspend', changes: [{ field: 'roles' }] })
    expect(flagged).not.toHaveProperty('flag')
  })
})

describe('somebody who is suspended already', () => {
  const bare = account(settled, { roles: [], suspended: false })
  const read = (input: PlanInput) => {
    const result = planUser(input)
    return withCompanion(result, input)
  }
  test('and lacks the flag gets it, with the roles as remembered, and the guard counts nothing', () => {
    expect(read(suspended({ account: bare }))).toMatchObject({
      verb: 'suspend',
      ...{ flag: true, again: true, reason: 'disabled', since, taken: ['editor'] },
      changes: [{ field: 'suspended', from: 'false', to: 'true' }],
    })
  })
  test('and leaves for another reason by now gets it for that one', () => {
    const gone = suspended({ standing: leaving('deleted'), account: bare })
    expect(read(gone)).toMatchObject({ verb: 'suspend', again: true, reason: 'deleted', since: now })
  })
  test('and has the flag, or is on a site without the plugin, is left alone', () => {
    const refused = { verb: 'refuse', reason: 'disabled' }
    expect(read(suspended({ account: { ...bare, suspended: true } }))).toMatchObject(refused)
    expect(read(suspended({ account: { ...bare, suspended: null } }))).toMatchObject(refused)
  })
  test('and has roles from somebody is what drift is about, not this', () => {
    expect(read(suspended({ account: { ...bare, roles: ['author'] } }))).toMatchObject({ verb: 'refuse' })
  })
  test('and is protected, or whose id shows another login, is not touched', () => {
    expect(read(suspended({ account: bare, isProtected: () => true }))).toMatchObject({ verb: 'refuse' })
    expect(read(suspended({ account: { ...bare, username: 'stranger' } }))).toMatchObject({ verb: 'refuse' })
  })
  test('is deleted when that is due, flagged or not', () => {
    const due = { ...policy, leaving: policies(suspendThenDelete(day)) }
    expect(read(suspended({ account: bare, policy: due }))).toMatchObject({ verb: 'delete' })
  })
  test('is read where the site has the plugin, or where the verify pass forgot what the link was settled for', () => {
    const settledFor = { ...suspended().link, fingerprint: '0123456789abcdef' }
    const asks = (link: PlanInput['link'], companion: boolean) =>
      needsAccount({ ...suspended(), link, policy: { ...policy, companion } })
    expect([asks(settledFor, true), asks(settledFor, false)]).toEqual([true, false])
    expect(asks({ ...settledFor, fingerprint: null }, false)).toBe(true)
  })
})

describe('who belongs on the site is locked out by nobody', () => {
  test('a return takes the flag away with the roles given back', () => {
    const back = suspended({ standing: here, account: account(settled, { roles: [], suspended: true }) })
    expect(withCompanion(planUser(back), back)).toMatchObject({
      verb: 'restore',
      roles: ['editor'],
      companion: { suspended: false },
    })
  })
  test('a suspension that half came true is undone when the person is back', () => {
    const link = {
      ...settledLink,
      intent: openIntent('suspend', { roles: ['subscriber'], hashes: settledLink.hashes }),
    }
    const flagged = account(settled, { suspended: true })
    expect(plan({ link, takeOver: true, account: flagged })).toMatchObject({
      verb: 'update',
      companion: { suspended: false },
      changes: [{ field: 'suspended', from: 'true', to: 'false' }],
    })
  })
  test('nothing is sent to an account that is not suspended', () => {
    const still = plan({ link: settledLink, account: account(settled, { suspended: false }), takeOver: true })
    expect(still).toMatchObject({ verb: 'nothing' })
  })
})

describe('marks for single sign-on', () => {
  test('go along with a new account, and their hash is kept', () => {
    expect(plan({ marks })).toMatchObject({ verb: 'create', companion: marks, hashes: marked })
  })
  test('are not sent where nothing is marked', () => {
    const created = plan({ marks: null })
    expect(created).not.toHaveProperty('companion')
    expect(created).not.toHaveProperty('hashes.singleSignOn')
  })
  test('are sent to somebody linked who never had them, and then never again', () => {
    const first = plan({ link: settledLink, marks, account: account(settled, { suspended: false }) })
    expect(first).toMatchObject({ verb: 'update', values: {}, roles: null, companion: marks, hashes: marked })
    const input = planInput({ link: markedLink, marks })
    expect(needsAccount(input)).toBe(false)
    expect(plan({ link: markedLink, marks })).toEqual({ verb: 'nothing', hashes: markedLink.hashes })
  })
  test('of a renamed person are an update', () => {
    const renamed = { ...marks, userPrincipalName: 'anna.moe@contoso.example' }
    expect(needsAccount(planInput({ link: markedLink, marks: renamed }))).toBe(true)
    const update = plan({ link: markedLink, marks: renamed, account: account(settled, { suspended: false }) })
    expect(update).toMatchObject({
      verb: 'update',
      companion: renamed,
      changes: [{ field: 'singleSignOn', from: null, to: 'anna.moe@contoso.example' }],
    })
  })
  test('go along with other changes in one write', () => {
    const old = account({ ...settled, name: 'Old' }, { suspended: false })
    const link = { ...linked, hashes: hashFields({ ...settled, name: 'Old' }) }
    expect(plan({ link, marks, account: old })).toMatchObject({
      values: { name: 'Anna Berg' },
      companion: marks,
      changes: [{ field: 'name' }, { field: 'singleSignOn' }],
    })
  })
  test('are sent again under an open intent that meant others, for two of the three can not be seen', () => {
    const other = hashMarks({ ...marks, userPrincipalName: 'other@contoso.example' })
    const shown = account(settled, { suspended: false, markedFor: objectId })
    const unheard = (singleSignOn: string) => ({
      ...markedLink,
      intent: openIntent('update', { hashes: { ...markedLink.hashes, singleSignOn } }),
    })
    const input = { marks, takeOver: true, account: shown }
    expect(plan({ ...input, link: unheard(other) })).toMatchObject({ verb: 'update', companion: marks })
    expect(plan({ ...input, link: unheard(marked.singleSignOn) })).toMatchObject({ verb: 'nothing' })
    const bare = { ...shown, markedFor: null }
    expect(plan({ ...input, link: unheard(marked.singleSignOn), account: bare })).toMatchObject({ companion: marks })
  })
  test('are nothing to somebody who leaves', () => {
    const gone = plan({
      ...{ link: settledLink, marks, standing: leaving('disabled'), policy: { ...policy, leaving: policies(suspend) } },
      account: account(settled, { suspended: false }),
    })
    expect(gone).toMatchObject({ verb: 'suspend' })
    expect(gone).not.toHaveProperty('companion')
  })
  test('do not keep a mapping that fails from failing', () => {
    const failed = { ok: false, field: 'email', message: 'no' } as const
    expect(plan({ link: settledLink, marks, desired: failed })).toMatchObject({ verb: 'fail' })
    expect(desired.ok).toBe(true)
  })
})
