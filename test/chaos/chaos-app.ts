import type { SyncContext } from '../../lib/sync/context.ts'
import { createContext } from '../../lib/runtime.ts'
import type { Queues } from '../../lib/sync/ports/queues.ts'
import type { Site } from '../../lib/sync/ports/site.ts'
import { chaosTimings } from './chaos-timings.ts'
import type { ChaosDirectory } from './chaos-directory.ts'
import type { Policy } from './schedule.ts'

/** What the app of one run is told, in the words of its own settings. */
export type AppSettings = {
  /** Names connection, site and queues: runs side by side never meet. */
  id: string
  directory: Pick<ChaosDirectory, 'url' | 'tenantId' | 'clientId' | 'clientSecret'>
  siteUrl: string
  username: string
  applicationPassword: string
  reassignTo: string
  groups: string[]
  policy: Policy
}

/** The environment of a process; `storage` is a connection string. */
export function appEnvironment(settings: AppSettings, storage: string): Record<string, string> {
  const { directory, policy } = settings
  const connection = {
    id: settings.id,
    directory: { tenantId: directory.tenantId },
    site: {
      id: settings.id,
      url: settings.siteUrl,
      username: settings.username,
      applicationPassword: { env: 'CHAOS_APP_PASSWORD' },
    },
    adoption: { members: policy.adoption, guests: [] },
    scope: { groups: settings.groups, guests: policy.guests },
    leaving: { ...policy.leaving, reassignTo: settings.reassignTo },
    guard: { most: policy.guardLimit, percent: 5, fewest: policy.guardLimit },
    drift: { whenAccountMissing: policy.whenAccountMissing },
    cycles: { fullEveryHours: policy.fulls ? 24 : 720 },
  }
  return {
    AZURE_CLIENT_ID: directory.clientId,
    AZURE_CLIENT_SECRET: directory.clientSecret,
    AZURE_AUTHORITY_HOST: directory.url,
    GRAPH_BASE_URL: directory.url,
    AzureWebJobsStorage: storage,
    CHAOS_APP_PASSWORD: settings.applicationPassword,
    SYNC_CONFIG: JSON.stringify({ connections: [connection] }),
  }
}

/** What the use cases get, as the composition root makes it, with a clock, durations and queues of the run's own. */
export function createChaosApp(
  environment: Record<string, string>,
  id: string,
  clock: { now(): number },
  log: SyncContext['log'],
): SyncContext {
  const context = createContext(environment, log, { timings: chaosTimings, now: clock.now, processStart: clock.now() })
  const sites = new Map<object, Site>()
  return {
    ...context,
    site(settings) {
      const site = sites.get(settings) ?? onClock(context.site(settings), clock)
      sites.set(settings, site)
      return site
    },
    queues: withPrefix(context.queues, id),
  }
}

/** The adapter measures the site's clock by the machine's: here it is measured by the clock that the process has, at each answer. */
function onClock(site: Site, clock: { now(): number }): Site {
  let ahead = 0
  const after = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      const result = await call(...args)
      ahead = clock.now() - Date.now()
      return result
    }
  }
  return {
    discover: after(site.discover),
    probe: after(site.probe),
    readUsers: after(site.readUsers),
    findByEmail: after(site.findByEmail),
    findByUsername: after(site.findByUsername),
    write: after(site.write),
    writePhoto: after(site.writePhoto),
    removePhoto: after(site.removePhoto),
    postTypes: after(site.postTypes),
    readPosts: after(site.readPosts),
    findPosts: after(site.findPosts),
    writePosts: after(site.writePosts),
    writeSettings: after(site.writeSettings),
    batchSize: site.batchSize,
    clockOffset: () => site.clockOffset() - ahead,
  }
}

/** `read-directory` and `drain` are one a storage account: runs that share one have their own. */
function withPrefix(queues: Queues, prefix: string): Queues {
  return { queue: (name) => queues.queue(`${prefix}-${name}`) }
}
