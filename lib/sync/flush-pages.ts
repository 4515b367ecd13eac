import type { Connection } from '../domain/connection.ts'
import { idsPerMessage, type LookMessage } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import type { DeltaPage } from './ports/directory.ts'
import type { Reading } from './reading.ts'
import { sendDrain, sendLooks } from './send-looks.ts'

/** What was read since the row last advanced. */
export type PageBuffer = { ids: Set<string>; seen: number; dropped: number; since: number }

export const emptyBuffer = (now: number): PageBuffer => ({ ids: new Set(), seen: 0, dropped: 0, since: now })

/**
 * Queues the ids of the pages read so far, then advances the row: in this order, so a page is read twice rather than lost. Waits until
 * there is a message's worth, the page is the last one, or `timings.readerFlush` is over. True when it flushed. The last page ends an
 * increment; an enumeration is swept then.
 */
export async function flushPages(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  buffer: PageBuffer,
  page: DeltaPage,
  force = false,
): Promise<boolean> {
  const { stores, now, timings } = context
  const last = page.nextLink === null
  if (!force && !last && buffer.ids.size < idsPerMessage && now() - buffer.since < timings.readerFlush) return false

  const nextMessage = await queueIds(context, connection, reading, [...buffer.ids])
  const counters = { seen: buffer.seen, dropped: buffer.dropped, queued: buffer.ids.size }
  const { deltaLink } = page
  if (last && reading.row.kind === 'incremental') {
    await stores.cycles.add(connection.id, reading.cycle, counters)
    await endReading(context, connection, reading, { deltaLink, nextMessage })
  } else if (last) {
    await reading.advance({ phase: 'sweeping', nextLink: null, deltaLink, sweptTo: null, nextMessage })
    await stores.cycles.add(connection.id, reading.cycle, counters)
  } else {
    await reading.advance({ nextLink: page.nextLink, nextMessage })
    await stores.cycles.add(connection.id, reading.cycle, counters)
  }
  return true
}

/** All ids of the cycle are queued: it is read. The row is free for the next one. */
export async function endReading(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  place: { deltaLink: string | null; nextMessage: number },
): Promise<void> {
  const { cycles } = context.stores
  await cycles.add(connection.id, reading.cycle, {}, { state: 'read', readAt: context.now(), error: null })
  await reading.advance({ phase: 'idle', nextLink: null, sweptTo: null, leaseOwner: null, leaseUntil: 0, ...place })
}

/** Durable once it resolves; returns the number of the cycle's next message, for the row to keep. */
export async function queueIds(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  ids: readonly string[],
): Promise<number> {
  let number = reading.row.nextMessage
  for (let start = 0; start < ids.length; start += idsPerMessage)
    await sendPart(context, connection, reading, number++, ids.slice(start, start + idsPerMessage))
  if (ids.length > 0) await sendDrain(context, connection.site.id)
  return number
}

/** Ids that no page of people told: durably queued before the place of their stream advances. */
export async function queueMembers(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  ids: readonly string[],
): Promise<void> {
  for (let start = 0; start < ids.length; start += idsPerMessage) {
    const part = ids.slice(start, start + idsPerMessage)
    await reading.advance({ nextMessage: await queueIds(context, connection, reading, part) })
    await context.stores.cycles.add(connection.id, reading.cycle, { queued: part.length })
  }
}

/** The row before the message: one that vanishes is noticed. An increment is looked at once more, since replicas lag. */
async function sendPart(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  number: number,
  ids: string[],
): Promise<void> {
  const { cycle, dryRun } = reading
  const increment = reading.row.kind === 'incremental'
  const signal = context.now()
  await context.stores.checkpoints.putMessage(connection.id, cycle, number, ids, signal)
  const message: LookMessage = { connection: connection.id, ids, trigger: 'cycle', signal, cycle, number }
  if (dryRun) return await sendLooks(context, connection.site.id, 'bulk', { ...message, dryRun: true })
  await sendLooks(context, connection.site.id, increment ? 'soon' : 'bulk', message)
  if (!increment) return
  const second: LookMessage = { ...message, trigger: 'second-look', cycle: null, number: null }
  await sendLooks(context, connection.site.id, 'soon', second, context.timings.secondLook)
}
