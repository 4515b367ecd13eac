import { timeStamp } from '../../lib/domain/attempt.ts'
import type { AuditRow } from '../../lib/domain/audit.ts'
import type { SyncContext } from '../../lib/sync/context.ts'

/**
 * Audit rows of a connection whose attempts began at `since` (ms) or later, or those of a dry run; the test may run past midnight.
 */
export async function listAudit(
  context: SyncContext,
  connection: string,
  since: number,
  dryRun?: string,
): Promise<AuditRow[]> {
  const days = new Set([since, Date.now()].map((time) => timeStamp(time).slice(0, 8)))
  const lists = [...days].map((day) => context.stores.audit.list(connection, day, 100_000, dryRun))
  return (await Promise.all(lists)).flat().filter(({ attempt }) => attempt >= timeStamp(since))
}
