import { differences, marksOf, readMarks, writeMarks } from '../domain/app-role-marks.ts'
import type { Connection } from '../domain/connection.ts'
import { RetryLater } from '../domain/faults.ts'
import { idsPerMessage } from '../domain/look.ts'
import { appRolesStream, assignedMembers, readAssignments } from './app-roles.ts'
import type { SyncContext } from './context.ts'
import { queueMembers } from './flush-pages.ts'
import type { Reading } from './reading.ts'

/** What is assigned when an enumeration begins: taken before anybody's app roles are read, so that no change falls between. */
export async function beginAppRoles(context: SyncContext, connection: Connection, reading: Reading): Promise<void> {
  if (connection.roles.app === null || reading.dryRun) return
  await writePlace(context, connection, reading, writeMarks(marksOf(await readAssignments(context, connection))))
}

/**
 * Turns what changed in the assignments of app roles into ids of an increment: no delta query tells of them. Of people only the part of the
 * ids is known, a 256th of all; who of them has not changed costs no request to the site. False where everyone must be read.
 */
export async function followAppRoles(context: SyncContext, connection: Connection, reading: Reading): Promise<boolean> {
  if (connection.roles.app === null) return true
  const stored = await context.stores.checkpoints.read(connection.id, appRolesStream)
  if (!stored || stored.row.deltaLink === null) return false
  const before = readMarks(stored.row.deltaLink)
  const now = marksOf(await readAssignments(context, connection))
  const { prefixes, groups } = differences(before, now)
  for (const prefix of prefixes)
    for await (const ids of linkedWith(context, connection, prefix))
      await queueMembers(context, connection, reading, ids)
  for (const group of groups) {
    try {
      for await (const ids of assignedMembers(context, connection, group))
        await queueMembers(context, connection, reading, ids)
    } catch (error) {
      // Deleted, and its assignments with it: whose members were they?
      if (error instanceof RetryLater && !now.groups.has(group)) return false
      throw error
    }
  }
  if (!reading.dryRun && prefixes.length + groups.length > 0)
    await writePlace(context, connection, reading, writeMarks(now))
  return true
}

/** Object ids of everybody who was ever looked at and whose id begins so. */
async function* linkedWith(
  { stores }: SyncContext,
  { site, id }: Connection,
  prefix: string,
): AsyncGenerator<string[]> {
  let ids: string[] = []
  for await (const { objectId } of stores.links.fingerprints(site.id, id, prefix)) {
    if (!objectId.startsWith(prefix)) break
    if (ids.push(objectId) < idsPerMessage) continue
    yield ids
    ids = []
  }
  yield ids
}

async function writePlace(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  deltaLink: string,
): Promise<void> {
  const { checkpoints } = context.stores
  const stored = await checkpoints.read(connection.id, appRolesStream)
  const row = { ...reading.row, leaseOwner: null, leaseUntil: 0, sweptTo: null, groups: [], nextLink: null, deltaLink }
  await checkpoints.write(connection.id, appRolesStream, row, stored?.etag ?? null)
}
