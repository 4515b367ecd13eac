import { withDetail, type AuditRow, type OutcomeStatus } from '../../domain/audit.ts'
import { attemptOf } from '../../domain/attempt.ts'
import type { FieldHashes, Link } from '../../domain/link.ts'
import type { AccountField, SiteUser } from '../../domain/site-user.ts'
import { refusals, type WritePlan } from '../../domain/plan.ts'
import { lastAttempt, retryDelay } from '../../domain/retry.ts'
import { sameField } from '../../domain/canonical-field.ts'
import type { SyncContext } from '../context.ts'
import type { UserFault } from '../ports/site.ts'
import { isWrite, type Case, type LookResult, type WriteCase } from './case.ts'

/** What steps 7 and 8 store, and what becomes of the look. `link` null = the row stays as it is. */
export type Outcome = { case: Case; link: Link | null; reverse: boolean; audit: AuditRow | null; result: LookResult }

const verbs = { create: 'created', adopt: 'adopted', update: 'updated' } as const satisfies Record<
  WritePlan['verb'],
  OutcomeStatus
>

/** The site has done what the intent said. */
export function written(one: WriteCase, account: SiteUser, context: SyncContext): Outcome {
  const { plan, desired } = one
  const status = verbs[plan.verb]
  const addressChanged =
    desired?.ok === true && desired.email !== null && !sameField('email', desired.email, plan.email)
  const unfinished = one.unfinished || (addressChanged && !one.keepEmail)
  const link: Link = {
    ...one.link,
    state: 'active',
    wordpressId: account.id,
    login: account.username,
    hashes: plan.hashes,
    fingerprint: unfinished ? null : one.fingerprint,
    intent: null,
    failure: one.keepEmail ? secondChance('email-taken', context) : null,
    refused: one.keepEmail ? 'email-taken' : null,
    leaving: null,
  }
  return {
    case: one,
    link,
    reverse: one.link.wordpressId === null,
    audit: auditRow(one, context, status, { wordpressId: account.id, reason: link.refused, changes: plan.changes }),
    result: unfinished ? { kind: 'again', status } : afterRefusal(link, status),
  }
}

/** An outcome without a write: nothing to do, a refusal, a fault of the user, or the site's definite no. */
export function outcomeOf(one: Case, context: SyncContext, fault?: UserFault): Outcome {
  const { plan } = one
  if (fault?.kind === 'gone') return refused(one, context, 'account-missing', null)
  if (fault) return failed(one, context, faultCode(fault), fault.kind === 'failed')
  switch (plan.verb) {
    case 'none':
      return {
        case: one,
        link: changed(one, { intent: null }),
        reverse: false,
        audit: null,
        result: afterNone(one, context),
      }
    case 'nothing':
      return {
        case: one,
        link: changed(one, { ...settledFields(one), hashes: plan.hashes }),
        reverse: false,
        audit: null,
        result: { kind: 'done', status: 'unchanged' },
      }
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
    return { case: one, link: null, reverse: false, audit: null, result }
  }
  const outcome = failed(one, context, answer.code, true)
  return { ...outcome, link: outcome.link && { ...outcome.link, intent: one.link.intent } }
}

/** Turns the case into one that only tells what the open intent has done; what else there is to do is looked at next. */
export function effectOnly(one: Case): void {
  const { intent, hashes } = one.link
  const account = one.account
  if (!intent || !account) throw new Error('an effect was seen without an intent or an account')
  one.unfinished = one.plan.verb !== 'nothing'
  one.plan = {
    verb: intent.verb,
    account,
    username: account.username,
    email: account.fields.email,
    values: {},
    changes: changedFields(hashes, intent.hashes).map((field) => ({ field, from: null, to: account.fields[field] })),
    hashes: { ...hashes, ...intent.hashes },
  }
}

function refused(
  one: Case,
  context: SyncContext,
  reason: keyof typeof refusals,
  leaving: NonNullable<Link['leaving']>['reason'] | null,
): Outcome {
  const gone = leaving === 'deleted' || leaving === 'absent'
  const link = changed(one, {
    intent: null,
    // What stands in the way on the site may go away without anything changing in the directory.
    failure:
      refusals[reason] === 'site' ? (standing(one.link, reason, context) ?? secondChance(reason, context)) : null,
    // Who left is in no enumeration; who comes back must be seen even if nothing about them has changed.
    fingerprint: gone ? null : one.fingerprint,
    refused: reason,
    leaving:
      leaving && one.link.leaving?.reason === leaving
        ? one.link.leaving
        : leaving && { reason: leaving, since: context.now() },
  })
  const told = one.link.refused === reason
  return {
    case: one,
    link,
    reverse: false,
    audit: told ? null : auditRow(one, context, 'skipped', { reason }),
    result: afterRefusal(link ?? one.link, 'skipped'),
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
  const link: Link = {
    ...one.link,
    intent: null,
    fingerprint: null,
    failure: { attempts, code, retryAt },
    // Only for somebody who is in the directory and enabled is there anything that can fail.
    leaving: null,
  }
  // A write plan's attempt is its own; without one the same signal must not tell another failure under an old row.
  const attempt = isWrite(one) ? one.attempt : attemptOf(one.look.signal, one.look.objectId, code, String(tries))
  return {
    case: one,
    link,
    reverse: false,
    audit: auditRow({ ...one, attempt }, context, 'failed', { reason: code, error: message, tries }),
    result: { kind: 'later', status: 'failed', at: retryAt },
  }
}

function auditRow(one: Case, context: SyncContext, status: OutcomeStatus, more: Partial<AuditRow>): AuditRow {
  const { look, lookUp, plan } = one
  const at = context.now()
  const row: AuditRow = {
    connection: look.connection,
    attempt: one.attempt,
    objectId: look.objectId,
    status,
    reason: null,
    wordpressId: one.link.wordpressId,
    who: {
      userPrincipalName: lookUp.kind === 'found' ? (lookUp.user.userPrincipalName ?? null) : null,
      email: isWrite(one) ? one.plan.email : null,
      username: one.link.login ?? ('username' in plan ? plan.username : null),
    },
    changes: [],
    at,
    milliseconds: at - one.startedAt,
    cycle: look.cycle,
    trigger: look.trigger,
    tries: (one.link.failure?.attempts ?? 0) + 1,
    error: null,
    ...more,
  }
  return withDetail(row, context.audit.detail)
}

/** The link with these fields, or null where nothing would change and the row can stay. */
function changed(one: Case, fields: Partial<Link>): Link | null {
  const link = { ...one.link, ...fields }
  return JSON.stringify(link) === JSON.stringify(one.link) ? null : link
}

function settledFields(one: Case): Partial<Link> {
  return { fingerprint: one.fingerprint, intent: null, failure: null, refused: null, leaving: null }
}

/** Nobody by that id, while an enumeration has just named it: the replicas may lag. */
function afterNone(one: Case, context: SyncContext): LookResult {
  const lagging = one.lookUp.kind === 'absent' && one.look.queue === 'bulk'
  if (!lagging) return { kind: 'done', status: null }
  return { kind: 'later', status: null, at: context.now() + context.timings.secondLook }
}

function changedFields(before: FieldHashes, after: FieldHashes): AccountField[] {
  return (Object.keys(after) as AccountField[]).filter((field) => after[field] !== before[field])
}

function faultCode(fault: UserFault): string {
  return fault.params.length > 0 ? `${fault.code}: ${fault.params.join(', ')}` : fault.code
}
