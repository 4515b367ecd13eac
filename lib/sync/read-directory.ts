import { timeOfStamp } from '../domain/attempt.ts'
import type { Connection } from '../domain/connection.ts'
import { Conflict, RetryLater, Terminal } from '../domain/faults.ts'
import type { ReadMessage } from '../domain/look.ts'
import { beginCycle, claimReading, restartCycle, type Reading } from './reading.ts'
import { connectionOf, type SyncContext } from './context.ts'
import { followReports } from './follow-reports.ts'
import { createEnumerationFilter } from './enumeration-filter.ts'
import { beginAppRoles, followAppRoles } from './follow-app-roles.ts'
import { beginGroups, followGroups } from './follow-groups.ts'
import { emptyBuffer, flushPages } from './flush-pages.ts'
import { DirectoryReset, type DeltaPage } from './ports/directory.ts'
import { settleCycle } from './settle-cycle.ts'
import { sweepLinks } from './sweep-links.ts'

/**
 * Follows a tenant's pages for up to `timings.readerRun`, then sends itself again. The Checkpoint has the place; each advance is
 * conditional on its ETag and comes after the ids of the pages are durably queued. So it can be killed anywhere and started twice:
 * pages are read again, ids are queued again, and nothing is lost.
 */
export async function readDirectory(context: SyncContext, message: ReadMessage): Promise<void> {
  const connection = connectionOf(context, message.connection)
  if (!connection) return context.log('warn', 'no such connection', { connection: message.connection })
  const claim = await claimReading(context, connection, message)
  if (claim.kind === 'busy') return
  if (claim.kind === 'yield') return await sendRead(context, message, context.timings.configurationYield)
  const { reading } = claim
  try {
    const finished = await followOrStop(context, connection, reading)
    if (finished === null) return
    if (finished) return await settleCycle(context, connection.id, reading.cycle)
    await reading.release()
    await sendRead(context, nextOf(reading, connection))
  } catch (error) {
    // Somebody else reads now, from where the row stands.
    if (!(error instanceof Conflict)) throw error
  }
}

/** Asks for a cycle, or for the next pages of the one under way. */
export async function sendRead(context: SyncContext, message: ReadMessage, delay = 0): Promise<void> {
  await context.queues.queue('read-directory').send(JSON.stringify(message), delay)
}

/** Goes on with the cycle under way. */
function nextOf(reading: Reading, { id }: Connection): ReadMessage {
  return reading.dryRun ? { connection: id, dryRun: true } : { connection: id }
}

/** As {@link follow}; null where the directory can't be read for now. */
async function followOrStop(context: SyncContext, connection: Connection, reading: Reading): Promise<boolean | null> {
  try {
    return await follow(context, connection, reading)
  } catch (error) {
    if (!(error instanceof RetryLater) && !(error instanceof Terminal)) throw error
    await stop(context, connection, reading, error)
    return null
  }
}

/** Reads until the cycle's ids are all queued, or until the time is over; true at the end. */
async function follow(context: SyncContext, connection: Connection, reading: Reading): Promise<boolean> {
  const end = context.now() + context.timings.readerRun
  await beginCycle(context, connection, reading)
  for (;;) {
    const { phase, kind } = reading.row
    if (phase === 'sweeping') return await sweepLinks(context, connection, reading, end)
    if (kind === 'incremental' && !(await followMemberships(context, connection, reading))) {
      await restartCycle(context, connection, reading, 'what changed in the groups could not be followed')
      await beginCycle(context, connection, reading)
    }
    const read = await followPages(context, connection, reading, end)
    if (read === 'time is over') return false
    if (read === 'end' && reading.row.kind === 'incremental') return true
    if (read === 'reset') {
      await restartCycle(context, connection, reading, 'the delta token was reset')
      await beginCycle(context, connection, reading)
    }
  }
}

/** False where everyone must be read. App roles first: groups that are assigned some are followed like those that are configured. */
async function followMemberships(context: SyncContext, connection: Connection, reading: Reading): Promise<boolean> {
  return (await followAppRoles(context, connection, reading)) && (await followGroups(context, connection, reading))
}

/** Follows the pages of people from where the row stands. */
async function followPages(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  end: number,
): Promise<'end' | 'reset' | 'time is over'> {
  const { now } = context
  if (reading.row.kind !== 'incremental' && reading.row.nextLink === null) {
    await beginAppRoles(context, connection, reading)
    await beginGroups(context, connection, reading)
  }
  const filter = await createEnumerationFilter(context, connection, reading.row.kind, timeOfStamp(reading.cycle))
  let buffer = emptyBuffer(now())
  let link = reading.row.nextLink ?? (reading.row.kind === 'incremental' ? reading.row.deltaLink : null)
  let page: DeltaPage | null = null
  for (;;) {
    try {
      page = await readPage(context, connection, reading, link)
    } catch (error) {
      // Keeps what was read: a directory that lets few pages through at a time would be read from the same place for ever.
      if (error instanceof RetryLater && page) await flushPages(context, connection, reading, buffer, page, true)
      if (error instanceof DirectoryReset && link !== null) return 'reset'
      throw error
    }
    const take = (id: string, kept: boolean): void => {
      if (kept) buffer.ids.add(id)
      else if (filter.firstSight(id)) buffer.dropped++
    }
    const before = buffer.ids.size
    for (const user of page.users) take(user.id, await filter.keepsUser(user))
    if (buffer.ids.size > before) await followReports(context, connection, reading, buffer.ids, page)
    for (const { id } of page.removed) take(id, filter.keepsRemoved(id))
    buffer.seen += page.users.length + page.removed.length
    link = page.nextLink
    if (await flushPages(context, connection, reading, buffer, page)) buffer = emptyBuffer(now())
    if (link === null) return 'end'
    if (now() >= end) {
      await flushPages(context, connection, reading, buffer, page, true)
      return 'time is over'
    }
  }
}

/** Tenants without delta queries are recognised by Graph's answer to the first page, once. */
async function readPage(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  link: string | null,
): Promise<DeltaPage> {
  const directory = context.directory(connection)
  if (reading.row.withoutDelta) return await directory.listPage(link, connection.select)
  try {
    return await directory.deltaPage(link, connection.select)
  } catch (error) {
    const unsupported = error instanceof Terminal && error.reason === 'delta-not-supported'
    if (!unsupported || link !== null) throw error
    await reading.advance({ withoutDelta: true })
    return await directory.listPage(null, connection.select)
  }
}

/** The cycle waits: the row keeps its place, its error is told, and the timer kicks it when nobody else does. */
async function stop(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  error: RetryLater | Terminal,
): Promise<void> {
  await context.stores.cycles.add(connection.id, reading.cycle, {}, { error: error.message })
  context.log('warn', 'directory not read', { connection: connection.id, cycle: reading.cycle, reason: error.message })
  await reading.release()
  if (error instanceof RetryLater)
    await sendRead(context, nextOf(reading, connection), error.after ?? context.timings.directoryRetry)
}
