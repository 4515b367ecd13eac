import type { Connection } from '../../domain/connection.ts'
import { withRemovals } from '../../domain/deletion-guard.ts'
import type { Intent, Link } from '../../domain/link.ts'
import { isLeavingPlan } from '../../domain/plan.ts'
import type { LinkWrite } from '../ports/store.ts'
import { isRemoval, type LookResult, type WriteCase } from './case.ts'
import { guardOfLane, inTurn } from './guard-of-lane.ts'
import { isAnnounced } from './judge-removals.ts'
import type { Lane } from './lane.ts'

/** People whose intents fit into one transaction with the guard's row. */
const guardedAtOnce = 30

/**
 * Step 5: writes the intents, each on condition of step 1's ETag; whoever lost it looks again. A removal that the guard has to count is
 * counted in the same transaction, so that twenty workers together can't let more through than one.
 */
export async function announce(
  lane: Lane,
  connection: Connection,
  cases: readonly WriteCase[],
  results: Map<string, LookResult>,
): Promise<WriteCase[]> {
  const { context, settings } = lane
  const siteNow = context.now() + lane.site.clockOffset()
  // By the intent that was read: an open update that becomes a suspension was never counted.
  const counted = cases.filter((one) => isRemoval(one) && !one.approved && !one.look.dryRun && !isAnnounced(one))
  const others = cases.filter((one) => !counted.includes(one))
  for (const one of cases) one.link = withIntent(one, lane.epoch, siteNow)
  const etags = new Map<string, string>()
  if (others.length > 0)
    for (const [id, etag] of (await context.stores.links.write(settings.id, others.map(asWrite))).etags)
      etags.set(id, etag)
  for (let start = 0; start < counted.length; start += guardedAtOnce)
    for (const [id, etag] of await inTurn(lane, () =>
      announceCounted(lane, connection, counted.slice(start, start + guardedAtOnce)),
    ))
      etags.set(id, etag)
  return cases.filter((one) => {
    const id = one.look.objectId
    const etag = etags.get(id)
    if (etag === undefined) {
      results.set(id, { kind: 'again', status: null })
      return false
    }
    one.etag = etag
    if (!one.keepsRemoval) one.removal = null
    return true
  })
}

async function announceCounted(
  lane: Lane,
  connection: Connection,
  cases: readonly WriteCase[],
): Promise<Map<string, string>> {
  const { context, settings } = lane
  const { guard, etag, room } = await guardOfLane(lane, connection)
  // Somebody else was faster since it was judged: it is judged again.
  if (room < cases.length) return new Map()
  const next = withRemovals(guard, cases.length, context.now(), context.timings.guardWindow)
  const guarded = { connection: connection.id, guard: next, etag }
  return (await context.stores.links.writeGuarded(settings.id, cases.map(asWrite), guarded)).etags
}

function asWrite({ link, etag, removal, keepsRemoval }: WriteCase): LinkWrite {
  return { link, etag, ...(removal && !keepsRemoval && { removal: { drop: removal.etag } }) }
}

function withIntent(one: WriteCase, epoch: number, siteNow: number): Link {
  const { plan, link } = one
  const leaving = isLeavingPlan(plan) ? { reason: plan.reason, since: plan.since } : link.leaving
  const common = {
    attempt: one.attempt,
    epoch,
    username: plan.username,
    email: plan.email,
    wordpressId: plan.account?.id ?? null,
    // The first try's time stays: its account may be registered at any moment after that.
    siteTime: link.intent?.siteTime ?? siteNow,
  }
  // Photos go before their account: whatever becomes of the deletion, nobody may think that it is still there.
  const photo = plan.verb === 'delete' ? null : link.photo
  const removal = one.keepsRemoval ? link.removal : null
  return { ...link, leaving, removal, photo, intent: { ...common, ...effectOf(one) } }
}

/** What the intent will have done, for whoever finds it open. */
function effectOf({ plan, link }: WriteCase): Pick<Intent, 'verb' | 'hashes' | 'roles' | 'reason'> {
  if (isLeavingPlan(plan)) {
    // Where the roles were gone before, that they are gone shows nothing.
    const roles = plan.again ? null : plan.taken
    return { verb: plan.verb, hashes: link.hashes, roles, reason: plan.reason }
  }
  const roles = plan.verb === 'restore' ? (plan.roles ?? plan.account?.roles ?? []) : null
  return { verb: plan.verb, hashes: plan.hashes, roles, reason: plan.verb === 'demote' ? plan.reason : null }
}
