import type { SiteSettings } from '../domain/connection.ts'
import { sitesOf, type SyncContext } from './context.ts'
import { breakerState } from './lane/breaker.ts'
import { isVerifyDue } from './lane/verify-accounts.ts'
import { reportPoison } from './report-poison.ts'
import { resendLost } from './resend-lost.ts'
import { countWaiting } from './count-waiting.ts'
import { retryOf, sendDrain, sendLooks } from './send-looks.ts'

/**
 * The minute's round: what is due is queued, a lane that died or waits for messages which were invisible is woken, a message that
 * vanished is sent again, and what lies in poison queues is told. Each step repeats without harm.
 */
export async function wakeLanes(context: SyncContext): Promise<void> {
  for (const site of sitesOf(context)) {
    try {
      await queueDueLooks(context, site)
      await resendLost(context, site)
      await wakeLane(context, site)
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown'
      context.log('error', 'lane not looked after', { site: site.id, reason })
    }
  }
  await reportPoison(context)
}

/** Rows of looks that waited longer than a message may: queued, then removed. */
async function queueDueLooks(context: SyncContext, site: SiteSettings): Promise<void> {
  const { stores, now } = context
  const due = await stores.links.dueLooks(site.id, now())
  const byConnection = Map.groupBy(due, (look) => look.connection)
  for (const [connection, looks] of byConnection) {
    const ids = looks.map((look) => look.objectId)
    await sendLooks(context, site.id, 'soon', retryOf(connection, ids, now()))
    await stores.links.removeLooks(site.id, looks)
  }
}

async function wakeLane(context: SyncContext, site: SiteSettings): Promise<void> {
  const { stores, now } = context
  const lane = await stores.sites.readLane(site.id)
  if (lane?.row.owner && lane.row.until > now()) return
  if ((await breakerState(context, site.id)).wait > 0) return
  if ((await countWaiting(context, site.id)) > 0) return await sendDrain(context, site.id)
  for (const connection of context.connections.filter((one) => one.site.id === site.id))
    if (await isVerifyDue(context, connection)) return await sendDrain(context, site.id)
}
