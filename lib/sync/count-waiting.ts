import { laneQueues, type LaneQueue } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import { laneQueueName } from './send-looks.ts'

/** Messages of a site's lane, invisible ones too. */
export async function countWaiting(
  context: SyncContext,
  site: string,
  queues: readonly LaneQueue[] = laneQueues,
): Promise<number> {
  const counts = await Promise.all(
    queues.map((name) => context.queues.queue(laneQueueName(name, site)).approximateCount()),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
