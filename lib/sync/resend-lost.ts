import type { SiteSettings } from '../domain/connection.ts'
import { peopleQueues } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import { countWaiting } from './count-waiting.ts'
import { sendDrain, sendLooks } from './send-looks.ts'
import { settleCycle } from './settle-cycle.ts'

/**
 * Cycles looked back at. Increments don't read the people of an older cycle again, so all must be in it that begin before the next full
 * one: a day of quarter-hours and some.
 */
const recentCycles = 200

/** A message whose row stands though the lane's queues are empty has vanished: it is sent again, as if for the first time. */
export async function resendLost(context: SyncContext, site: SiteSettings): Promise<void> {
  const { stores, now, timings, log } = context
  let empty: boolean | null = null
  for (const connection of context.connections.filter((one) => one.site.id === site.id)) {
    for (const cycle of await stores.cycles.list(connection.id, recentCycles)) {
      if (cycle.state !== 'read') continue
      const messages = await stores.checkpoints.messages(connection.id, cycle.id, 100)
      if (messages.length === 0) await settleCycle(context, connection.id, cycle.id)
      for (const { number, ids, sentAt } of messages) {
        if (now() - sentAt < timings.messageLost) continue
        empty ??= (await countWaiting(context, site.id, peopleQueues)) === 0
        if (!empty) break
        log('warn', 'message lost, sent again', { connection: connection.id, cycle: cycle.id, number })
        // One time for both: by it the row knows its message.
        const signal = now()
        await stores.checkpoints.putMessage(connection.id, cycle.id, number, ids, signal)
        const queue = cycle.kind === 'incremental' && !cycle.dryRun ? 'soon' : 'bulk'
        const message = {
          connection: connection.id,
          ids,
          trigger: 'cycle',
          signal,
          cycle: cycle.id,
          number,
          // Without it the dry run would be a real one.
          ...(cycle.dryRun && { dryRun: true as const }),
        } as const
        await sendLooks(context, site.id, queue, message)
        await sendDrain(context, site.id)
      }
    }
  }
}
