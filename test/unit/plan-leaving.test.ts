import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leavingReasons, type LeavingPolicy, type LeavingReason } from '../../lib/domain/leaving.ts'
import type { Link } from '../../lib/domain/link.ts'
import { noManagedRoles } from '../../lib/domain/managed-roles.ts'
import { isLeavingPlan, isRemovalPlan, needsAccount, planUser, type PlanInput } from '../../lib/domain/plan.ts'
import { nextLeavingLook } from '../../lib/domain/plan-leaving.ts'
import {
  account,
  applied,
  day,
  here,
  leave,
  leaving,
  now,
  openIntent,
  planInput,
  policies,
  policy,
  remove,
  settled,
  settledLink,
  suspend,
  suspendThenDelete,
  unknown,
} from '../support/plan-input.ts'

const guest = { managed: ['guest'], wanted: ['guest'] }
const member = { managed: ['guest'], wanted: [] }
const suspendedLink: Link = {
  ...settledLink,
  fingerprint: '0123456789abcdef',
  state: 'suspended',
  roles: ['editor', 'shop_manager'],
}
const anna = account(settled, { roles: ['editor', 'shop_manager'] })
const bare = account(settled, { roles: [] })
const plan = (input: Partial<PlanInput>) => planUser(planInput({ account: anna, ...input }))

/** Somebody who left `ago` milliseconds ago for that reason, under a policy that holds for no other. */
function left(reason: LeavingReason, what: LeavingPolicy, ago: number, link: Link): Partial<PlanInput> {
  const others = what.action === 'leave' ? remove : leave
  return {
    standing: leaving(reason),
    link: { ...link, leaving: { reason, since: now - ago } },
    account: link.state === 'suspended' ? bare : anna,
    policy: { ...policy, leaving: policies(what, reason, others) },
  }
}

const month = suspendThenDelete(30 * day)
const named = { leave, suspend, month, delete: remove }
const links = { active: settledLink, suspended: suspendedLink }

describe.each(leavingReasons)('somebody who is %s', (reason) => {
  test.each([
    ['refuse', 'leave', 'active', 5],
    ['refuse', 'leave', 'suspended', 5],
    ['suspend', 'suspend', 'active', 5],
    ['refuse', 'suspend', 'suspended', 5000],
    ['suspend', 'month', 'active', 5],
    ['suspend', 'month', 'active', 31],
    ['refuse', 'month', 'suspended', 29],
    ['delete', 'month', 'suspended', 30],
    ['delete', 'delete', 'active', 5],
    ['delete', 'delete', 'suspended', 5],
  ] as const)('%s by policy %s when %s, after %d days', (verb, what, state, days) => {
    const input = left(reason, named[what], days * day, links[state])
    expect(plan(input)).toMatchObject({ verb, reason })
    // Only an account that something is done to is read.
    expect(needsAccount(planInput(input))).toBe(verb !== 'refuse')
    if (verb === 'refuse') expect(plan(input)).toMatchObject({ leaving: { reason, since: now - days * day } })
    else expect(plan(input)).toMatchObject({ since: now - days * day })
  })
  test('is never removed when the account is protected, or belongs to a stranger', () => {
    const since = now - 5 * day
    for (const what of [suspend, remove]) {
      const input = left(reason, what, 5 * day, settledLink)
      const refused = { verb: 'refuse', leaving: { reason, since } }
      expect(plan({ ...input, isProtected: () => true })).toEqual({ ...refused, reason: 'protected-account' })
      const stranger = account(settled, { username: 'somebody.else' })
      expect(plan({ ...input, account: stranger })).toEqual({ ...refused, reason: 'login-mismatch' })
    }
  })
  test('is let go of, and not made anew, when the account is gone already', () => {
    for (const whenAccountMissing of ['recreate', 'leave'] as const) {
      const input = left(reason, suspend, 5 * day, settledLink)
      const missing = { ...input, account: null, policy: { ...input.policy!, whenAccountMissing } }
      expect(plan(missing)).toEqual({ verb: 'let-go', recreate: false })
    }
  })
  test('is never planned for without being read', () => {
    expect(() => plan({ ...left(reason, suspend, 5 * day, settledLink), account: undefined })).toThrow('must be read')
  })
  test('begins a new time with a new reason', () => {
    const other = reason === 'disabled' ? 'deleted' : 'disabled'
    const link: Link = { ...suspendedLink, leaving: { reason: other, since: now - 400 * day } }
    const input = { standing: leaving(reason), link, account: bare }
    const changed = plan({ ...input, policy: { ...policy, leaving: policies(month) } })
    expect(changed).toEqual({ verb: 'refuse', reason, leaving: { reason, since: now } })
  })
})

