import type { LeavingAction, LeavingPolicy, LeavingReason } from './leaving.ts'
import type { Link } from './link.ts'

/**
 * What becomes of the account of somebody who left, by the policy for this reason; null = nothing (more).
 * @param since when this reason was first seen, ms
 */
export function removalDue(
  policy: LeavingPolicy,
  state: Link['state'],
  since: number,
  now: number,
): LeavingAction | null {
  if (policy.action === 'leave') return null
  if (state !== 'suspended') return policy.action
  const delayOver = policy.deleteAfter !== null && now - since >= policy.deleteAfter
  return policy.action === 'delete' || delayOver ? 'delete' : null
}

/** Since when this reason holds: another reason begins anew. */
export function leavingSince(link: Link, reason: LeavingReason, now: number): number {
  return link.leaving?.reason === reason ? link.leaving.since : now
}

/**
 * When somebody who left must be looked at again by the mere passing of time; null = only when something changes. ms since 1970. What is
 * overdue and still undone (they are still soft-deleted, something is in the way) is looked at daily.
 * @param times `absenceConfirmed` and `softDeletedKept` of the timings
 */
export function nextLeavingLook(
  link: Pick<Link, 'state' | 'leaving'>,
  policies: Record<LeavingReason, LeavingPolicy>,
  times: { absenceConfirmed: number; softDeletedKept: number },
  now: number,
): number | null {
  const hasAccount = link.state === 'active' || link.state === 'suspended'
  if (link.leaving === null || !hasAccount) return null
  const { reason, since } = link.leaving
  const { action, deleteAfter } = policies[reason]
  const dues: number[] = []
  if (reason === 'absent' && (action === 'delete' || (action === 'suspend' && link.state === 'active')))
    dues.push(since + times.absenceConfirmed)
  if (action === 'suspend' && deleteAfter !== null && link.state === 'suspended') dues.push(since + deleteAfter)
  // Who is purged is told by nobody: the policy for the purged may say more than the one for the soft-deleted.
  if (reason === 'deleted' && policies.absent.action !== 'leave') dues.push(since + times.softDeletedKept)
  return dues.length === 0 ? null : Math.min(...dues.map((due) => (due > now ? due : now + times.absenceConfirmed)))
}
