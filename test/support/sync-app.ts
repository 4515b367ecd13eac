import { randomBytes } from 'node:crypto'
import type { Connection } from '../../lib/domain/connection.ts'
import { compileMapping, type MappingSettings } from '../../lib/domain/mapping.ts'
import type { LeavingPolicy } from '../../lib/domain/leaving.ts'
import type { RolePolicy } from '../../lib/domain/role-rules.ts'
import type { Scope } from '../../lib/domain/scope.ts'
import { compilePost, type PostSettings } from '../../lib/domain/post-mapping.ts'
import { baseProperties, selectOf } from '../../lib/domain/select-of.ts'
import { defaultTimings, type Timings } from '../../lib/domain/timings.ts'
import { createDirectory } from '../../lib/graph/create-directory.ts'
import { createQueues } from '../../lib/storage/queues.ts'
import { readStorageSettings } from '../../lib/storage/storage-settings.ts'
import { createStores } from '../../lib/storage/stores.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import type { Queues } from '../../lib/sync/ports/queues.ts'
import { createSite } from '../../lib/wordpress/site.ts'
import type { DirectoryServer } from '../../dev/directory/start-directory.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

const second = 1000

/** Durations for tests: short waits, but requests may still take what a busy machine needs. */
export const testTimings: Timings = {
  ...defaultTimings,
  laneLease: 4 * second,
  laneLeaseRenewal: 0.5 * second,
  laneRequestReserve: second,
  laneVisibility: 3 * second,
  readerLease: 2 * second,
  secondLook: second,
  lateWrite: second,
  configurationYield: second,
  userRetryFirst: second,
  userRetryMax: 2 * second,
  breakerFirst: 0.5 * second,
  breakerMax: second,
  directoryRetry: second,
}

export type SyncAppOptions = {
  directory: Pick<DirectoryServer, 'url' | 'authorityHost' | 'tenantId' | 'clientId' | 'clientSecret'>
  site: Pick<WordPressSite, 'url' | 'username' | 'applicationPassword'>
  siteUrl?: string
  storage: string
  /** Names queues, site and connection: apps with different ones never meet, in the same storage and on the same site. */
  id?: string
  /** The connection's, where several join one site. */
  connectionId?: string
  mapping?: MappingSettings
  posts?: readonly PostSettings[]
  adoption?: Connection['adoption']
  /** What else the configuration says of the connection. */
  policy?: Partial<
    Pick<
      Connection,
      | 'roles'
      | 'leaving'
      | 'reassignTo'
      | 'guard'
      | 'guestRole'
      | 'drift'
      | 'photos'
      | 'singleSignOn'
      | 'whenAccountMissing'
      | 'fullWithoutDeltaEveryMs'
    >
  > & { scope?: Partial<Scope>; unprotectedUsers?: string[] }
  timings?: Partial<Timings>
}

/** The configuration says nothing of roles. */
export const noRoles: RolePolicy = {
  ...{ mode: 'priority', rules: [], fallback: null, allowProtected: [] },
  ...{ visible: new Set(baseProperties), properties: [], app: null, settings: new Map() },
}

function groupsOf(scope: readonly string[], roles: RolePolicy = noRoles): string[] {
  return [...new Set([...scope, ...roles.rules.flatMap((rule) => (rule.kind === 'group' ? [rule.group] : []))])].sort()
}

const suspend: LeavingPolicy = { action: 'suspend', deleteAfter: null }

/** The use cases of the app with its real adapters, composed in this process so that a test can stand between them. */
export function createSyncApp(options: SyncAppOptions): { context: SyncContext; connection: Connection } {
  const { directory, site, id = 'test' } = options
  const mapping = compileMapping(options.mapping ?? {})
  const posts = (options.posts ?? []).map((settings) => compilePost(settings).policy)
  const { scope, unprotectedUsers = [], ...policy } = options.policy ?? {}
  const filtered = scope?.filter?.properties ?? []
  const connection: Connection = {
    id: options.connectionId ?? id,
    tenantId: directory.tenantId,
    clientId: directory.clientId,
    clientSecret: directory.clientSecret,
    site: {
      id,
      url: options.siteUrl ?? site.url,
      username: site.username,
      applicationPassword: site.applicationPassword,
      concurrency: 4,
      protectedRoles: ['administrator'],
      protectedUsers: [],
      unprotectedUsers,
      fields: mapping.customs,
    },
    mapping,
    select: selectOf(mapping, [
      ...filtered,
      ...(policy.roles?.properties ?? []),
      ...posts.flatMap(({ properties }) => properties),
    ]),
    adoption: options.adoption ?? { members: ['email'], guests: [] },
    scope: {
      ...{ groups: [], filter: null, members: true, guests: true, enabledOnly: true },
      visible: new Set([...baseProperties, ...filtered]),
      ...scope,
    },
    groups: groupsOf(scope?.groups ?? [], policy.roles),
    leaving: { disabled: suspend, deleted: suspend, absent: suspend, 'out-of-scope': suspend },
    reassignTo: null,
    guard: { most: 500, percent: 5, fewest: 10 },
    guestRole: null,
    roles: noRoles,
    drift: 'repair',
    photos: null,
    posts,
    singleSignOn: true,
    whenAccountMissing: 'leave',
    fullWithoutDeltaEveryMs: 3600 * second,
    verifyEveryMs: 7 * 24 * 3600 * second,
    ...policy,
    fullEveryMs: 24 * 3600 * second,
    configurationHash: '0123456789abcdef',
    selectHash: 'fedcba9876543210',
  }
  const storage = readStorageSettings({ AzureWebJobsStorage: options.storage })
  if (!storage.ok) throw new Error('the test has no storage')
  const timings = { ...testTimings, ...options.timings }
  const port = createSite({ ...connection.site, requestTimeout: timings.siteRequest })
  const tenant = createDirectory({
    ...connection,
    clientId: directory.clientId,
    clientSecret: directory.clientSecret,
    authorityHost: directory.authorityHost,
    baseUrl: directory.url,
    defaultWait: second,
  })
  const context: SyncContext = {
    connections: [connection],
    audit: { detail: 'full', retentionDays: 30 },
    timings,
    processStart: Date.now(),
    now: Date.now,
    random: Math.random,
    randomId: () => randomBytes(6).toString('hex'),
    directory: () => tenant,
    site: () => port,
    queues: withPrefix(createQueues(storage.settings), id),
    stores: createStores(storage.settings),
    log: () => {},
  }
  return { context, connection }
}

/** `read-directory` and `drain` are one a storage account: tests that share one have their own. */
function withPrefix(queues: Queues, prefix: string): Queues {
  return { queue: (name) => queues.queue(`${prefix}-${name}`) }
}
