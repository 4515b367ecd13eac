import { setTimeout as wait } from 'node:timers/promises'
import type { SyncContext } from '../../lib/sync/context.ts'
import { receiveDrain, receiveRead } from '../../lib/sync/receive-message.ts'
import { laneQueues } from '../../lib/domain/look.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'

const triggers = { 'read-directory': receiveRead, drain: receiveDrain } as const

/**
 * Does what the functions host does for the two triggered queues, once: a message is deleted when its function has returned, and
 * comes back when it threw. Returns how many messages it handled.
 */
export async function handleMessages(context: SyncContext, visibility = 2000): Promise<number> {
  let handled = 0
  for (const [name, handle] of Object.entries(triggers)) {
    for (const message of await context.queues.queue(name).receive(16, visibility)) {
      await handle(context, message.text)
      await context.queues.queue(name).delete(message)
      handled++
    }
  }
  return handled
}

/** Handles messages, and wakes lanes as the minute's timer does, until every queue is empty: invisible messages count. */
export async function runUntilQuiet(context: SyncContext, timeout = 60_000): Promise<void> {
  const end = Date.now() + timeout
  for (;;) {
    if ((await handleMessages(context)) > 0) continue
    if ((await waiting(context)) === 0) {
      // A process that died before it judged a cycle's removals has left no message: the timer finds the cycle.
      await wakeLanes(context)
      if ((await waiting(context)) === 0) return
    }
    if (Date.now() > end) throw new Error('The queues do not become empty')
    await wakeLanes(context)
    await wait(100)
  }
}

async function waiting(context: SyncContext): Promise<number> {
  const lanes = context.connections.flatMap(({ site }) => laneQueues.map((name) => laneQueueName(name, site.id)))
  const names = [...new Set([...Object.keys(triggers), ...lanes])]
  const counts = await Promise.all(names.map((name) => context.queues.queue(name).approximateCount()))
  return counts.reduce((sum, count) => sum + count, 0)
}
