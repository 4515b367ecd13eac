import { attemptOf } from '../../domain/attempt.ts'
import type { AuditRow } from '../../domain/audit.ts'
import { jsonText } from '../../domain/custom-field.ts'
import { onSite, postEffect, type PostChange, type PostWritePlan } from '../../domain/plan-post.ts'
import { isPostDue } from '../../domain/post-wish.ts'
import { comparablePost, hashSlug, noPost, valueEntries, type LinkedPost, type SitePost } from '../../domain/post.ts'
import { lastAttempt, retryDelay } from '../../domain/retry.ts'
import type { SyncContext } from '../context.ts'
import type { UserFault } from '../ports/site.ts'
import type { Case } from './case.ts'
import { postFailure, type PostCase } from './post-case.ts'
import { tell } from './tell.ts'

/** What becomes of one post: what the link says of it, what is told, and when to look again. */
export type PostOutcome = {
  case: PostCase
  linked: LinkedPost
  audit: AuditRow | null
  result:
    | { kind: 'done'; written: boolean }
    | { kind: 'again'; batch?: number }
    | { kind: 'put-back'; after: number }
    | { kind: 'failed'; failure: { attempts: number; code: string; retryAt: number } }
}

/** The site has done what the intent said. */
export function postWritten(
  post: PostCase & { plan: PostWritePlan },
  answer: SitePost,
  context: SyncContext,
): PostOutcome {
  const { plan } = post
  const differing = valueEntries(plan.values).flatMap(([field, value]) =>
    comparablePost(onSite(answer, field)) === comparablePost(value) ? [] : [`post.${post.policy.type}.${field}`],
  )
  const error = differing.length === 0 ? null : `the site keeps something else in ${differing.join(', ')}`
  return {
    case: post,
    linked: { ...noPost, id: answer.id, hashes: plan.hashes, slug: hashSlug(answer.slug, post.slug) },
    audit: told(post, context, 'updated', plan.changes, { error }),
    result: { kind: 'done', written: true },
  }
}

/** An outcome without a write: nothing to do, a post that isn't there any more, or a fault of the person's. */
export function postOutcome(post: PostCase, context: SyncContext): PostOutcome {
  const { plan, linked } = post
  const done = { kind: 'done', written: false } as const
  switch (plan.verb) {
    case 'nothing': {
      const { id, hashes } = plan
      return { case: post, linked: { ...noPost, id, hashes, slug: seenSlug(post) }, audit: null, result: done }
    }
    case 'refuse': {
      const { reason } = plan
      const attempt = attemptOf(post.one.look.signal, post.one.look.objectId, post.policy.type, reason)
      const row = told({ ...post, attempt }, context, 'skipped', [], { reason: postFailure(post, reason) })
      const refused = { ...linked, intent: null, refused: reason }
      return { case: post, linked: refused, audit: linked.refused === reason ? null : row, result: done }
    }
    case 'fail':
      return postFailed(post, context, { code: plan.field, retry: false, message: plan.message })
    default:
      throw new Error(`a ${plan.verb} of a post has no outcome before the site has answered`)
  }
}

/** The site's definite no. A post that is gone is looked at once more: it is read then. */
export function postRefused(post: PostCase, fault: UserFault, context: SyncContext): PostOutcome {
  const code = fault.params.length > 0 ? `${fault.code}: ${fault.params.join(', ')}` : fault.code
  return postFailed(post, context, { code, retry: fault.kind === 'failed' || fault.kind === 'gone', message: null })
}

/** `retry` false: trying again changes nothing until the person or the configuration does; it is looked at daily all the same. */
export function postFailed(
  post: PostCase,
  context: SyncContext,
  { code, retry, message }: { code: string; retry: boolean; message: string | null },
): PostOutcome {
  const { one } = post
  const tries = (one.link.failure?.attempts ?? 0) + 1
  const attempts = retry ? tries : Math.max(tries, lastAttempt)
  const retryAt = context.now() + retryDelay(attempts, null, context.random(), context.timings)
  const reason = postFailure(post, code)
  const attempt = post.attempt || attemptOf(one.look.signal, one.look.objectId, reason, String(tries))
  return {
    case: post,
    linked: { ...post.linked, intent: null },
    audit: told({ ...post, attempt }, context, 'failed', [], { reason, error: message, tries }),
    result: { kind: 'failed', failure: { attempts, code: reason, retryAt } },
  }
}

/**
 * No answer, and the site is well: this post's request may be what breaks it. The intent stays open: the result is unknown. The next try goes with
 * half as many, down to the culprit, however long it has to wait.
 */
export function postUnanswered(
  post: PostCase,
  answer: { batch: number; code: string; ended: boolean },
  linked: LinkedPost,
  context: SyncContext,
): PostOutcome {
  const batch = Math.ceil(answer.batch / 2)
  const { intent } = linked
  const known = { ...linked, intent: intent && { ...intent, batch, ...(answer.ended && { siteTime: 0 }) } }
  if (answer.batch > 1) return { case: post, linked: known, audit: null, result: { kind: 'again', batch } }
  return { ...postFailed(post, context, { code: answer.code, retry: true, message: null }), linked: known }
}

/**
 * An open intent: what did the write do whose answer nobody heard? Where its effect shows it is told under its own attempt; else the case goes
 * on under that attempt (null), unless a create may still appear.
 */
export function resolveIntent(post: PostCase, siteNow: number, context: SyncContext): PostOutcome | null {
  const { linked, wish, policy } = post
  const { intent } = linked
  if (intent === null) return null
  const found = post.post ?? null
  const effect = postEffect(linked, found)
  if (effect !== null) {
    const known = { ...noPost, id: found?.id ?? null, hashes: intent.hashes, slug: seenSlug(post) }
    const more = isPostDue(wish, known, policy)
    const audit = told({ ...post, attempt: intent.attempt }, context, 'updated', effect, {})
    return { case: post, linked: known, audit, result: more ? { kind: 'again' } : { kind: 'done', written: true } }
  }
  const age = siteNow - intent.siteTime
  if (intent.verb === 'create' && found === null && age <= context.timings.lateWrite)
    return { case: post, linked, audit: null, result: { kind: 'put-back', after: context.timings.lateWrite - age } }
  post.linked = { ...linked, id: linked.id ?? found?.id ?? null, intent: null }
  post.attempt = intent.attempt
  return null
}

/** As read just now, or as it was. */
function seenSlug({ post, linked, slug }: PostCase): string | null {
  return post ? hashSlug(post.slug, slug) : linked.slug
}

function told(
  { one, attempt, policy }: PostCase,
  context: SyncContext,
  status: AuditRow['status'],
  changes: readonly PostChange[],
  more: Partial<AuditRow>,
): AuditRow {
  const rows = changes.map(({ field, from, to }) => ({
    field: `post.${policy.type}.${field}` as const,
    from: from === undefined ? null : jsonText(from),
    to: jsonText(to),
  }))
  const plan: Case['plan'] = one.plan.verb === 'fail' ? { verb: 'none' } : one.plan
  return tell({ ...one, plan, attempt }, context, status, { changes: rows, reason: null, ...more })
}
