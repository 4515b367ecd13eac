import { hashFields } from '../../lib/domain/field-hash.ts'
import { leavingReasons, type LeavingPolicy, type LeavingReason } from '../../lib/domain/leaving.ts'
import { emptyLink, type Intent, type Link } from '../../lib/domain/link.ts'
import { noManagedRoles } from '../../lib/domain/managed-roles.ts'
import type { MapResult } from '../../lib/domain/mapping.ts'
import { isLeavingPlan, type PlanInput, type PlanPolicy, type RemovalPlan } from '../../lib/domain/plan.ts'
import type { WritePlan } from '../../lib/domain/write-plan.ts'
import type { Standing } from '../../lib/domain/standing.ts'
import { noFields, type FieldValues, type SiteUser } from '../../lib/domain/site-user.ts'

/** One person, their account and their link, for tests of plans: the link was last settled for what the account shows. */
export const objectId = '0f8fad5b-d9cb-469f-a165-70867728950e'
export const day = 86_400_000
export const now = 1000 * day

export const desired: MapResult & { ok: true } = {
  ok: true,
  usernameCandidate: 'anna.berg',
  email: 'anna@contoso.example',
  fields: { first_name: 'Anna', last_name: null, name: 'Anna Berg' },
}
/** What `desired` says, as the account has it. */
export const settled = { first_name: 'Anna', last_name: '', name: 'Anna Berg', email: 'anna@contoso.example' }

export const noLink = emptyLink('default', objectId)
export const linked: Link = { ...noLink, state: 'active', wordpressId: 7, login: 'anna.berg' }
export const settledLink: Link = { ...linked, hashes: hashFields(settled) }

export const here: Standing = { kind: 'here' }
export const unknown: Standing = { kind: 'unknown', message: 'the filter failed' }
export function leaving(reason: LeavingReason): Standing {
  return { kind: 'leaving', reason }
}

export const suspend: LeavingPolicy = { action: 'suspend', deleteAfter: null }
export const remove: LeavingPolicy = { action: 'delete', deleteAfter: null }
export const leave: LeavingPolicy = { action: 'leave', deleteAfter: null }
export function suspendThenDelete(deleteAfter: number): LeavingPolicy {
  return { action: 'suspend', deleteAfter }
}

/** The same policy for every reason, or one for `reason` and `others` for the rest. */
export function policies(policy: LeavingPolicy, reason?: LeavingReason, others = policy): PlanPolicy['leaving'] {
  const entries = leavingReasons.map((each) => [each, reason === undefined || each === reason ? policy : others])
  return Object.fromEntries(entries) as PlanPolicy['leaving']
}

export const policy: PlanPolicy = {
  leaving: policies(suspend),
  whenAccountMissing: 'leave',
  absenceConfirmed: day,
  companion: false,
}

export function account(fields: FieldValues, more: Partial<SiteUser> = {}): SiteUser {
  const all = { ...noFields, ...fields }
  return {
    id: 7,
    username: 'anna.berg',
    fields: all,
    roles: ['subscriber'],
    registeredAt: 0,
    suspended: null,
    markedFor: null,
    ...more,
  }
}

export function planInput(input: Partial<PlanInput>): PlanInput {
  return {
    standing: here,
    desired,
    roles: noManagedRoles,
    link: noLink,
    account: undefined,
    isProtected: () => false,
    takeOver: false,
    marks: null,
    username: 'anna.berg',
    policy,
    now,
    ...input,
  }
}

/** An intent that nobody has heard of since. */
export function openIntent(verb: Intent['verb'], more: Partial<Intent> = {}): Intent {
  return {
    verb,
    attempt: 'a',
    epoch: 1,
    username: null,
    email: null,
    wordpressId: verb === 'create' ? null : 7,
    siteTime: 0,
    hashes: {},
    roles: null,
    reason: null,
    ...more,
  }
}

/** Link and account once the site has done what the plan says. */
export function applied(plan: WritePlan | RemovalPlan, link: Link): { link: Link; account: SiteUser | null } {
  if (isLeavingPlan(plan)) {
    const { reason, since } = plan
    const left: Link = { ...link, intent: null, leaving: { reason, since } }
    if (plan.verb === 'suspend')
      return {
        link: { ...left, state: 'suspended', roles: plan.taken },
        account: plan.account && { ...plan.account, roles: [] },
      }
    return {
      link: { ...left, state: 'deleted', wordpressId: null, login: null, hashes: {}, roles: null },
      account: null,
    }
  }
  const before = plan.account ?? account({}, { username: plan.username })
  const after = { ...before, fields: { ...before.fields, ...plan.values }, roles: plan.roles ?? before.roles }
  const { id: wordpressId, username: login } = after
  const stays = { intent: null, leaving: null, roles: null, hashes: plan.hashes }
  return { link: { ...link, state: 'active', wordpressId, login, ...stays }, account: after }
}
