import type { Entry, GroupEntry } from './entries.ts'
import { setMembership } from './set-membership.ts'
import type { DirectoryState } from './state.ts'

/**
 * Members of dynamic groups as their rules say: by a change of a person, or of all people where the rules of the whole tenant run again. In
 * Graph that comes later than the change, here at once or (`rulesWait`) when it is asked for.
 * https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership
 */
export function applyRules(state: DirectoryState, people: readonly Entry[] = state.entries): void {
  if (state.rulesWait) return
  for (const group of state.groups)
    if (group.group.rule !== null && group.status === 'active')
      for (const entry of people) applyRule(state, group, entry)
}

function applyRule(state: DirectoryState, group: GroupEntry, entry: Entry): void {
  const { rule } = group.group
  // Soft-deleted people keep their memberships.
  if (rule === null || entry.status !== 'active') return
  const value: unknown = Reflect.get(entry.person, rule.property)
  // Texts are compared without case.
  const takes = typeof value === 'string' && value.toLowerCase() === rule.equals.toLowerCase()
  setMembership(state, group, entry, takes)
}
