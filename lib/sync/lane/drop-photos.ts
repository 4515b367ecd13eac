import type { WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

/**
 * Simple Local Avatars leaves its file behind when an account is deleted, and afterwards nobody could tell whose it was: so it goes before, under
 * the attempt of the deletion. The companion, BuddyPress and BuddyBoss see to it themselves.
 */
export async function dropPhotos(lane: Lane, cases: readonly WriteCase[]): Promise<void> {
  const going = cases.filter(({ plan, link }) => plan.verb === 'delete' && plan.account !== null && link.photo !== null)
  if (going.length === 0 || !(await lane.capabilities()).photoTargets.includes('simple-local-avatars')) return
  await Promise.all(going.map(({ attempt, plan }) => lane.site.removePhoto({ attempt, id: plan.account!.id })))
}
