import type { SyncContext } from '../../lib/sync/context.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { syncDirectory } from '../../lib/sync/sync-directory.ts'
import type { Schedule } from './schedule.ts'

/** The schedule's tick. Where every cycle is a full one, hours would lie between two that are due: there an operator asks for them. */
export async function askForCycle(context: SyncContext, { policy }: Pick<Schedule, 'policy'>): Promise<void> {
  if (policy.delta) return await syncDirectory(context)
  for (const { id } of context.connections) await sendRead(context, { connection: id, start: 'incremental' })
}
