import { connectionOf, type SyncContext } from './context.ts'
import { judgeCycle } from './judge-cycle.ts'

/**
 * Marks a cycle settled once it is read, none of its messages is under way, and its removals are judged and carried out. Asked by whoever
 * might have been the last.
 */
export async function settleCycle(context: SyncContext, connectionId: string, id: string): Promise<void> {
  const { cycles, checkpoints } = context.stores
  const cycle = await cycles.read(connectionId, id)
  if (cycle?.state !== 'read') return
  if ((await checkpoints.messages(connectionId, id, 1)).length > 0) return
  const connection = connectionOf(context, connectionId)
  if (connection && !cycle.dryRun && (await judgeCycle(context, connection, id))) return
  await cycles.add(connectionId, id, {}, { state: 'settled', settledAt: context.now() })
  context.log('info', 'cycle settled', { connection: connectionId, cycle: id, kind: cycle.kind })
}
