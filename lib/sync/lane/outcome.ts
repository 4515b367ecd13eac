import type { AuditRow, OutcomeStatus } from '../../domain/audit.ts'
import { attemptOf } from '../../domain/attempt.ts'
import { sameField } from '../../domain/canonical-field.ts'
import type { Link } from '../../domain/link.ts'
import { hashesOfNew, hashRoles } from '../../domain/managed-roles.ts'
import { isLeavingPlan, refusals, type Plan, type Refusal, type RemovalPlan } from '../../domain/plan.ts'
import type { WritePlan } from '../../domain/write-plan.ts'
import { leavingSince, nextLeavingLook } from '../../domain/plan-leaving.ts'
import { lastAttempt, retryDelay } from '../../domain/retry.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { connectionOf, type SyncContext } from '../context.ts'
import type { UserFault } from '../ports/site.ts'
import type { LinkWrite } from '../ports/store.ts'
import { isWrite, type Case, type LeavingCase, type LookResult, type WriteCase } from './case.ts'
import { tell } from './tell.ts'
import { unkeptFields } from './unkept-fields.ts'

/** What steps 7 and 8 store, and what becomes of the look. `link` null = the row stays as it is. */
export type Outcome = {
  case: Case
  link: Link | null
  audit: AuditRow | null
  result: LookResult
} & Pick<LinkWrite, 'reverse' | 'removal' | 'handover'>

const verbs = {
  create: 'created',
  adopt: 'adopted',
  update: 'updated',
  restore: 'restored',
  demote: 'updated',
} as const satisfies Record<WritePlan['verb'] | 'demote', OutcomeStatus>

/** The site has done what the intent said. `account` null = it is deleted. */
export function written(one: WriteCase, account: SiteUser | null, context: SyncContext): Outcome {
  const { plan, desired } = one
  if (isLeavingPlan(plan)) return { ...removed({ ...one, plan }, context), case: one }
  if (!account) throw new Error('a write without an account')
  const status = verbs[plan.verb]
  const addressChanged =
    desired?.ok === true && desired.email !== null && !sameField('email', desired.email, plan.email)
  const hashes = plan.verb === 'create' ? hashesOfNew(plan.hashes, one.roles, account.roles) : plan.hashes
  const rolesLeft = plan.verb === 'create' && hashes.roles !== hashRoles(one.roles.wanted)
  const more = 'unfinished' in plan || one.unfinished || rolesLeft
  const unfinished = more || (addressChanged && !one.keepEmail)
  const link: Link = {
    ...one.link,
    state: 'active',
    wordpressId: account.id,
    login: account.username,
    hashes,
    fingerprint: unfinished ? null : one.fingerprint,
    intent: null,
    failure: one.keepEmail ? secondChance('email-taken', context) : null,
    refused: one.keepEmail ? 'email-taken' : null,
    leaving: null,
    roles: null,
    removal: one.keepsRemoval ? one.link.removal : null,
  }
  const reason = one.handover ? 'handed-over' : plan.verb === 'demote' ? whyRemoved(one, plan) : link.refused
  return {
    case: one,
    link,
    ...wayBack(one, account),
    audit: tell(one, context, status, {
      ...{ wordpressId: account.id, reason, changes: plan.changes },
      error: unkeptFields(plan.values, account),
    }),
    result: unfinished ? { kind: 'again', status } : afterRefusal(link, status),
  }
}

function whyRemoved({ approved }: Case, { reason }: RemovalPlan): string {
  return approved ? `${reason}, approved` : reason
}

/** An outcome without a write: nothing to do, a refusal, a fault of the user, or the site's definite no. */
export function outcomeOf(one: Case, context: SyncContext, fault?: UserFault): Outcome {
  const { plan } = one
  if (fault?.kind === 'gone') return refused(one, context, 'account-missing', one.link.leaving)
  if (fault) return failed(one, context, faultCode(fault), fault.kind === 'failed')
  switch (plan.verb) {
    case 'none':
      return { case: one, link: forgotten(one), ...dropped(one), audit: null, result: afterNone(one, context) }
    case 'nothing': {
      const link = changed(one, { ...settledFields(one), leaving: null, roles: null, hashes: plan.hashes })
      return { case: one, link, ...dropped(one), audit: null, result: { kind: 'done', status: 'unchanged' } }
    }
    case 'hold':
      return held(one, plan, context)
    case 'let-go':
      return letGo(one, plan.recreate, context)
    case 'refuse':
      return refused(one, context, plan.reason, plan.leaving)
    case 'fail':
      return failed(one, context, plan.code, false, plan.message)
    default:
      throw new Error(`a ${plan.verb} has no outcome before the site has answered`)
  }
}

