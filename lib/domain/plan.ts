import type { MapResult } from './mapping.ts'
import type { FieldValues, SiteUser } from './site-user.ts'
import type { Change, FieldHashes, Intent, Link } from './link.ts'
import { hashFields } from './field-hash.ts'
import type { LeavingPolicy, LeavingReason, Removal, RemovalReason } from './leaving.ts'
import { noManagedRoles, hashRoles, rolesWith, withRolesHash, type ManagedRoles } from './managed-roles.ts'
import { planDemotion, type DemotionPlan } from './plan-demotion.ts'
import { marksDiffer, type SignOnMarks } from './companion.ts'
import { leavingSince, removalDue } from './plan-leaving.ts'
import type { Standing } from './standing.ts'
import {
  asChanges,
  changedSince,
  desiredValues,
  roleChanges,
  told,
  withoutEmpty,
  withoutSet,
  writePlan,
  type WritePlan,
} from './write-plan.ts'

/**
 * Why a user is refused. `directory` reasons hold until the person changes; `site` reasons can
 * end by what somebody does on the site, so they are looked at daily.
 */
export const refusals = {
  disabled: 'directory',
  deleted: 'directory',
  absent: 'directory',
  'out-of-scope': 'directory',
  'no-email': 'directory',
  'email-taken': 'site',
  'username-taken': 'site',
  'ambiguous-match': 'site',
  'protected-account': 'site',
  'account-missing': 'site',
  'login-mismatch': 'site',
} as const satisfies Record<string, 'directory' | 'site'>

export type Refusal = keyof typeof refusals

/** A plan that takes an account from somebody who left. `account` null = a deletion that was found to be done already. */
export type LeavingPlan = {
  verb: 'suspend' | 'delete'
  account: SiteUser | null
  username: string
  email: string
  reason: LeavingReason
  since: number
  changes: Change[]
  /** suspend: the roles that are taken and remembered. */
  taken: string[]
  /** suspend: the companion plugin is told, so that the account is let in by no door. */
  flag?: true
  /** suspend: carried out long since but for the flag. No removal for the guard, which has counted it. */
  again?: true
}

/** What the deletion guard counts. */
export type RemovalPlan = LeavingPlan | DemotionPlan

export type Plan =
  | WritePlan
  | RemovalPlan
  /** A removal that has to wait. `tell`: somebody must decide, and hasn't been told yet. null = the row stands as it is. */
  | { verb: 'hold'; removal: Removal | null; tell: boolean; reason: RemovalReason; leaving: Link['leaving'] }
  | { verb: 'nothing'; hashes: FieldHashes }
  /** Not on the site and nothing to do there: no row, no telling. */
  | { verb: 'none' }
  /** The account was deleted on the site: the link lets go of it. `recreate`: another one is made at the next look. */
  | { verb: 'let-go'; recreate: boolean }
  | { verb: 'refuse'; reason: Refusal; leaving: Link['leaving'] }
  | { verb: 'fail'; code: string; message: string }

export function isRemovalPlan(plan: Plan): plan is RemovalPlan {
  return isLeavingPlan(plan) || plan.verb === 'demote'
}

export function isLeavingPlan(plan: Plan): plan is LeavingPlan {
  return plan.verb === 'suspend' || plan.verb === 'delete'
}

/** What a connection's configuration says about plans. */
export type PlanPolicy = {
  leaving: Record<LeavingReason, LeavingPolicy>
  whenAccountMissing: 'recreate' | 'leave'
  /** Milliseconds between two absences that are evidence. */
  absenceConfirmed: number
  /** The site has the companion plugin. */
  companion: boolean
}

export type PlanInput = {
  standing: Standing
  /** What the directory user should look like; null where there is no user to map. */
  desired: MapResult | null
  roles: ManagedRoles
  link: Link
  /** The account as read in this attempt: null = the site doesn't have it, undefined = it wasn't read. */
  account: SiteUser | null | undefined
  /** Nobody but the configuration may take anything from it: administrators, the sync's own account … */
  isProtected: (account: SiteUser) => boolean
  /** The intent was open when the link was read: the stored hashes prove nothing. */
  takeOver: boolean
  /** What single sign-on plugins shall know the account by; null = nothing is marked here. */
  marks: SignOnMarks | null
  /** The login that a new account gets. */
  username: string
  policy: PlanPolicy
  now: number
}

/** What to do for one user. Pure: the same reading gives the same plan. */
export function planUser(input: PlanInput): Plan {
  const { standing, desired, link, account, takeOver, policy } = input
  const linked = link.wordpressId !== null
  if (standing.kind === 'unknown') return { verb: 'fail', code: 'filter-failed', message: standing.message }
  if (standing.kind === 'leaving') return linked ? planLeaving(standing.reason, input) : planStranger(standing.reason)
  if (desired === null) throw new Error('planUser: a user who belongs on the site must be mapped')
  if (!desired.ok) return { verb: 'fail', code: `mapping-failed: ${desired.field}`, message: desired.message }

  const values = desiredValues(desired)
  if (!linked) return planNew(values, link.intent, input)
  const roles = account && input.isProtected(account) ? noManagedRoles : input.roles
  const { once } = desired
  const hashes = withRolesHash({ ...link.hashes, ...hashFields(values, once) }, roles)
  if (link.state !== 'suspended' && !takeOver && account === undefined) return { verb: 'nothing', hashes }
  const unfit = unfitAccount(link, account)
  if (unfit === 'account-missing')
    return policy.whenAccountMissing === 'recreate' ? { verb: 'let-go', recreate: true } : refuse(unfit)
  if (unfit || !account) return refuse(unfit ?? 'account-missing')

  if (link.state === 'suspended') {
    // Somebody made an administrator of a suspended account: that stays. Who is protected by name has no roles to keep.
    const raised = account.roles.length > 0 && input.isProtected(account)
    const given = raised ? account.roles : rolesWith(roles, link.roles ?? [])
    const restored = withoutSet(told(values, account), account, once, link.hashes)
    return writePlan('restore', account, account.username, restored, given, hashes)
  }
  const changed = takeOver ? told(values, account) : changedSince(link.hashes, values, once)
  const candidates = withoutSet(changed, account, once, link.hashes)
  const demotion = planDemotion(link, account, candidates, roles, hashes)
  if (demotion) return demotion
  const plan = writePlan('update', account, account.username, candidates, rolesWith(roles, account.roles), hashes)
  return plan.changes.length > 0 ? plan : { verb: 'nothing', hashes: plan.hashes }
}

