import type { Connection } from '../domain/connection.ts'
import type { SyncContext } from './context.ts'

/** The stream of a tenant's users. */
export const usersStream = 'users'
/** The place of a dry run, which never moves a real one. */
export const dryRunStream = 'dry-run'

/** True when a process that started later reads this connection with another configuration: then this one steps back. */
export async function replacedBy(context: SyncContext, connection: Connection): Promise<boolean> {
  const stored = await context.stores.checkpoints.read(connection.id, usersStream)
  if (!stored || stored.row.configurationHash === connection.configurationHash) return false
  return stored.row.configurationSince > context.processStart
}
