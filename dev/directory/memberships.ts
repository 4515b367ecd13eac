import { type Entry, type GroupEntry, type Membership, visible, visibleStatus } from './entries.ts'
import type { DirectoryState } from './state.ts'

export const isGroup = (member: Entry | GroupEntry): member is GroupEntry => 'group' in member
export const idOf = (member: Entry | GroupEntry): string => (isGroup(member) ? member.group.id : member.person.id)
export const typeOf = (member: Entry | GroupEntry): 'user' | 'group' => (isGroup(member) ? 'group' : 'user')

/** A new membership, in both directions. The caller knows that there was none. */
export function addMembership(group: GroupEntry, member: Entry | GroupEntry): Membership {
  const membership: Membership = { group, member, present: true, stale: null }
  group.memberships.push(membership)
  member.memberOf.push(membership)
  return membership
}

/** Why this can't be a member of that group, or null. https://learn.microsoft.com/graph/api/group-post-members */
export function memberFault(group: GroupEntry, member: Entry | GroupEntry): string | null {
  if (!isGroup(member)) return null
  if (member === group) return 'A group cannot be a member of itself.'
  if (group.group.rule) return 'A dynamic group cannot have groups as members.'
  if (group.group.kind === 'm365') return 'A Microsoft 365 group cannot have groups as members.'
  if (member.group.kind === 'm365') return 'A Microsoft 365 group cannot be a member of a group.'
  return null
}

function isPresent(membership: Membership, now: number): boolean {
  if (membership.stale && membership.stale.until <= now) membership.stale = null
  return (membership.stale ?? membership).present
}

const isActive = (member: Entry | GroupEntry, now: number): boolean =>
  (isGroup(member) ? visibleStatus(member, now) : visible(member, now).status) === 'active'

/** Groups that a replica shows an object in, nested ones too. */
export function groupsAround(member: Entry | GroupEntry, now: number): Set<GroupEntry> {
  const found = new Set<GroupEntry>()
  const open: (Entry | GroupEntry)[] = [member]
  for (const current of open)
    for (const membership of current.memberOf) {
      const { group } = membership
      if (found.has(group) || !isPresent(membership, now) || !isActive(group, now)) continue
      found.add(group)
      open.push(group)
    }
  return found
}

/** The place of a member in lists: groups first, then people. It never changes, so a nextLink survives every change. */
const keyOf = (member: Entry | GroupEntry): number => (isGroup(member) ? -1 - member.position : member.position)

const memberAt = (state: DirectoryState, key: number): Entry | GroupEntry | undefined =>
  key < 0 ? state.groups[-1 - key] : state.entries[key]

/** Keys of all members, in order, soft-deleted people included. A group with 50,000 is walked once, not once a page. */
function listedKeys(state: DirectoryState, group: GroupEntry, depth: 'direct' | 'transitive', now: number): number[] {
  const known = group.listed[depth]
  if (known && known.version === state.membershipVersion && known.until > now) return known.keys
  const found = new Set<Entry | GroupEntry>()
  const open = [group]
  let until = Number.POSITIVE_INFINITY
  for (const current of open)
    for (const membership of current.memberships) {
      const { member } = membership
      const present = isPresent(membership, now)
      if (membership.stale) until = Math.min(until, membership.stale.until)
      if (!present || found.has(member)) continue
      if (!isGroup(member)) found.add(member)
      // In a cycle the group itself is not listed.
      else if (member !== group) {
        const active = isActive(member, now)
        if (member.stale) until = Math.min(until, member.stale.until)
        if (!active) continue
        found.add(member)
        if (depth === 'transitive') open.push(member)
      }
    }
  const keys = [...found].map(keyOf).sort((a, b) => a - b)
  group.listed[depth] = { version: state.membershipVersion, until, keys }
  return keys
}

export type MemberQuery = {
  depth: 'direct' | 'transitive'
  cast: 'user' | 'group' | null
  /** Key of the last member that was shown; null = from the start. */
  after: number | null
  top: number
}

/** One page of a group's members as a replica shows them; soft-deleted people aren't. `next` = null after the last page. */
export function membersPage(
  state: DirectoryState,
  group: GroupEntry,
  { depth, cast, after, top }: MemberQuery,
  now: number,
): { members: (Entry | GroupEntry)[]; next: number | null } {
  const keys = listedKeys(state, group, depth, now)
  const members: (Entry | GroupEntry)[] = []
  let next = after ?? Number.NEGATIVE_INFINITY
  if (cast === 'user') next = Math.max(next, -1)
  for (let index = firstAbove(keys, next); index < keys.length; index++) {
    const key = keys[index] ?? 0
    if (cast === 'group' && key >= 0) break
    const member = memberAt(state, key)
    if (!member || !isActive(member, now)) continue
    if (members.length === top) return { members, next }
    members.push(member)
    next = key
  }
  return { members, next: null }
}

/** Index of the first key above `limit`. */
function firstAbove(keys: readonly number[], limit: number): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] ?? 0) > limit) high = middle
    else low = middle + 1
  }
  return low
}
