import type { Connection } from '../domain/connection.ts'
import type { CycleKind } from '../domain/cycle.ts'
import type { DirectoryUser } from '../domain/directory-user.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import { loadFingerprints } from '../domain/fingerprint-table.ts'
import type { SyncContext } from './context.ts'

/** Which entries of a page are worth a message; of those that are not, `firstSight` tells who was counted before. */
export type EnumerationFilter = {
  keepsUser(user: DirectoryUser): boolean
  keepsRemoved(id: string): boolean
  firstSight(id: string): boolean
}

/**
 * An increment names who changed: everyone is kept. An enumeration names everyone, so who is known with an equal fingerprint and
 * no open intent is dropped here: no message, no read, no request. The fingerprints are read in bulk and kept in 24 bytes a user.
 */
export async function createEnumerationFilter(
  context: SyncContext,
  connection: Connection,
  kind: CycleKind,
): Promise<EnumerationFilter> {
  if (kind === 'incremental') return { keepsUser: () => true, keepsRemoved: () => true, firstSight: () => true }
  const table = await loadFingerprints(context.stores.links.fingerprints(connection.site.id, connection.id))
  const { configurationHash, select } = connection
  return {
    keepsUser: (user) => !table.matches(user.id, fingerprint(user, [], configurationHash, select)),
    keepsRemoved: (id) => table.has(id),
    firstSight: (id) => table.firstSight(id),
  }
}
