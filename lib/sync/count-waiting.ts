import { laneQueues } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import { laneQueueName } from './send-looks.ts'

/** Messages of a site's lane, invisible ones too. */
export async function countWaiting(context: SyncContext, site: string): Promise<number> {
  const counts = await Promise.all(
    laneQueues.map((name) => context.queues.queue(laneQueueName(name, site)).approximateCount()),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