describe('one absence is none', () => {
  test.each(['suspend', 'month', 'delete'] as const)('the first is only remembered, by policy %s', (what) => {
    for (const link of [settledLink, suspendedLink]) {
      const input = { standing: leaving('absent'), link, policy: { ...policy, leaving: policies(named[what]) } }
      expect(needsAccount(planInput(input))).toBe(false)
      expect(plan(input)).toEqual({ verb: 'refuse', reason: 'absent', leaving: { reason: 'absent', since: now } })
    }
  })
  test('the second counts a day after the first, not before', () => {
    expect(plan(left('absent', remove, day - 1, settledLink))).toMatchObject({ verb: 'refuse', reason: 'absent' })
    expect(plan(left('absent', remove, day, settledLink))).toMatchObject({ verb: 'delete', reason: 'absent' })
  })
  test('a clock that was set back proves nothing', () => {
    expect(plan(left('absent', remove, -3 * day, settledLink))).toMatchObject({ verb: 'refuse', reason: 'absent' })
  })
  test('the others are evidence at once', () => {
    for (const reason of ['disabled', 'deleted', 'out-of-scope'] as const)
      expect(plan({ standing: leaving(reason), link: settledLink })).toMatchObject({ verb: 'suspend', since: now })
  })
})

describe('a suspension', () => {
  const disabled = { standing: leaving('disabled'), link: settledLink }
  test('takes and remembers all roles, and tells them', () => {
    expect(plan(disabled)).toMatchObject({
      verb: 'suspend',
      account: anna,
      username: 'anna.berg',
      taken: ['editor', 'shop_manager'],
      changes: [{ field: 'roles', from: 'editor, shop_manager', to: '' }],
    })
    expect(plan({ ...disabled, account: bare })).toMatchObject({ verb: 'suspend', taken: [], changes: [] })
  })
  test('remembers what the first try found: a second one finds none', () => {
    const intent = openIntent('suspend', { roles: ['editor', 'shop_manager'], reason: 'disabled' })
    const link = { ...settledLink, intent, leaving: { reason: 'disabled' as const, since: now - day } }
    const second = plan({ ...disabled, link, account: bare, takeOver: true })
    expect(second).toMatchObject({ verb: 'suspend', taken: ['editor', 'shop_manager'], changes: [], since: now - day })
  })
  test('another reason does not suspend, nor remember, again', () => {
    const again = plan({ standing: leaving('deleted'), link: suspendedLink, account: bare })
    expect(again).toEqual({ verb: 'refuse', reason: 'deleted', leaving: { reason: 'deleted', since: now } })
  })
})

test('a deletion whose answer never came is told as one', () => {
  const link: Link = { ...settledLink, intent: openIntent('delete', { reason: 'deleted' }) }
  const input = { ...left('deleted', remove, day, link), account: null, takeOver: true }
  expect(plan(input)).toMatchObject({ verb: 'delete', account: null, username: 'anna.berg' })
  // Somebody else's deletion is not ours.
  const suspending = { ...link, intent: openIntent('suspend', { roles: ['editor'] }) }
  expect(plan({ ...input, link: suspending })).toEqual({ verb: 'let-go', recreate: false })
})

