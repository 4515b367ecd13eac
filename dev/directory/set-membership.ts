import type { Entry, GroupEntry } from './entries.ts'
import { remember } from './history.ts'
import { addMembership, idOf, typeOf } from './memberships.ts'
import { behindUntil, type DirectoryState } from './state.ts'

/** Makes somebody a member, or no longer one; nothing where that is so already. */
export function setMembership(
  state: DirectoryState,
  group: GroupEntry,
  member: Entry | GroupEntry,
  present: boolean,
): void {
  const known = member.memberOf.find((other) => other.group === group)
  if ((known?.present ?? false) === present) return
  const now = Date.now()
  const until = behindUntil(state, now)
  const stale = known?.stale && known.stale.until > now ? known.stale : null
  const membership = known ?? addMembership(group, member)
  // The oldest state stays visible until all changes have arrived.
  membership.stale = until === null ? stale : { present: stale?.present ?? !present, until }
  membership.present = present
  state.membershipVersion++
  state.groupChanges.push({ group, membership, properties: null })
  const kind = present ? 'member-added' : 'member-removed'
  remember(state, { kind, id: idOf(member), group: group.group.id, values: { type: typeOf(member) } })
}
