import type { Connection } from '../domain/connection.ts'
import type { Checkpoint } from '../domain/cycle.ts'
import { Terminal } from '../domain/faults.ts'
import { readMarks } from '../domain/app-role-marks.ts'
import { appRolesStream } from './app-roles.ts'
import type { SyncContext } from './context.ts'
import { queueMembers } from './flush-pages.ts'
import { groupsStream, hasMemberships } from './memberships.ts'
import { DirectoryReset, type Directory, type GroupsPage } from './ports/directory.ts'
import type { Reading } from './reading.ts'

/**
 * The place in the groups stream from which an enumeration holds: taken before anybody's memberships are read, so that no change falls between. Only
 * whoever has the lease of the users stream writes this row.
 */
export async function beginGroups(context: SyncContext, connection: Connection, reading: Reading): Promise<void> {
  if (!hasMemberships(connection) || reading.dryRun) return
  const directory = context.directory(connection)
  let page: GroupsPage
  try {
    page = await directory.groupsPage(null)
  } catch (error) {
    // Then every cycle reads everybody, with their memberships.
    if (error instanceof Terminal && error.reason === 'delta-not-supported') return
    throw error
  }
  const nested = await withNested(directory, connection.groups)
  const groups = [...new Set([...nested, ...(await assignedGroups(context, connection))])].sort()
  await writePlace(context, connection, reading, { nextLink: page.nextLink, deltaLink: page.deltaLink, groups })
}

/**
 * Turns what changed in the configured groups, nested ones too, into ids of an increment, page by page. False where that can't be told from the
 * changes (a token that is no longer good, a nested group that was deleted and lists nobody any more): then everyone must be read.
 */
export async function followGroups(context: SyncContext, connection: Connection, reading: Reading): Promise<boolean> {
  if (!hasMemberships(connection)) return true
  const stored = await context.stores.checkpoints.read(connection.id, groupsStream)
  let link = stored?.row.nextLink ?? stored?.row.deltaLink ?? null
  if (!stored || link === null) return false
  const directory = context.directory(connection)
  const known = new Set([...stored.row.groups, ...(await assignedGroups(context, connection))])
  try {
    for (;;) {
      const page = await directory.groupsPage(link)
      for (const { removed, users, groups } of page.changes.filter((change) => known.has(change.group))) {
        if (removed) return false
        await queueMembers(context, connection, reading, users)
        for (const nested of groups) {
          for (const id of await withNested(directory, [nested])) known.add(id)
          for await (const members of directory.groupMembers(nested))
            await queueMembers(context, connection, reading, members)
        }
      }
      if (reading.dryRun) {
        if (page.nextLink === null) return true
      } else await writePlace(context, connection, reading, { ...page, groups: [...known] })
      if (page.nextLink === null) return true
      link = page.nextLink
    }
  } catch (error) {
    if (error instanceof DirectoryReset) return false
    // A group that was taken out of another one, and deleted since. The configured ones were there when the cycle began.
    if (error instanceof Terminal && error.reason === 'group-missing') return false
    throw error
  }
}

/** Groups that are assigned app roles, as the place of that stream says: it is brought up to date before. */
async function assignedGroups({ stores }: SyncContext, { id, roles }: Connection): Promise<string[]> {
  if (roles.app === null) return []
  const stored = await stores.checkpoints.read(id, appRolesStream)
  return [...readMarks(stored?.row.deltaLink ?? '').groups.keys()]
}

async function withNested(directory: Directory, groups: readonly string[]): Promise<string[]> {
  const nested = await Promise.all(groups.map((group) => directory.nestedGroups(group)))
  return [...new Set([...groups, ...nested.flat()])].sort()
}

async function writePlace(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  place: Pick<Checkpoint, 'nextLink' | 'deltaLink' | 'groups'>,
): Promise<void> {
  const { checkpoints } = context.stores
  const stored = await checkpoints.read(connection.id, groupsStream)
  const { nextLink, deltaLink, groups } = place
  const row: Checkpoint = {
    ...reading.row,
    leaseOwner: null,
    leaseUntil: 0,
    sweptTo: null,
    nextLink,
    deltaLink,
    groups,
  }
  await checkpoints.write(connection.id, groupsStream, row, stored?.etag ?? null)
}
