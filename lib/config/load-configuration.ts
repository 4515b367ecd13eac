import { buildConnection } from './build-connection.ts'
import { checkConnections } from './check-connections.ts'
import { ConfigurationError, type SettingFault } from './configuration-error.ts'
import type { Configuration } from './configuration.ts'
import { configuredConnections, quickStartConnection, withDefaults } from './connection-parts.ts'
import { readEnvironment, type Environment } from './environment.ts'
import { isTold, readDocument } from './read-document.ts'
import { isLoopback } from './site-url.ts'

/** Every 15 minutes. */
export const defaultSchedule = '0 */15 * * * *'

/**
 * Reads all settings but the storage's. `SYNC_CONFIG.connections` holds all connections; without it the quick start's settings make one,
 * `default`. `SYNC_CONFIG.defaults` holds for either.
 * @param further faults that others found, to be told in the same go
 * @throws ConfigurationError with every fault at once
 */
export function loadConfiguration(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
  further: readonly SettingFault[] = [],
): Configuration {
  const { settings, faults: settingFaults } = readEnvironment(env)
  const { input, faults: documentFaults } = readDocument(settings.SYNC_CONFIG, readFile)
  const told = [...further, ...settingFaults, ...documentFaults]
  if (settings.AZURE_CLIENT_SECRET && !settings.AZURE_CLIENT_ID && !isTold(told, 'AZURE_CLIENT_ID'))
    told.push({
      setting: 'AZURE_CLIENT_ID',
      message: 'is not set, but AZURE_CLIENT_SECRET is: the id of the app registration',
    })
  if (input === null) throw new ConfigurationError(told)

  const found: SettingFault[] = []
  const { parts, faults } = input.connections
    ? configuredConnections(input.connections, settings, env)
    : quickStartConnection(settings, (setting) => isTold(told, setting))
  found.push(...faults)
  const named = parts.flatMap((part) => {
    const whole = withDefaults(part, input.defaults ?? {})
    const connection = buildConnection(whole, found)
    // Something stands in for what a faulty connection should say: comparing it with others would tell nonsense.
    const faulty = told.some(({ setting }) => setting.startsWith(part.names.connection))
    return connection && !faulty ? [{ connection, names: part.names }] : []
  })
  const connections = checkConnections(named, found)
  const all = [...told, ...found.filter(({ setting }) => !isTold(told, setting))]
  if (all.length > 0) throw new ConfigurationError(all)

  return {
    connections,
    audit: { retentionDays: input.audit?.retentionDays ?? 30, detail: input.audit?.detail ?? 'fields' },
    schedule: settings.SYNC_SCHEDULE ?? defaultSchedule,
    graphBaseUrl: settings.GRAPH_BASE_URL ?? 'https://graph.microsoft.com',
    authorityHost: settings.AZURE_AUTHORITY_HOST ?? null,
    publicBaseUrl: settings.PUBLIC_BASE_URL ?? hostAddress(settings),
    timeScale: Number(settings.SYNC_TIME_SCALE ?? 1),
  }
}

/** Azure sets the host name; on a developer's machine it is one that Graph can't reach. */
function hostAddress({ WEBSITE_HOSTNAME: host }: Environment): string | null {
  const url = host === undefined ? null : URL.parse(`https://${host}`)
  return url && !isLoopback(url.hostname) ? url.origin : null
}
