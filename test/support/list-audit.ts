import { timeStamp } from '../../lib/domain/attempt.ts'
import type { AuditRow } from '../../lib/domain/audit.ts'
import type { SyncContext } from '../../lib/sync/context.ts'

const day = 86_400_000

/**
 * Audit rows of a connection whose attempts began at `since` (ms) or later, or those of a dry run; the test may run past midnight, and
 * move its clock.
 */
export async function listAudit(
  context: SyncContext,
  connection: string,
  since: number,
  dryRun?: string,
): Promise<AuditRow[]> {
  const now = Math.max(Date.now(), context.now())
  const times = Array.from({ length: Math.ceil((now - since) / day) }, (_, number) => since + number * day)
  const days = new Set([...times, now].map((time) => timeStamp(time).slice(0, 8)))
  // Newest first, as within a day.
  const lists = [...days]
    .toSorted()
    .reverse()
    .map((date) => context.stores.audit.list(connection, date, 100_000, dryRun))
  return (await Promise.all(lists)).flat().filter(({ attempt }) => attempt >= timeStamp(since))
}
