import type { Connection } from '../domain/connection.ts'
import type { CycleKind } from '../domain/cycle.ts'
import type { DirectoryUser } from '../domain/directory-user.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import { loadFingerprints } from '../domain/fingerprint-table.ts'
import { removedFingerprint } from '../domain/removal-fingerprint.ts'
import { inScope } from '../domain/scope.ts'
import type { SyncContext } from './context.ts'
import { hasMemberships, loadMemberships, type Memberships } from './memberships.ts'

/** Which entries of a page are worth a message; of those that are not, `firstSight` tells who was counted before. */
export type EnumerationFilter = {
  keepsUser(user: DirectoryUser): Promise<boolean>
  keepsRemoved(id: string): boolean
  firstSight(id: string): boolean
}

const keepEverybody: EnumerationFilter = {
  keepsUser: () => Promise.resolve(true),
  keepsRemoved: () => true,
  firstSight: () => true,
}

/**
 * An increment names who changed: everyone is kept. An enumeration names everyone, so who is known with an equal fingerprint and
 * no open intent is dropped here, and who has no link and doesn't belong on the site: no message, no read, no request. Fingerprints and
 * memberships are read in bulk.
 * @param since when the cycle began, ms: memberships that were read before tell nothing of it
 */
export async function createEnumerationFilter(
  context: SyncContext,
  connection: Connection,
  kind: CycleKind,
  since = 0,
): Promise<EnumerationFilter> {
  if (kind === 'incremental') return keepEverybody
  const { configurationHash, select, scope } = connection
  const none: Memberships = { of: () => [] }
  const [table, memberships] = await Promise.all([
    loadFingerprints(context.stores.links.fingerprints(connection.site.id, connection.id)),
    hasMemberships(connection) ? loadMemberships(context, connection, since) : none,
  ])
  const [deleted, absent] = [removedFingerprint(configurationHash), removedFingerprint(configurationHash, 'absent')]
  return {
    async keepsUser(user) {
      const theirs = memberships.of(user.id)
      if (table.has(user.id)) return !table.matches(user.id, fingerprint(user, theirs, configurationHash, select))
      const scoped = await inScope(scope, user, theirs)
      return !scoped.ok || scoped.inScope
    },
    keepsRemoved: (id) => table.has(id) && !table.matches(id, deleted) && !table.matches(id, absent),
    firstSight: (id) => table.firstSight(id),
  }
}
