import { attemptOf, newAttempt } from '../../domain/attempt.ts'
import { marksDiffer } from '../../domain/companion.ts'
import { planUser, type PlanPolicy } from '../../domain/plan.ts'
import { withCompanion } from '../../domain/plan-companion.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { isWrite, type Case, type LookResult } from './case.ts'
import { effectOnly } from './effect-only.ts'
import type { Lane } from './lane.ts'
import { planTakenOver } from './read-accounts.ts'

/** Step 4 for one case: the plan, and the attempt that it is told under. */
export function planCase(one: Case, lane: Lane, policy: PlanPolicy, isProtected: (account: SiteUser) => boolean): void {
  const { link, takeOver, visible } = one
  const known = planTakenOver(one)
  if (known && one.fault) one.unfinished = true
  const faulty = one.fault && one.standing.kind === 'here' ? ({ verb: 'fail', ...one.fault } as const) : null
  const bare = known ?? faulty ?? planUser({ ...one, policy, isProtected, now: lane.context.now() })
  one.plan = withCompanion(bare, { ...one, isProtected })
  // A plan of its own, which says nothing else.
  if (one.plan.verb === 'demote' && marksDiffer(link, one.marks)) one.unfinished = true
  // The write that nobody heard of did happen, and something else is to be done now: tell it first, then look again.
  if (takeOver && visible && one.plan.verb !== link.intent?.verb) effectOnly(one)
  one.attempt = link.intent?.attempt ?? attemptFor(one, lane)
}

/**
 * The person's state changed while a request of ours may still be running on the site: an account in the making, or one that is being
 * taken away or given back. Nobody can tell yet what there is.
 */
export function mayStillAppear(one: Case, lane: Lane, results: Map<string, LookResult>): boolean {
  const { intent } = one.link
  if (!one.takeOver || !intent || one.visible || one.plan.verb === intent.verb) return false
  if (intent.verb === 'update' || intent.verb === 'adopt' || intent.verb === 'demote') return false
  if (intent.verb === 'create' && (one.account || isWrite(one))) return false
  const age = lane.context.now() + lane.site.clockOffset() - intent.siteTime
  if (age > lane.context.timings.lateWrite) return false
  results.set(one.look.objectId, { kind: 'put-back', after: lane.context.timings.lateWrite - age })
  return true
}

function attemptFor(one: Case, lane: Lane): string {
  if (isWrite(one)) return newAttempt(lane.context.now(), lane.context.randomId())
  return attemptOf(one.look.signal, one.look.objectId, one.fingerprint, JSON.stringify(one.plan))
}
