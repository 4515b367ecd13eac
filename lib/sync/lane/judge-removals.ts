import { attemptOf, timeStamp } from '../../domain/attempt.ts'
import type { Connection } from '../../domain/connection.ts'
import type { Removal } from '../../domain/leaving.ts'
import type { Link } from '../../domain/link.ts'
import type { Look } from '../../domain/look.ts'
import type { RemovalPlan } from '../../domain/plan.ts'
import type { SyncContext } from '../context.ts'
import { tripGuard, type GuardState } from '../guard-state.ts'
import { isRemoval, type Case, type RemovalCase } from './case.ts'
import { findHeir } from './find-heir.ts'
import { guardOfLane, peopleOf } from './guard-of-lane.ts'
import type { Lane } from './lane.ts'

/**
 * Decides for each removal whether it may go now; those that may not become plans to hold. Those of a cycle wait until everybody else is
 * settled and are judged together (judge-cycle.ts), and so do those that time brings about, with the next cycle; what was notified or asked
 * for is judged here, one by one.
 */
export async function judgeRemovals(lane: Lane, connection: Connection, cases: readonly Case[]): Promise<void> {
  const { context } = lane
  let state: GuardState | null = null
  let going = 0
  let beyond = 0
  for (const one of cases.filter(isRemoval)) {
    // A dry run tells who would go; the guard is told of nobody.
    const free = isAnnounced(one) || one.look.dryRun
    const known = waitingFor(one)
    // Before anything else: a decision must not be lost because the heir is missing.
    if (!free && (known?.state === 'held' || known?.state === 'rejected')) {
      hold(one, null)
      continue
    }
    if (one.plan.verb === 'delete' && one.plan.account !== null) {
      const heir = await findHeir(lane, connection)
      if (!heir.ok) {
        Object.assign(one, { plan: { verb: 'fail', code: heir.code, message: heir.message } })
        continue
      }
      one.heir = heir.id
    }
    if (free) continue
    if (known && isApproved(known, context)) one.approved = true
    else if (known && waitsForCycle(known, one.look)) hold(one, null)
    else if (known?.state !== 'released' && !isAlone(one)) hold(one, removalOf(one, 'candidate', context))
    else {
      state ??= await guardOfLane(lane, connection)
      if (going < state.room) going++
      else {
        hold(one, removalOf(one, 'held', context), true)
        beyond++
      }
    }
  }
  if (state && beyond > 0) {
    const people = await peopleOf(lane, connection)
    await tripGuard(context, connection, people, state.limit - state.room + going + beyond)
  }
}

/** Its cycle judges it, or has judged it, and has a message under way that carries it out: a second look is not that one. */
function waitsForCycle({ state, cycle }: Removal, look: Look): boolean {
  if (state === 'released') return look.trigger === 'second-look' && look.cycle === null
  return state === 'candidate' && (look.cycle === null || look.cycle === cycle)
}

/** Asked for by itself. What time brings about (a second absence, a deletion that was put off) may come to many at once, as a cycle does. */
function isAlone({ look }: RemovalCase): boolean {
  return look.trigger === 'notification' || look.trigger === 'on-demand' || look.trigger === 'approval'
}

/** Its intent stands already, or all of it is done but the flag: the guard has counted it. */
export function isAnnounced({ takeOver, link, plan }: RemovalCase): boolean {
  if (plan.verb === 'suspend' && plan.again) return true
  return takeOver && link.intent?.verb === plan.verb
}

/** What waits for exactly this: person, action and reason. Anything else is void. */
function waitingFor({ removal, plan }: RemovalCase): Removal | null {
  const row = removal?.removal
  return row && row.action === plan.verb && row.reason === plan.reason ? row : null
}

function isApproved({ state, decidedAt }: Removal, { now, timings }: SyncContext): boolean {
  return state === 'approved' && decidedAt !== null && now() - decidedAt < timings.approvalLapses
}

function removalOf(one: RemovalCase, state: 'candidate' | 'held', { now }: SyncContext): Removal {
  const { look, plan, link } = one
  const known = waitingFor(one)
  // An approval that lapsed is over: whoever waits again is told of again.
  const since = known && known.state !== 'approved' ? known.since : now()
  return {
    connection: look.connection,
    objectId: look.objectId,
    action: plan.verb,
    reason: plan.reason,
    state,
    // Without a cycle: with the next one to begin. Ids of cycles begin with their time.
    cycle: look.cycle ?? (state === 'candidate' ? timeStamp(now()) : null),
    wordpressId: link.wordpressId ?? 0,
    login: link.login ?? '',
    since,
    decidedAt: null,
  }
}

function hold(one: Case & { plan: RemovalPlan }, removal: Removal | null, tell = false): void {
  const { look, plan } = one
  // Who stays has everything else kept up to date; the look after that comes back here, with nothing else to do.
  if (plan.verb === 'demote' && plan.apart) {
    Object.assign(one, { plan: plan.apart, keepsRemoval: true })
    return
  }
  const { verb, reason } = plan
  const leaving: Link['leaving'] = verb === 'demote' ? null : { reason: plan.reason, since: plan.since }
  Object.assign(one, {
    plan: { verb: 'hold', removal, tell, reason, leaving },
    // No intent keeps it: whoever dies before the row is written tells the same once more, under the same name.
    attempt: attemptOf(look.signal, look.objectId, 'held', verb, reason),
  })
}