/** True when the stored hashes can't tell that nothing has to be written, so that the account must be read. */
export function needsAccount(input: Omit<PlanInput, 'account' | 'takeOver' | 'isProtected' | 'username'>): boolean {
  const { link, standing, desired, roles } = input
  if (link.wordpressId === null) return false
  if (link.intent !== null) return true
  if (standing.kind === 'leaving') return dueRemoval(standing.reason, input) !== null || mayLackFlag(input)
  if (standing.kind === 'unknown' || !desired?.ok) return false
  if (marksDiffer(link, input.marks)) return true
  if (link.state === 'suspended' || link.hashes.roles !== hashRoles(roles.wanted)) return true
  return Object.keys(changedSince(link.hashes, desiredValues(desired), desired.once)).length > 0
}

/** Suspended before the plugin came; or the verify pass has found that the flag is gone, and forgot what the link was settled for. */
function mayLackFlag({ link, policy }: Pick<PlanInput, 'link' | 'policy'>): boolean {
  return link.state === 'suspended' && (policy.companion || link.fingerprint === null)
}

function planLeaving(reason: LeavingReason, input: PlanInput): Plan {
  const { link, account, now, takeOver } = input
  const leaving = { reason, since: leavingSince(link, reason, now) }
  const action = dueRemoval(reason, input)
  if (action === null) return { verb: 'refuse', reason, leaving }
  if (account === undefined) throw new Error('planUser: the account of somebody who leaves must be read')
  const common = { username: link.login ?? '', email: '', ...leaving }
  if (account === null) {
    // Our own deletion, whose answer never came; else somebody else's.
    if (takeOver && link.intent?.verb === 'delete')
      return { verb: 'delete', account, ...common, changes: [], taken: [] }
    return { verb: 'let-go', recreate: false }
  }
  const unfit = unfitAccount(link, account)
  if (unfit) return { verb: 'refuse', reason: unfit, leaving }
  if (input.isProtected(account)) return { verb: 'refuse', reason: 'protected-account', leaving }
  const known = { ...common, username: account.username, email: account.fields.email }
  if (action === 'delete') return { verb: 'delete', account, ...known, changes: [], taken: [] }
  // Set once: a second try finds the account without roles.
  const before = link.intent?.verb === 'suspend' ? link.intent.roles : link.roles
  const taken = before ?? account.roles
  const changes: Change[] = account.roles.length > 0 ? [{ field: 'roles', from: account.roles.join(', '), to: '' }] : []
  return { verb: 'suspend', account, ...known, changes, taken }
}

function dueRemoval(reason: LeavingReason, { link, policy, now }: Pick<PlanInput, 'link' | 'policy' | 'now'>) {
  const since = leavingSince(link, reason, now)
  // One absence can be a lagging replica's.
  if (reason === 'absent' && now - since < policy.absenceConfirmed) return null
  return removalDue(policy.leaving[reason], link.state, since, now)
}

/** Somebody without an account who doesn't belong on the site: only the disabled are told, for they may be expected there. */
function planStranger(reason: LeavingReason): Plan {
  return reason === 'disabled' ? refuse('disabled') : { verb: 'none' }
}

/** A match is the id and the stored, immutable login: a restored backup can give an id to a stranger. */
function unfitAccount(link: Link, account: SiteUser | null | undefined): 'account-missing' | 'login-mismatch' | null {
  if (!account) return 'account-missing'
  return account.username.toLowerCase() === link.login?.toLowerCase() ? null : 'login-mismatch'
}

function planNew(values: FieldValues, intent: Intent | null, input: PlanInput): Plan {
  // The first try may still be running on the site: only the same login and address make it collide with this one.
  const first = intent?.verb === 'create' ? intent : null
  const email = first?.email ?? values.email
  if (!email) return refuse('no-email')
  const username = first?.username ?? input.username
  const wanted = { ...values, email }
  const sent = withoutEmpty(wanted)
  // Sent with a new account, roles take the place of the site's default one: only where they are all that it shall have.
  const roles = input.roles.whole && input.roles.wanted.length > 0 ? [...input.roles.wanted] : null
  return {
    verb: 'create',
    account: null,
    username,
    email,
    values: sent,
    roles,
    changes: [...asChanges(sent, null), ...roleChanges(null, roles)],
    hashes: hashFields(wanted, input.desired?.ok ? input.desired.once : undefined),
  }
}

function refuse(reason: Refusal): Plan {
  return { verb: 'refuse', reason, leaving: null }
}
