import { idsPerMessage, type LaneQueue, type LookMessage } from '../domain/look.ts'
import type { SyncContext } from './context.ts'

/** Queue names of a site's lane. */
export const laneQueueName = (queue: LaneQueue, site: string): string => `${queue}-${site}`
export const poisonName = (queue: string): string => `${queue}-poison`

/** Puts "look at these users" into a lane's queue: durable once it resolves. Wakes nobody. */
export async function sendLooks(
  context: SyncContext,
  site: string,
  queue: LaneQueue,
  message: LookMessage,
  delay = 0,
): Promise<void> {
  for (let start = 0; start < message.ids.length; start += idsPerMessage) {
    const part = { ...message, ids: message.ids.slice(start, start + idsPerMessage) }
    await context.queues.queue(laneQueueName(queue, site)).send(JSON.stringify(part), delay)
  }
}

/** Triggers `reconcile-users`. One too many costs a read of the lease. */
export async function sendDrain(context: SyncContext, site: string, delay = 0): Promise<void> {
  await context.queues.queue('drain').send(JSON.stringify({ site }), delay)
}

/**
 * A look that is due at a time (ms since 1970): a message while the wait is short, else a row that `wake-lanes` queues when it is due.
 * Either is durable once this resolves. Asked twice for the same time it is still one row.
 */
export async function sendLater(
  context: SyncContext,
  site: string,
  connection: string,
  objectId: string,
  due: number,
): Promise<void> {
  const { timings, now, stores } = context
  const wait = Math.max(0, due - now())
  if (wait > timings.userRetryInQueue) return await stores.links.scheduleLook(site, connection, objectId, due)
  await sendLooks(context, site, 'soon', retryOf(connection, [objectId], now()), wait)
}

/** The message that looks at users again; no cycle waits for it. */
export function retryOf(connection: string, ids: string[], now: number): LookMessage {
  return { connection, ids, trigger: 'retry', signal: now, cycle: null, number: null }
}
