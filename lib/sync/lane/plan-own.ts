import { hasCompanion } from '../../domain/companion.ts'
import { planJoin, withCompanionValues } from '../../domain/plan-companion.ts'
import type { Plan } from '../../domain/plan.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { planExisting } from '../../domain/write-plan.ts'
import type { WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

/** The plan that makes an account that is there the case's own. Somebody of the site's network who is not on the site joins it first. */
export function planOwn(
  one: WriteCase,
  verb: 'create' | 'adopt',
  account: SiteUser,
  /** Roles that were taken from the account when its last owner left. */
  remembered: readonly string[] | null = null,
): Plan {
  if (!one.desired?.ok) throw new Error('an account for somebody who was not mapped')
  if (account.outside) return planJoin(verb, account)
  // A dry run has no second look: it tells at once what the account would lose.
  const roles = one.look.dryRun ? { ...one.roles, guarded: [] } : one.roles
  return withCompanionValues(planExisting(verb, account, one.desired, roles, remembered), one)
}

/**
 * The account that was this person's before and was taken off the site: in a network it outlives that, and nobody else may have it. null
 * where neither of the two accounts is that.
 */
export async function findFormer(
  lane: Lane,
  { look }: WriteCase,
  accounts: readonly (SiteUser | null)[],
): Promise<SiteUser | null> {
  const site = await lane.capabilities()
  if (!site.multisite || !hasCompanion(site)) return null
  for (const account of accounts) {
    const owner = account && (await lane.context.stores.links.ownerOf(lane.settings.id, account.id))
    if (owner?.connection === look.connection && owner.objectId === look.objectId) return account
  }
  return null
}
