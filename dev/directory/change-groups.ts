import type { z } from 'zod'
import { AdminError } from './admin-error.ts'
import type { AdminGroup } from './admin-schemas.ts'
import { type Entry, type GroupEntry, newGroupEntry, type Status, visibleStatus } from './entries.ts'
import type { Group, newGroupSchema } from './group.ts'
import { remember } from './history.ts'
import { applyRules } from './dynamic-groups.ts'
import { idOf, memberFault } from './memberships.ts'
import { setMembership } from './set-membership.ts'
import { behindUntil, type DirectoryState, entryOf, groupOf } from './state.ts'

function existing(state: DirectoryState, id: string, ...allowed: Status[]): GroupEntry {
  const entry = groupOf(state, id)
  if (!entry) throw new AdminError(404, 'There is no group with this object id.')
  if (!allowed.includes(entry.status)) throw new AdminError(409, `This group is ${entry.status}.`)
  return entry
}

/** https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership: nobody adds or removes a member but the rule. */
function chosenByHand(entry: GroupEntry): GroupEntry {
  if (entry.group.rule) throw new AdminError(409, 'Members of a dynamic group are chosen by its rule only.')
  return entry
}

export function adminGroup({ status, group, memberships }: GroupEntry): AdminGroup {
  return { status, group, members: memberships.flatMap(({ present, member }) => (present ? [idOf(member)] : [])) }
}

export function createGroup(state: DirectoryState, wanted: z.infer<typeof newGroupSchema>): Group {
  const { id: given, members, ...rest } = wanted
  const id = (given ?? state.random.guid()).toLowerCase()
  if (state.groupsById.has(id) || state.positions.has(id)) throw new AdminError(409, 'This object id is taken.')
  const entry = newGroupEntry({ id, ...rest, createdDateTime: new Date().toISOString() }, state.groups.length)
  if (members.length > 0) chosenByHand(entry)
  const newcomers = membersFor(state, entry, members)
  state.groups.push(entry)
  state.groupsById.set(id, entry)
  moved(state, entry, 'purged', 'active')
  remember(state, { kind: 'group-created', id, group: id, values: { ...entry.group } })
  for (const member of newcomers) setMembership(state, entry, member, true)
  applyRules(state)
  return entry.group
}

export function renameGroup(state: DirectoryState, id: string, displayName: string): Group {
  const entry = existing(state, id, 'active')
  const before = { displayName: entry.group.displayName }
  if (before.displayName === displayName) return entry.group
  entry.group = { ...entry.group, displayName }
  state.groupChanges.push({ group: entry, membership: null, properties: ['displayName'] })
  const values = { displayName }
  const { id: group } = entry.group
  remember(state, { kind: 'group-updated', id: group, group, properties: ['displayName'], values, before })
  return entry.group
}

/** All or nothing; who is a member already stays one. */
export function addMembers(state: DirectoryState, id: string, members: readonly string[]): void {
  const entry = chosenByHand(existing(state, id, 'active'))
  for (const member of membersFor(state, entry, members)) setMembership(state, entry, member, true)
}

/** Who is no member is passed over. */
export function removeMembers(state: DirectoryState, id: string, members: readonly string[]): void {
  const entry = chosenByHand(existing(state, id, 'active'))
  for (const memberId of members) {
    const member = entryOf(state, memberId) ?? groupOf(state, memberId)
    if (!member) throw new AdminError(404, `There is no object with the id ${memberId}.`)
    setMembership(state, entry, member, false)
  }
}

/**
 * A security group is gone at once; a Microsoft 365 group can be restored until it is deleted once more.
 * https://learn.microsoft.com/graph/api/group-delete
 */
export function deleteGroup(state: DirectoryState, id: string): void {
  const entry = existing(state, id, 'active', 'soft-deleted')
  const soft = entry.group.kind === 'm365' && entry.status === 'active'
  const { id: group } = entry.group
  moved(state, entry, entry.status, soft ? 'soft-deleted' : 'purged')
  remember(state, { kind: 'group-deleted', id: group, group, values: { reason: soft ? 'changed' : 'deleted' } })
  if (!soft) leaveGroups(state, entry)
}

export function restoreGroup(state: DirectoryState, id: string): void {
  const entry = existing(state, id, 'soft-deleted')
  moved(state, entry, 'soft-deleted', 'active')
  remember(state, { kind: 'group-restored', id: entry.group.id, group: entry.group.id, values: { ...entry.group } })
}

/** What is purged is in no group any more. */
export function leaveGroups(state: DirectoryState, member: Entry | GroupEntry): void {
  for (const { group, present } of member.memberOf) if (present) setMembership(state, group, member, false)
}

function moved(state: DirectoryState, entry: GroupEntry, before: Status, after: Status): void {
  const now = Date.now()
  const until = behindUntil(state, now)
  visibleStatus(entry, now) // drops what is over
  if (until !== null) entry.stale = { status: entry.stale?.status ?? before, until }
  entry.status = after
  state.membershipVersion++
  state.groupChanges.push({ group: entry, membership: null, properties: null })
}

function membersFor(state: DirectoryState, group: GroupEntry, ids: readonly string[]): (Entry | GroupEntry)[] {
  return ids.map((id) => {
    const member = entryOf(state, id) ?? groupOf(state, id)
    if (!member) throw new AdminError(404, `There is no object with the id ${id}.`)
    if (member.status !== 'active') throw new AdminError(409, `The object ${id} is ${member.status}.`)
    const fault = memberFault(group, member)
    if (fault !== null) throw new AdminError(409, fault)
    return member
  })
}
