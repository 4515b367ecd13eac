import { timeStamp } from '../domain/attempt.ts'
import type { SyncContext } from './context.ts'

const day = 24 * 60 * 60 * 1000

/** Drops whole tables of days past the retention: costs the same whatever they hold, and a killed run is finished by the next. */
export async function cleanUpAudit(context: SyncContext): Promise<void> {
  const firstKept = timeStamp(context.now() - context.audit.retentionDays * day).slice(0, 8)
  const dropped = await context.stores.audit.dropBefore(firstKept)
  if (dropped.length > 0) context.log('info', 'audit cleaned up', { days: dropped.length, firstKept })
}