describe('who comes back', () => {
  test('is read, and gets exactly the roles that were taken', () => {
    expect(needsAccount(planInput({ link: suspendedLink }))).toBe(true)
    expect(plan({ link: suspendedLink, account: bare })).toMatchObject({
      verb: 'restore',
      values: {},
      roles: ['editor', 'shop_manager'],
      changes: [{ field: 'roles', from: '', to: 'editor, shop_manager' }],
    })
  })
  test('gets what changed meanwhile as well', () => {
    const old = account({ ...settled, name: 'Old' }, { roles: [] })
    expect(plan({ link: suspendedLink, account: old })).toMatchObject({
      verb: 'restore',
      values: { name: 'Anna Berg' },
    })
  })
  test('is sent no roles when they are there already', () => {
    const reordered = account(settled, { roles: ['shop_manager', 'editor'] })
    for (const seen of [anna, reordered])
      expect(plan({ link: suspendedLink, account: seen })).toMatchObject({ verb: 'restore', roles: null, changes: [] })
    const none: Link = { ...suspendedLink, roles: [] }
    expect(plan({ link: none, account: bare })).toMatchObject({ verb: 'restore', roles: null, changes: [] })
  })
  test('gets or loses managed roles by what they are now', () => {
    const becameGuest = plan({ link: suspendedLink, account: bare, roles: guest })
    expect(becameGuest).toMatchObject({ roles: ['editor', 'shop_manager', 'guest'] })
    const wasGuest: Link = { ...suspendedLink, roles: ['guest', 'editor'] }
    expect(plan({ link: wasGuest, account: bare, roles: member })).toMatchObject({ roles: ['editor'] })
    expect(plan({ link: wasGuest, account: bare, roles: guest })).toMatchObject({ roles: ['guest', 'editor'] })
    expect(plan({ link: wasGuest, account: bare, roles: noManagedRoles })).toMatchObject({ roles: ['guest', 'editor'] })
  })
  test('is refused when a stranger has the id', () => {
    const stranger = account(settled, { username: 'somebody.else' })
    expect(plan({ link: suspendedLink, account: stranger })).toMatchObject({ reason: 'login-mismatch' })
  })
  test('keeps a protected role that the account was given meanwhile: nobody demotes an administrator', () => {
    const admin = account(settled, { roles: ['administrator'] })
    const restored = plan({ link: suspendedLink, account: admin, isProtected: () => true })
    if (restored.verb !== 'restore') throw new Error(`planned ${restored.verb}`)
    expect(restored.roles ?? admin.roles).toContain('administrator')
  })
})

const reasons = fc.constantFrom(...leavingReasons)
const anyPolicy = fc.constantFrom(leave, suspend, remove, month)
const manyRoles = fc.uniqueArray(fc.constantFrom('subscriber', 'editor', 'shop_manager', 'guest'))

test('nobody is removed without evidence, against the policy, or from a protected or a strange account', () => {
  const seen = fc.record({
    standing: fc.oneof(fc.constantFrom(here, unknown), reasons.map(leaving)),
    link: fc.constantFrom(settledLink, suspendedLink),
    since: fc.integer({ min: -2, max: 40 }).map((days) => now - days * day),
    before: fc.option(reasons),
    what: fc.tuple(anyPolicy, anyPolicy, anyPolicy, anyPolicy),
    username: fc.constantFrom('anna.berg', 'somebody.else'),
    isProtected: fc.boolean(),
    takeOver: fc.boolean(),
  })
  fc.assert(
    fc.property(seen, ({ standing, link, since, before, what, username, isProtected, takeOver }) => {
      const given = Object.fromEntries(leavingReasons.map((reason, index) => [reason, what[index]!]))
      const removal = plan({
        standing,
        link: { ...link, leaving: before && { reason: before, since } },
        account: account(settled, { username }),
        policy: { ...policy, leaving: given as PlanInput['policy']['leaving'] },
        isProtected: () => isProtected,
        takeOver,
      })
      if (!isLeavingPlan(removal)) return
      if (standing.kind !== 'leaving') throw new Error(`removed while ${standing.kind}`)
      const { action, deleteAfter } = given[standing.reason]!
      expect(removal.reason).toBe(standing.reason)
      expect(action).not.toBe('leave')
      expect([username, isProtected]).toEqual(['anna.berg', false])
      expect(removal.since).toBe(before === standing.reason ? since : now)
      if (standing.reason === 'absent') expect(now - removal.since).toBeGreaterThanOrEqual(day)
      if (removal.verb === 'delete' && action !== 'delete')
        expect([link.state, now - removal.since >= deleteAfter!]).toEqual(['suspended', true])
    }),
    { numRuns: 2000 },
  )
})

test('a removal that was carried out is not planned again', () => {
  fc.assert(
    fc.property(reasons, anyPolicy, manyRoles, fc.integer({ min: 0, max: 40 }), (reason, what, owned, days) => {
      const input = left(reason, what, days * day, settledLink)
      const first = plan({ ...input, account: account(settled, { roles: owned }) })
      if (!isRemovalPlan(first)) return
      const { link, account: after } = applied(first, input.link!)
      const again = plan({ ...input, link, account: after })
      // Who is disabled is told where they have no account; and a suspension may be old enough for the deletion.
      const gone = reason === 'disabled' ? 'refuse' : 'none'
      const kept = what === month && days >= 30 ? 'delete' : 'refuse'
      expect(again.verb).toBe(first.verb === 'delete' ? gone : kept)
    }),
  )
})

