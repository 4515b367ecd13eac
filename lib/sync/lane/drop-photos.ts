import type { WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

/**
 * Simple Local Avatars leaves its files behind when an account is deleted, and only knows of the sizes that it made as long as the account is
 * there: so they go before, under the attempt of the deletion. The link says since the intent that there is no photo. The companion, BuddyPress
 * and BuddyBoss see to it themselves.
 */
export async function dropPhotos(lane: Lane, cases: readonly WriteCase[]): Promise<void> {
  const going = cases.filter(({ plan }) => plan.verb === 'delete' && plan.account !== null)
  if (going.length === 0 || !(await lane.capabilities()).photoTargets.includes('simple-local-avatars')) return
  await Promise.all(going.map(({ attempt, plan }) => lane.site.removePhoto({ attempt, id: plan.account!.id })))
}