/**
 * No answer, and the site is well: this user's request may be what breaks it. The intent stays open: the result is unknown. It is told
 * all the same; what the next try finds out replaces the row, for it has the same attempt.
 */
export function unanswered(one: WriteCase, answer: { batch: number; code: string }, context: SyncContext): Outcome {
  if (answer.batch > 1) {
    const result: LookResult = { kind: 'again', status: null, batch: Math.ceil(answer.batch / 2) }
    return { case: one, link: null, audit: null, result }
  }
  const outcome = failed(one, context, answer.code, true)
  return { ...outcome, link: outcome.link && { ...outcome.link, intent: one.link.intent } }
}

/** The result of a look at somebody for whom nothing is left to do but to wait for a time. */
export function afterLeaving(link: Link, context: SyncContext, status: OutcomeStatus | null): LookResult {
  const connection = connectionOf(context, link.connection)
  const at = connection && nextLeavingLook(link, connection.leaving, context.timings, context.now())
  return at === null ? { kind: 'done', status } : { kind: 'later', status, at }
}

function removed(one: LeavingCase, context: SyncContext): Outcome {
  const { plan, unfinished } = one
  const { reason, since } = plan
  const common: Link = {
    ...one.link,
    fingerprint: unfinished ? null : one.fingerprint,
    intent: null,
    failure: null,
    // Told by this outcome: the next look must not tell it again.
    refused: reason,
    leaving: { reason, since },
    removal: null,
  }
  const link: Link =
    plan.verb === 'suspend'
      ? { ...common, state: 'suspended', roles: plan.taken }
      : // The account's `w|` row stays: nobody else ever gets this id.
        { ...common, state: 'deleted', wordpressId: null, login: null, hashes: {}, roles: null, photo: null }
  const status = plan.verb === 'suspend' ? 'suspended' : 'deleted'
  return {
    case: one,
    link,
    audit: tell(one, context, status, { reason: whyRemoved(one, plan), changes: plan.changes }),
    result: unfinished ? { kind: 'again', status } : afterLeaving(link, context, status),
  }
}

function wayBack(one: WriteCase, account: SiteUser): Pick<Outcome, 'reverse' | 'handover'> {
  if (one.handover) return { handover: one.handover }
  return one.rejoins || one.link.wordpressId === account.id ? {} : { reverse: true }
}

function held(one: Case, plan: Extract<Plan, { verb: 'hold' }>, context: SyncContext): Outcome {
  const { removal, leaving, reason } = plan
  const waits = removal ?? one.removal?.removal ?? null
  const link: Link = {
    ...one.link,
    intent: null,
    failure: null,
    // An enumeration must meet them again until it is decided.
    fingerprint: null,
    leaving,
    removal: waits && { action: waits.action, reason: waits.reason },
  }
  const unchanged = removal === null && JSON.stringify(link) === JSON.stringify(one.link)
  return {
    case: one,
    link: unchanged ? null : link,
    ...(removal ? { removal } : {}),
    audit: plan.tell ? tell(one, context, 'held', { reason }) : null,
    result: { kind: 'done', status: plan.tell ? 'held' : null },
  }
}

/** The account was deleted on the site. The link stays as a tombstone, and the `w|` row with it. */
function letGo(one: Case, recreate: boolean, context: SyncContext): Outcome {
  const link: Link = {
    ...one.link,
    state: 'deleted',
    wordpressId: null,
    login: null,
    hashes: {},
    fingerprint: recreate ? null : one.fingerprint,
    intent: null,
    failure: null,
    refused: recreate ? null : 'account-missing',
    roles: null,
    removal: null,
    photo: null,
  }
  return {
    case: one,
    link,
    ...dropped(one),
    audit: tell(one, context, 'skipped', { reason: 'account-missing' }),
    result: recreate ? { kind: 'again', status: null } : { kind: 'done', status: 'skipped' },
  }
}

