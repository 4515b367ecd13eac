import type { Connection } from '../../lib/domain/connection.ts'
import type { SyncContext } from '../../lib/sync/context.ts'

type App = { context: SyncContext; connection: Connection }

/**
 * One app of several: each connection keeps its directory, and its site unless one before it has a site of the same id. Queues, stores and
 * timings are the first one's.
 */
export function joinApps(apps: readonly [App, ...App[]]): SyncContext {
  const [{ context: first }] = apps
  const sites = new Map<string, App>()
  for (const app of apps) {
    const { site } = app.connection
    const owner = sites.get(site.id)
    if (owner) Object.assign(app.connection, { site: owner.connection.site })
    else sites.set(site.id, app)
  }
  const byConnection = new Map(apps.map((app) => [app.connection.id, app]))
  if (byConnection.size < apps.length) throw new Error('two of the connections have one id')
  return {
    ...first,
    connections: apps.map(({ connection }) => connection),
    directory: (connection) => byConnection.get(connection.id)!.context.directory(connection),
    site: (site) => sites.get(site.id)!.context.site(site),
  }
}
