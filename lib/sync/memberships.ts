import type { Connection } from '../domain/connection.ts'
import type { SyncContext } from './context.ts'

/** The stream of a tenant's groups. */
export const groupsStream = 'groups'

/** For more people than this the groups are read in bulk: a question a person costs four units. */
const fewPeople = 50

/** Who is in which of the configured groups, nested ones too. */
export type Memberships = ReadonlyMap<string, readonly string[]>

type Kept = { memberships: Promise<Memberships>; at: number; place: string }

const kept = new WeakMap<Connection, Kept>()

/**
 * Memberships of a few people or of many. Ids in `later` couldn't be answered: milliseconds to wait.
 * @param notBefore ms since 1970: what was read earlier may be a lagging replica's
 */
export async function membershipsOf(
  context: SyncContext,
  connection: Connection,
  ids: readonly string[],
  notBefore = 0,
): Promise<{ found: Map<string, string[]>; later: Map<string, number> }> {
  if (connection.groups.length === 0 || ids.length === 0)
    return { found: new Map(ids.map((id) => [id, []])), later: new Map() }
  if (ids.length <= fewPeople) return await context.directory(connection).memberships(ids, connection.groups)
  const all = await loadMemberships(context, connection, notBefore)
  return { found: new Map(ids.map((id) => [id, [...(all.get(id.toLowerCase()) ?? [])]])), later: new Map() }
}

/**
 * Everybody in the configured groups. What was read is kept for `timings.membershipsFresh` while the groups stream stands still, but not where it
 * was read before `notBefore`.
 * @throws Terminal `group-missing`: a group that is gone is not an empty one
 */
export async function loadMemberships(
  context: SyncContext,
  connection: Connection,
  notBefore = 0,
): Promise<Memberships> {
  const place = await groupsPlace(context, connection)
  const known = kept.get(connection)
  const fresh = known && known.at >= notBefore && context.now() - known.at < context.timings.membershipsFresh
  if (fresh && known.place === place) return await known.memberships
  const memberships = readMemberships(context, connection)
  kept.set(connection, { memberships, at: context.now(), place })
  memberships.catch(() => kept.delete(connection))
  return await memberships
}

async function groupsPlace(context: SyncContext, connection: Connection): Promise<string> {
  const stored = await context.stores.checkpoints.read(connection.id, groupsStream)
  // Between two pages the place is a nextLink: what is loaded then must not pass for what holds between the next two.
  return stored?.row.deltaLink ?? stored?.row.nextLink ?? ''
}

/** People with the same groups share one list: 100,000 of them take a few megabytes. */
async function readMemberships(context: SyncContext, connection: Connection): Promise<Memberships> {
  const directory = context.directory(connection)
  const memberships = new Map<string, readonly string[]>()
  const lists = new Map<string, readonly string[]>()
  for (const group of connection.groups)
    for await (const page of directory.groupMembers(group))
      for (const id of page) {
        const before = memberships.get(id.toLowerCase()) ?? []
        if (before.at(-1) === group) continue
        const key = [...before, group].join(' ')
        const list = lists.get(key) ?? [...before, group]
        lists.set(key, list)
        memberships.set(id.toLowerCase(), list)
      }
  return memberships
}
