/**
 * Why somebody no longer belongs on the site. disabled: `accountEnabled` is false. deleted: soft-deleted, restorable for 30 days.
 * absent: the directory knows nobody by that id any more. out-of-scope: neither group nor filter takes them.
 */
export const leavingReasons = ['disabled', 'deleted', 'absent', 'out-of-scope'] as const
export type LeavingReason = (typeof leavingReasons)[number]

export type LeavingAction = 'suspend' | 'delete'

/** What the guard counts. demote: somebody who belongs on the site loses all roles that they had by rules. */
export const removalActions = ['suspend', 'delete', 'demote'] as const
export type RemovalAction = (typeof removalActions)[number]

/** no-mapped-role: no rule gives them a role any more. */
export const removalReasons = [...leavingReasons, 'no-mapped-role'] as const
export type RemovalReason = (typeof removalReasons)[number]

/** What becomes of the account. `deleteAfter`: milliseconds after which a suspended one is deleted; null = never. */
export type LeavingPolicy = { action: LeavingAction | 'leave'; deleteAfter: number | null }

/** One removal that waits for a judgement, or for an operator. */
export type Removal = {
  connection: string
  objectId: string
  action: RemovalAction
  reason: RemovalReason
  /**
   * candidate: waits until its cycle is read and everybody else is settled. released: judged to be within the limit. held: beyond it,
   * an operator decides. approved, rejected: they did.
   */
  state: 'candidate' | 'released' | 'held' | 'approved' | 'rejected'
  /** The cycle that it is judged with; null = judged alone. */
  cycle: string | null
  wordpressId: number
  login: string
  /** ms since 1970: first seen, and last decided by guard or operator. */
  since: number
  decidedAt: number | null
}
