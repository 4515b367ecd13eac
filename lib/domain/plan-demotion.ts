import type { Change, FieldHashes, Link } from './link.ts'
import { rolesWith, siteDefault, takesGuarded, withHash, type ManagedRoles } from './managed-roles.ts'
import type { FieldValues, SiteUser } from './site-user.ts'
import { writePlan, type WritePlan } from './write-plan.ts'

/** A plan that takes all roles by rules from somebody who stays: the deletion guard judges it like a suspension. */
export type DemotionPlan = {
  verb: 'demote'
  account: SiteUser
  username: string
  email: string
  reason: 'no-mapped-role'
  values: FieldValues
  /** All roles as they shall be; null = they are so already. */
  roles: string[] | null
  changes: Change[]
  hashes: FieldHashes
  /** What else is to be done: goes on whatever becomes of the roles. null = nothing. */
  apart: WritePlan | null
}

/**
 * null where nobody loses anything that counts: a rule still takes them, the roles aren't there, or are the site's default ones of a new
 * account. An address goes first, by itself: whoever has it may have to be asked.
 * @param hashes of the values and the roles as they will be
 */
export function planDemotion(
  link: Link,
  account: SiteUser,
  candidates: FieldValues,
  roles: ManagedRoles,
  hashes: FieldHashes,
): DemotionPlan | WritePlan | null {
  if (link.hashes.roles === siteDefault || !takesGuarded(roles, account.roles)) return null
  const { username } = account
  const before = withHash(hashes, link.hashes.roles)
  const fields = writePlan('update', account, username, candidates, account.roles, before)
  const apart: WritePlan | null = fields.changes.length > 0 ? { ...fields, unfinished: true } : null
  if (apart?.values.email !== undefined) return apart
  const whole = writePlan('update', account, username, candidates, rolesWith(roles, account.roles), hashes)
  return { ...whole, verb: 'demote', account, reason: 'no-mapped-role', apart }
}
