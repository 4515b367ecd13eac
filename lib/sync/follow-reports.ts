import type { Connection } from '../domain/connection.ts'
import type { SyncContext } from './context.ts'
import type { DeltaPage } from './ports/directory.ts'
import type { Reading } from './reading.ts'

/**
 * Where the mapping names `manager`: whoever changed may be called otherwise, and those who report to them say so. The directory tells of a
 * manager's change by the manager only. Where everyone is queued anyway there is nothing to follow.
 * @param ids those of the page who are worth a message; grows
 */
export async function followReports(
  context: SyncContext,
  connection: Connection,
  { row, trigger }: Pick<Reading, 'row' | 'trigger'>,
  ids: Set<string>,
  page: DeltaPage,
): Promise<void> {
  if (!connection.select.includes('manager') || row.kind === 'initial' || trigger === 'configuration') return
  const changed = page.users.map(({ id }) => id).filter((id) => ids.has(id))
  for (const id of await context.directory(connection).directReports(changed)) ids.add(id)
}
