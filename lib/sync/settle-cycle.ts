import type { SyncContext } from './context.ts'

/** Marks a cycle settled once it is read and none of its messages is under way. Asked by whoever might have been the last. */
export async function settleCycle(context: SyncContext, connection: string, id: string): Promise<void> {
  const { cycles, checkpoints } = context.stores
  const cycle = await cycles.read(connection, id)
  if (cycle?.state !== 'read') return
  if ((await checkpoints.messages(connection, id, 1)).length > 0) return
  await cycles.add(connection, id, {}, { state: 'settled', settledAt: context.now() })
  context.log('info', 'cycle settled', { connection, cycle: id, kind: cycle.kind })
}
