import type { Policy } from './schedule.ts'

/**
 * Every I/O that the app does, by port and method; queues by their name without the site. The plan kills before and after each of them
 * in turn; what the app does beside these is counted too, and the report tells which of all were never hit.
 */
const ioPoints = [
  'directory.organizationId',
  'directory.countUsers',
  'directory.deltaPage',
  'directory.usersById',
  'directory.existing',
  'directory.memberships',
  'directory.checkGroups',
  'directory.groupMembers',
  'directory.nestedGroups',
  'directory.groupsPage',
  'site.discover',
  'site.probe',
  'site.readUsers',
  'site.findByEmail',
  'site.findByUsername',
  'site.write',
  'links.read',
  'links.write',
  'links.ownerOf',
  'links.fingerprints',
  'links.page',
  'links.removals',
  'links.readRemovals',
  'links.decide',
  'links.readGuard',
  'links.writeGuard',
  'links.writeGuarded',
  'links.scheduleLook',
  'links.dueLooks',
  'links.removeLooks',
  'checkpoints.read',
  'checkpoints.write',
  'checkpoints.putMessage',
  'checkpoints.removeMessage',
  'checkpoints.messages',
  'cycles.put',
  'cycles.read',
  'cycles.list',
  'cycles.add',
  'sites.readLane',
  'sites.writeLane',
  'sites.readBreaker',
  'sites.writeBreaker',
  'sites.readCapabilities',
  'sites.writeCapabilities',
  'sites.readVerify',
  'sites.writeVerify',
  'audit.write',
  ...['read-directory', 'drain', 'now', 'soon', 'bulk'].flatMap((queue) =>
    ['send', 'receive', 'delete'].map((method) => `queue ${queue}.${method}`),
  ),
  'queue now.anyVisible',
  'queue soon.anyVisible',
  'queue bulk.anyVisible',
  'queue now.approximateCount',
] as const

/** Those that such a run may come by. */
export function pointsOf(policy: Policy): string[] {
  const ofGroups = new Set(['memberships', 'checkGroups', 'groupMembers', 'nestedGroups', 'groupsPage'])
  return ioPoints.filter((point) => {
    const method = point.split('.')[1] ?? ''
    if (ofGroups.has(method)) return policy.group !== null
    return method !== 'existing' || policy.fulls
  })
}
