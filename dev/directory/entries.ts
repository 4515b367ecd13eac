import type { Group } from './group.ts'
import type { Person } from './person.ts'

export type Status = 'active' | 'soft-deleted' | 'purged'

export type Entry = {
  /** Its place in `entries`. */
  position: number
  person: Person
  status: Status
  /** What reads by id still see until then; `person: null` = not there yet. */
  stale: { person: Person | null; status: Status; until: number } | null
  /** Memberships in groups, former ones too. */
  memberOf: Membership[]
}

export type GroupEntry = {
  /** Its place in `groups`. */
  position: number
  group: Group
  status: Status
  stale: { status: Status; until: number } | null
  memberOf: Membership[]
  /** Its members in the order in which they first came, former ones too: a place in this list is good for ever. */
  memberships: Membership[]
  /** Worked out for the listing of members; good for one version of all memberships, and while no replica catches up. */
  listed: Partial<Record<'direct' | 'transitive', { version: number; until: number; keys: number[] }>>
}

/** One object in one group, now or formerly. */
export type Membership = {
  group: GroupEntry
  member: Entry | GroupEntry
  present: boolean
  /** What reads still see until then. */
  stale: { present: boolean; until: number } | null
}

export const newEntry = (person: Person, position: number): Entry => ({
  position,
  person,
  status: 'active',
  stale: null,
  memberOf: [],
})

export const newGroupEntry = (group: Group, position: number): GroupEntry => ({
  position,
  group,
  status: 'active',
  stale: null,
  memberOf: [],
  memberships: [],
  listed: {},
})

/** The entry as a replica shows it now: a change can be invisible for a while. */
export function visible(entry: Entry, now: number): { person: Person | null; status: Status } {
  if (entry.stale && entry.stale.until <= now) entry.stale = null
  return entry.stale ?? entry
}

/** A group's status as a replica shows it now. */
export function visibleStatus(entry: GroupEntry, now: number): Status {
  if (entry.stale && entry.stale.until <= now) entry.stale = null
  return (entry.stale ?? entry).status
}
