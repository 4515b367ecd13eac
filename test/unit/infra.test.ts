import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { environmentSchema } from '../../lib/config/environment.ts'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import { readStorageSettings } from '../../lib/storage/storage-settings.ts'

const main = readFileSync(new URL('../../infra/main.bicep', import.meta.url), 'utf8')
const guid = '11111111-2222-4333-8444-555555555555'

/** Names of the app settings that the template sets, those kept in the key vault included. */
const names = [
  ...main.replaceAll(/^@description.*$/gm, '').matchAll(/\b(AzureWebJobsStorage__\w+|[A-Z]+(?:_[A-Z]+)+): /g),
].map(([, name = '']) => name)

const defaultOf = (parameter: string) => new RegExp(`^param ${parameter} string = '(.*)'$`, 'm').exec(main)?.[1] ?? ''

it('sets only what the app or the platform reads', () => {
  expect(names).toContain('WORDPRESS_APP_PASSWORD')
  const unknown = names.filter(
    (name) => !(name in environmentSchema.shape) && !/^(AzureWebJobsStorage__|APPLICATIONINSIGHTS_)/.test(name),
  )
  expect(unknown).toEqual([])
})

it('reaches the storage as the managed identity', () => {
  const values: Record<string, string> = { credential: 'managedidentity', clientId: guid }
  const env = Object.fromEntries(
    names
      .filter((name) => name.startsWith('AzureWebJobsStorage__'))
      .map((name) => {
        const key = name.replace('AzureWebJobsStorage__', '')
        return [name, values[key] ?? `https://account.${key.replace('ServiceUri', '')}.core.windows.net`]
      }),
  )
  expect(readStorageSettings(env)).toEqual({
    ok: true,
    settings: {
      kind: 'identity',
      queueUri: 'https://account.queue.core.windows.net',
      tableUri: 'https://account.table.core.windows.net',
      credential: 'managedidentity',
      clientId: guid,
    },
  })
})

it('gives the app settings that it accepts where only the site is given', () => {
  const given: Record<string, string> = {
    AZURE_CLIENT_ID: guid,
    AZURE_TENANT_ID: guid,
    GRAPH_BASE_URL: defaultOf('graphBaseUrl'),
    SYNC_SCHEDULE: defaultOf('syncSchedule'),
    WORDPRESS_URL: 'https://www.contoso.com',
    WORDPRESS_USERNAME: 'entra-sync',
    WORDPRESS_APP_PASSWORD: 'abcd efgh ijkl mnop qrst uvwx',
  }
  const env = Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])))
  expect(Object.keys(env).sort()).toEqual(Object.keys(given).sort())
  const { connections, schedule } = loadConfiguration(env, () => '')
  expect(connections).toMatchObject([{ id: 'default', tenantId: guid, clientId: guid, clientSecret: null }])
  expect(schedule).toBe('0 */15 * * * *')
})