function refused(one: Case, context: SyncContext, reason: Refusal, leaving: Link['leaving']): Outcome {
  const link = changed(one, {
    intent: null,
    // What stands in the way on the site may go away without anything changing in the directory.
    failure:
      refusals[reason] === 'site' ? (standing(one.link, reason, context) ?? secondChance(reason, context)) : null,
    fingerprint: one.fingerprint,
    refused: reason,
    leaving,
  })
  const told = one.link.refused === reason
  return {
    case: one,
    link,
    ...dropped(one),
    audit: told ? null : tell(one, context, 'skipped', { reason }),
    result:
      refusals[reason] === 'site'
        ? afterRefusal(link ?? one.link, 'skipped')
        : afterLeaving(link ?? one.link, context, 'skipped'),
  }
}

/** The look that the same refusal has waiting already: another one each time would make many of it. */
function standing({ failure }: Link, reason: string, context: SyncContext): Link['failure'] {
  return failure?.code === reason && failure.attempts === 0 && failure.retryAt > context.now() ? failure : null
}

/** Kept like a failure, but not counted as one: looked at daily. */
function secondChance(code: string, context: SyncContext): NonNullable<Link['failure']> {
  return { attempts: 0, code, retryAt: context.now() + context.timings.failedUserSecondChance }
}

function afterRefusal({ failure }: Link, status: OutcomeStatus): LookResult {
  return failure ? { kind: 'later', status, at: failure.retryAt } : { kind: 'done', status }
}

/** `retry` false: trying again changes nothing until the person or the configuration does; it is looked at daily all the same. */
function failed(one: Case, context: SyncContext, code: string, retry: boolean, message: string | null = null): Outcome {
  const tries = (one.link.failure?.attempts ?? 0) + 1
  const attempts = retry ? tries : Math.max(tries, lastAttempt)
  const retryAt = context.now() + retryDelay(attempts, null, context.random(), context.timings)
  const { standing } = one
  // A filter or a rule that fails says nothing about anybody: whatever an operator was asked or has decided stands.
  const undecided = one.removal?.removal.state === 'candidate' || one.removal?.removal.state === 'released'
  const silent = standing.kind === 'unknown' || (one.fault !== null && one.link.removal?.action === 'demote')
  const stands = one.keepsRemoval || (silent && !undecided)
  const link: Link = {
    ...one.link,
    intent: null,
    fingerprint: null,
    failure: { attempts, code, retryAt },
    leaving: leavingOf(one, context),
    removal: stands ? one.link.removal : null,
  }
  // A write plan's attempt is its own; without one the same signal must not tell another failure under an old row.
  const attempt = isWrite(one) ? one.attempt : attemptOf(one.look.signal, one.look.objectId, code, String(tries))
  return {
    case: one,
    link,
    ...(stands ? {} : dropped(one)),
    audit: tell({ ...one, attempt }, context, 'failed', { reason: code, error: message, tries }),
    result: { kind: 'later', status: 'failed', at: retryAt },
  }
}

function leavingOf({ link, standing }: Case, { now }: SyncContext): Link['leaving'] {
  if (standing.kind === 'unknown') return link.leaving
  if (standing.kind === 'here') return null
  return { reason: standing.reason, since: leavingSince(link, standing.reason, now()) }
}

/** The link with these fields and without a removal that waits, or null where nothing would change and the row can stay. */
function changed(one: Case, fields: Partial<Link>): Link | null {
  const link = { ...one.link, ...fields, removal: null }
  return JSON.stringify(link) === JSON.stringify(one.link) ? null : link
}

/** Any other plan for somebody makes void what waited for a decision. */
function dropped(one: Case): Pick<Outcome, 'removal'> {
  return one.removal ? { removal: { drop: one.removal.etag } } : {}
}

function settledFields(one: Case): Partial<Link> {
  return { fingerprint: one.fingerprint, intent: null, failure: null, refused: null }
}

/** Somebody who was never looked at gets no row by being none of the site's business. */
function forgotten(one: Case): Link | null {
  return one.etag === null ? null : changed(one, settledFields(one))
}

/** Nobody by that id, while an enumeration has just named it: the replicas may lag. */
function afterNone(one: Case, context: SyncContext): LookResult {
  const lagging = one.lookUp.kind === 'absent' && one.look.queue === 'bulk'
  if (!lagging) return { kind: 'done', status: null }
  return { kind: 'later', status: null, at: context.now() + context.timings.secondLook }
}

function faultCode(fault: UserFault): string {
  return fault.params.length > 0 ? `${fault.code}: ${fault.params.join(', ')}` : fault.code
}
