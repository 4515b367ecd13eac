import { queueNames, type Policy } from './schedule.ts'

/**
 * Every I/O that the app does, by port and method; queues by their name without the site. The plan kills before and after each of them
 * in turn; what the app does beside these is counted too, and the report tells which of all were never hit.
 */
const ioPoints: readonly string[] = [
  'directory.organizationId',
  'directory.countUsers',
  'directory.deltaPage',
  'directory.listPage',
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
  ...queueNames.flatMap((queue) => ['send', 'receive', 'delete'].map((method) => `queue ${queue}.${method}`)),
  ...queueNames.flatMap((queue) => ['send', 'receive'].map((method) => `queue ${queue}-poison.${method}`)),
  ...['now', 'soon', 'bulk'].flatMap((queue) => [`queue ${queue}.anyVisible`, `queue ${queue}.approximateCount`]),
]

/** What a process does again and again while nothing happens: a death at any I/O is none of these, or it would always be one. */
export const idlePoints: ReadonlySet<string> = new Set([
  'queue read-directory.receive',
  'queue drain.receive',
  ...queueNames.map((queue) => `queue ${queue}-poison.receive`),
  ...['now', 'soon', 'bulk'].map((queue) => `queue ${queue}.approximateCount`),
  'sites.readLane',
  'sites.readBreaker',
  'sites.readVerify',
  'links.dueLooks',
  'cycles.list',
])

/** Those that only such runs come by, by what the run is about. */
const rare: Record<string, string[]> = {
  exodus: ['removals', 'readRemovals', 'decide', 'readGuard', 'writeGuard', 'writeGuarded'].map(
    (name) => `links.${name}`,
  ),
  strangers: ['site.findByEmail', 'site.findByUsername', 'links.ownerOf', 'links.fingerprints', 'links.scheduleLook'],
  swaps: ['site.findByEmail', 'links.ownerOf', 'links.scheduleLook', 'site.readUsers'],
  storms: ['site.probe', 'site.discover', 'sites.writeBreaker', 'sites.readBreaker', 'sites.writeCapabilities'],
  days: [
    ...['links.scheduleLook', 'links.dueLooks', 'links.removeLooks', 'links.page'],
    ...['sites.writeVerify', 'sites.readVerify', 'directory.existing', 'directory.countUsers'],
  ],
  groups: ['memberships', 'checkGroups', 'groupMembers', 'nestedGroups', 'groupsPage'].map(
    (name) => `directory.${name}`,
  ),
  vandal: [
    ...queueNames.map((queue) => `queue ${queue}-poison.send`),
    ...['checkpoints.removeMessage', 'queue bulk.send', 'queue bulk.delete', 'queue now.delete'],
  ],
  flapping: ['directory.usersById', 'links.read', 'checkpoints.putMessage', 'queue soon.send'],
  joiners: ['queue now.delete', 'queue bulk.delete', 'checkpoints.removeMessage', 'directory.countUsers'],
}

/** Points at which a run's processes may die: those that few other runs come by, and any. */
export function pointsOf(policy: Policy, motifs: readonly string[]): { own: string[]; any: string[] } {
  const ofGroups = new Set(rare['groups'])
  const own = motifs.flatMap((name) => rare[name] ?? [])
  if (policy.fulls) own.push('directory.existing', 'queue bulk.send', 'queue bulk.delete')
  if (!policy.delta) own.push('directory.listPage')
  const any = ioPoints.filter((point) => policy.group !== null || !ofGroups.has(point))
  return { own, any }
}

/** What only days bring, and what comes seldom otherwise: points of deaths in the days at the end. */
export const dayPoints: readonly string[] = [
  ...['links.read', 'links.write', 'site.findByEmail', 'site.readUsers', 'directory.usersById', 'directory.listPage'],
  ...['links.page', 'links.removeLooks', 'links.dueLooks', 'links.scheduleLook', 'links.decide', 'links.ownerOf'],
  ...['sites.writeVerify', 'directory.existing', 'site.write', 'links.writeGuard', 'links.writeGuarded'],
  ...['queue soon.delete', 'queue soon.send', 'queue now.send', 'queue soon.anyVisible', 'queue bulk.anyVisible'],
]
