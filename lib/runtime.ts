import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { InvocationContext } from '@azure/functions'
import type { Configuration } from './config/configuration.ts'
import { defaultSchedule, loadConfiguration } from './config/load-configuration.ts'
import type { Connection, SiteSettings } from './domain/connection.ts'
import { defaultTimings, scaleTimings } from './domain/timings.ts'
import { createDirectory } from './graph/create-directory.ts'
import { createQueues } from './storage/queues.ts'
import { readStorageSettings } from './storage/storage-settings.ts'
import { createStores } from './storage/stores.ts'
import type { Log, SyncContext } from './sync/context.ts'
import { createSite } from './wordpress/site.ts'

const processStart = Date.now()

/** The default where `SYNC_SCHEDULE` is not set: an unresolved `%NAME%` would disable the function. */
export const syncSchedule = process.env['SYNC_SCHEDULE'] ? '%SYNC_SCHEDULE%' : defaultSchedule

let shared: SyncContext | null = null

/** What the use cases get, with the invocation's log. Built on first use: a fault of the settings must not keep functions from loading. */
export function runtime(invocation: InvocationContext): SyncContext {
  shared ??= createContext(process.env, () => {})
  return { ...shared, log: logTo(invocation) }
}

/** Every fault of the settings in one text, or null. */
export function checkConfiguration(): string | null {
  try {
    shared ??= createContext(process.env, () => {})
    return null
  } catch (error) {
    return error instanceof Error ? error.message : 'The settings could not be read.'
  }
}

/**
 * The composition root: settings → clients → what the use cases get. Nothing is asked of anybody yet.
 * @throws ConfigurationError with every fault at once
 */
export function createContext(
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  overrides: Partial<SyncContext> = {},
): SyncContext {
  const storage = readStorageSettings(env)
  const configuration = loadConfiguration(env, (path) => readFileSync(path, 'utf8'), storage.ok ? [] : storage.faults)
  if (!storage.ok) throw new Error('unreachable: faults of the storage settings are faults of the configuration')
  const timings = overrides.timings ?? scaleTimings(defaultTimings, configuration.timeScale)
  return {
    connections: configuration.connections,
    audit: configuration.audit,
    timings,
    processStart,
    now: Date.now,
    random: Math.random,
    randomId: () => randomBytes(6).toString('hex'),
    directory: cached((connection: Connection) => directoryOf(configuration, connection, timings.directoryRetry)),
    site: cached((site: SiteSettings) => createSite({ ...site, requestTimeout: timings.siteRequest })),
    queues: createQueues(storage.settings),
    stores: createStores(storage.settings),
    log,
    ...overrides,
  }
}

function directoryOf({ authorityHost, graphBaseUrl }: Configuration, connection: Connection, defaultWait: number) {
  return createDirectory({
    tenantId: connection.tenantId,
    clientId: connection.clientId ?? undefined,
    clientSecret: connection.clientSecret ?? undefined,
    authorityHost: authorityHost ?? undefined,
    baseUrl: graphBaseUrl,
    defaultWait,
  })
}

/** One client for each key: its connections are kept alive. */
function cached<K extends object, V>(create: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>()
  return (key) => {
    const value = made.get(key) ?? create(key)
    made.set(key, value)
    return value
  }
}

/** One line an event, fields as JSON: Application Insights keeps them apart. */
function logTo(invocation: InvocationContext): Log {
  return (level, event, fields = {}) => invocation[level](`${event} ${JSON.stringify(fields)}`)
}
