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
 * there is a message's worth, the pages are the last ones, or `timings.readerFlush` is over. True when it flushed.
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
  const last = page.deltaLink !== null
  if (!force && !last && buffer.ids.size < idsPerMessage && now() - buffer.since < timings.readerFlush) return false

  const ids = [...buffer.ids]
  let number = reading.row.nextMessage
  for (let start = 0; start < ids.length; start += idsPerMessage)
    await sendPart(context, connection, reading, number++, ids.slice(start, start + idsPerMessage))
  if (ids.length > 0) await sendDrain(context, connection.site.id)
  const counters = { seen: buffer.seen, dropped: buffer.dropped, queued: ids.length }
  if (last) {
    await stores.cycles.add(connection.id, reading.cycle, counters, { state: 'read', readAt: now(), error: null })
    const { deltaLink } = page
    await reading.advance({
      phase: 'idle',
      nextLink: null,
      deltaLink,
      nextMessage: number,
      leaseOwner: null,
      leaseUntil: 0,
    })
  } else {
    await reading.advance({ nextLink: page.nextLink, nextMessage: number })
    await stores.cycles.add(connection.id, reading.cycle, counters)
  }
  return true
}

/** The row before the message: one that vanishes is noticed. An increment is looked at once more, since replicas lag. */
async function sendPart(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  number: number,
  ids: string[],
): Promise<void> {
  const { cycle } = reading
  const increment = reading.row.kind === 'incremental'
  const signal = context.now()
  await context.stores.checkpoints.putMessage(connection.id, cycle, number, ids, signal)
  const message: LookMessage = { connection: connection.id, ids, trigger: 'cycle', signal, cycle, number }
  await sendLooks(context, connection.site.id, increment ? 'soon' : 'bulk', message)
  if (!increment) return
  const second: LookMessage = { ...message, trigger: 'second-look', cycle: null, number: null }
  await sendLooks(context, connection.site.id, 'soon', second, context.timings.secondLook)
}
