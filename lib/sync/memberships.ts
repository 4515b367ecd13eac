import type { Connection } from '../domain/connection.ts'
import { appRolesStream, loadAppRoles } from './app-roles.ts'
import type { SyncContext } from './context.ts'

/** The stream of a tenant's groups. */
export const groupsStream = 'groups'

/** True where groups decide on somebody: those that the configuration names, or those that are assigned app roles. */
export function hasMemberships({ groups, roles }: Connection): boolean {
  return groups.length > 0 || roles.app !== null
}

/** For more people than this the groups are read in bulk: a question a person costs four units. */
const fewPeople = 50

/** Who is in which of the configured groups, nested ones too, and has which of the app roles; by small letters. */
export type Memberships = { of(id: string): readonly string[] }

type Lists = ReadonlyMap<string, readonly string[]>
type Kept = { lists: Promise<Lists>; at: number; place: string }
type Load = (context: SyncContext, connection: Connection) => Promise<Lists>

const keptGroups = new WeakMap<Connection, Kept>()
const keptAppRoles = new WeakMap<Connection, Kept>()

/**
 * Memberships of a few people or of many. Ids in `later` couldn't be answered: milliseconds to wait. App roles are always read for
 * everybody: a question a person would need a permission that reads the whole directory.
 * @param notBefore ms since 1970: what was read earlier may be a lagging replica's
 */
export async function membershipsOf(
  context: SyncContext,
  connection: Connection,
  ids: readonly string[],
  notBefore = 0,
): Promise<{ found: Map<string, string[]>; later: Map<string, number> }> {
  const empty = { found: new Map(ids.map((id) => [id, []])), later: new Map() }
  if (ids.length === 0) return empty
  const appRoles = await appRolesOf(context, connection, notBefore)
  const groups =
    connection.groups.length === 0
      ? empty
      : ids.length <= fewPeople
        ? await context.directory(connection).memberships(ids, connection.groups)
        : await inBulk(context, connection, ids, notBefore)
  const all = [...groups.found].map(([id, theirs]): [string, string[]] => [
    id,
    [...theirs, ...(appRoles.get(id.toLowerCase()) ?? [])],
  ])
  return { found: new Map(all), later: groups.later }
}

/**
 * Everybody in the configured groups, and with app roles. What was read is kept for `timings.membershipsFresh` while the places of both streams
 * stand still, but not where it was read before `notBefore`.
 * @throws Terminal `group-missing`: a group that is gone is not an empty one
 */
export async function loadMemberships(
  context: SyncContext,
  connection: Connection,
  notBefore = 0,
): Promise<Memberships> {
  const appRoles = await appRolesOf(context, connection, notBefore)
  const groups = await groupsOf(context, connection, notBefore)
  return { of: (id) => [...(groups.get(id.toLowerCase()) ?? []), ...(appRoles.get(id.toLowerCase()) ?? [])] }
}

async function inBulk(context: SyncContext, connection: Connection, ids: readonly string[], notBefore: number) {
  const groups = await groupsOf(context, connection, notBefore)
  const found = new Map(ids.map((id) => [id, [...(groups.get(id.toLowerCase()) ?? [])]]))
  return { found, later: new Map<string, number>() }
}

async function groupsOf(context: SyncContext, connection: Connection, notBefore: number): Promise<Lists> {
  if (connection.groups.length === 0) return new Map()
  return await keptIn(keptGroups, context, connection, notBefore, readGroups)
}

async function appRolesOf(context: SyncContext, connection: Connection, notBefore: number): Promise<Lists> {
  if (connection.roles.app === null) return new Map()
  return await keptIn(keptAppRoles, context, connection, notBefore, loadAppRoles)
}

async function keptIn(
  kept: WeakMap<Connection, Kept>,
  context: SyncContext,
  connection: Connection,
  notBefore: number,
  load: Load,
): Promise<Lists> {
  const place = await placeOf(context, connection)
  const known = kept.get(connection)
  const fresh = known && known.at >= notBefore && context.now() - known.at < context.timings.membershipsFresh
  if (fresh && known.place === place) return await known.lists
  const lists = load(context, connection)
  kept.set(connection, { lists, at: context.now(), place })
  lists.catch(() => kept.delete(connection))
  return await lists
}

async function placeOf({ stores }: SyncContext, { id, roles }: Connection): Promise<string> {
  const streams = roles.app === null ? [groupsStream] : [groupsStream, appRolesStream]
  const rows = await Promise.all(streams.map((stream) => stores.checkpoints.read(id, stream)))
  // Between two pages the place is a nextLink: what is loaded then must not pass for what holds between the next two.
  return rows.map((stored) => stored?.row.deltaLink ?? stored?.row.nextLink ?? '').join('\n')
}

/** People with the same groups share one list: 100,000 of them take a few megabytes. */
async function readGroups(context: SyncContext, connection: Connection): Promise<Lists> {
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