test('whoever comes and goes, however often, has the same roles in the end, and nothing is left to do', () => {
  const stays = policies(suspend)
  const steps = fc.array(fc.tuple(fc.oneof(fc.constant(here), reasons.map(leaving)), fc.nat({ max: 3 })), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(manyRoles, fc.constantFrom(noManagedRoles, guest, member), steps, (owned, roles, path) => {
      let [link, site, time] = [settledLink, account(settled, { roles: owned }), now]
      const look = (standing: PlanInput['standing'], takeOver = false) =>
        plan({ standing, link, account: site, roles, now: time, takeOver, policy: { ...policy, leaving: stays } })
      for (const [standing, days] of [...path, [here, 0] as const]) {
        time += days * day
        const next = look(standing)
        if (next.verb === 'refuse') link = { ...link, leaving: next.leaving }
        else if (next.verb === 'nothing') link = { ...link, leaving: null, hashes: next.hashes }
        else if (next.verb === 'update' || next.verb === 'restore' || next.verb === 'suspend') {
          const after = applied(next, link)
          link = after.link
          site = after.account!
        } else throw new Error(`planned ${next.verb}`)
      }
      const expected = owned.filter((role) => role !== 'guest' || roles !== member)
      if (roles === guest && !expected.includes('guest')) expected.push('guest')
      expect(site.roles.toSorted()).toEqual(expected.toSorted())
      expect(look(here, true).verb).toBe('nothing')
    }),
  )
})

describe('the next look at somebody who left', () => {
  const times = { absenceConfirmed: day, softDeletedKept: 31 * day }
  const next = (state: Link['state'], reason: LeavingReason, what: LeavingPolicy, purged = leave) =>
    nextLeavingLook({ state, leaving: { reason, since: now } }, { ...policies(what), absent: purged }, times, now)
  const absent = (state: Link['state'], what: LeavingPolicy) => next(state, 'absent', what, what)

  test('is none while nobody left', () => {
    expect(nextLeavingLook({ state: 'active', leaving: null }, policies(month), times, now)).toBeNull()
  })
  test('at somebody who is absent for the first time is a day later, where anything would follow', () => {
    for (const what of [suspend, month, remove]) expect(absent('active', what)).toBe(now + day)
    expect(absent('active', leave)).toBeNull()
    // Suspended for another reason before, and now to be deleted.
    expect(absent('suspended', remove)).toBe(now + day)
  })
  test('at somebody who is suspended is when the account is to be deleted', () => {
    for (const reason of ['disabled', 'deleted', 'out-of-scope'] as const)
      expect(next('suspended', reason, month)).toBe(now + 30 * day)
    expect(absent('suspended', month)).toBe(now + 30 * day)
    expect(next('suspended', 'disabled', suspend)).toBeNull()
    expect(absent('suspended', suspend)).toBeNull()
    expect(next('active', 'disabled', leave)).toBeNull()
  })
  test('at somebody who was soft-deleted is when nobody can restore them any more, where that has a policy', () => {
    for (const what of [suspend, remove, month])
      expect(next('suspended', 'deleted', suspend, what)).toBe(now + 31 * day)
    expect(next('active', 'deleted', leave, remove)).toBe(now + 31 * day)
    expect(next('suspended', 'deleted', suspend, leave)).toBeNull()
    expect(next('suspended', 'deleted', month, remove)).toBe(now + 30 * day)
    expect(next('suspended', 'deleted', suspendThenDelete(60 * day), remove)).toBe(now + 31 * day)
  })
  test('is none at somebody without an account: nothing can be left to do', () => {
    expect(next('deleted', 'absent', remove, remove)).toBeNull()
    expect(next('deleted', 'deleted', remove, suspend)).toBeNull()
  })
  test('is tomorrow where it is overdue and nothing could be done: never at once, for ever', () => {
    const long = { state: 'suspended', leaving: { reason: 'deleted', since: now - 40 * day } } as const
    expect(nextLeavingLook(long, policies(suspend), times, now)).toBe(now + day)
  })
  test('finds what it was asked for: a removal that only time brings is never missed', () => {
    fc.assert(
      fc.property(reasons, anyPolicy, fc.constantFrom(settledLink, suspendedLink), (reason, what, link) => {
        const seen = { ...link, leaving: { reason, since: now } }
        const kept = policies(what)
        const input = { standing: leaving(reason), link: seen, policy: { ...policy, leaving: kept } }
        const at = nextLeavingLook(seen, kept, times, now)
        const due = (time: number) => isRemovalPlan(plan({ ...input, now: time }))
        fc.pre(!due(now))
        const first = [1, 2, 29, 30, 31, 32, 1000].find((days) => due(now + days * day))
        if (first !== undefined) expect(at).toBe(now + first * day)
        else if (reason !== 'deleted') expect(at).toBeNull()
      }),
    )
  })
})
