import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../lib/config/configuration-error.ts'
import type { Configuration } from '../../lib/config/configuration.ts'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'

const tenant = '11111111-2222-4333-8444-555555555555'
const otherTenant = '99999999-2222-4333-8444-555555555555'
const quickStart = {
  AZURE_TENANT_ID: tenant,
  WORDPRESS_URL: 'https://www.contoso.example/blog/',
  WORDPRESS_USERNAME: 'entra-sync',
  WORDPRESS_APP_PASSWORD: 'planted secret one',
}
const connection = {
  id: 'one',
  directory: { tenantId: tenant },
  site: { url: 'https://one.example', username: 'sync', applicationPassword: { env: 'ONE' } },
}
const second = { ...connection, id: 'two', site: { ...connection.site, url: 'https://two.example' } }

type Env = Record<string, string | undefined>

function load(env: Env, file?: string): Configuration {
  return loadConfiguration(env, () => {
    if (file === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return file
  })
}

const document = (value: unknown) => ({ SYNC_CONFIG: JSON.stringify(value), ONE: 'planted secret two' })

function faults(env: Env, file?: string): string[] {
  try {
    load(env, file)
    return []
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    if (error.message.includes('planted')) throw new Error('a fault quotes what was planted', { cause: error })
    return error.message.split('\n').slice(1)
  }
}

const only = (configuration: Configuration) => {
  expect(configuration.connections).toHaveLength(1)
  const [first] = configuration.connections
  if (!first) throw new Error('no connection')
  return first
}

describe('the quick start', () => {
  test('makes one connection, with the defaults of everything', () => {
    const configuration = load({ ...quickStart, AZURE_TENANT_ID: tenant.toUpperCase(), SYNC_CONFIG: ' ' })
    expect(configuration).toMatchObject({
      audit: { retentionDays: 30, detail: 'fields' },
      schedule: '0 */15 * * * *',
      graphBaseUrl: 'https://graph.microsoft.com',
      authorityHost: null,
      publicBaseUrl: null,
    })
    expect(only(configuration)).toMatchObject({
      id: 'default',
      tenantId: tenant,
      clientId: null,
      clientSecret: null,
      site: {
        url: 'https://www.contoso.example/blog',
        username: 'entra-sync',
        applicationPassword: 'planted secret one',
        concurrency: 4,
        protectedRoles: ['administrator'],
        protectedUsers: [],
      },
      adoption: { members: ['email'], guests: [] },
      fullEveryMs: 24 * 3_600_000,
      configurationHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      selectHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  test('gets more from the defaults of SYNC_CONFIG', () => {
    const configuration = load({
      ...quickStart,
      ...document({
        defaults: {
          mapping: { name: 'mailNickname', url: null },
          properties: ['city'],
          adoption: { guests: ['email'] },
          cycles: { fullEveryHours: 6 },
        },
        audit: { retentionDays: 90, detail: 'full' },
      }),
    })
    expect(configuration.audit).toEqual({ retentionDays: 90, detail: 'full' })
    const { mapping, select, adoption, fullEveryMs } = only(configuration)
    expect(mapping.sources).toMatchObject({ name: 'mailNickname', first_name: 'givenName' })
    expect(select).toEqual(expect.arrayContaining(['city', 'mailNickname', 'id']))
    expect(adoption).toEqual({ members: ['email'], guests: ['email'] })
    expect(fullEveryMs).toBe(6 * 3_600_000)
  })

  test('says what is missing, all of it', () => {
    expect(faults({ WORDPRESS_USERNAME: '' })).toEqual([
      expect.stringMatching(/^- AZURE_TENANT_ID: is not set/),
      expect.stringMatching(/^- WORDPRESS_URL: is not set/),
      expect.stringMatching(/^- WORDPRESS_USERNAME: is not set/),
      expect.stringMatching(/^- WORDPRESS_APP_PASSWORD: is not set/),
    ])
  })

  test.each([
    ['AZURE_TENANT_ID', 'contoso.example', /GUID/],
    ['AZURE_CLIENT_SECRET', 'planted', /AZURE_CLIENT_ID: is not set/],
    ['WORDPRESS_URL', 'http://www.contoso.example', /https/],
    ['WORDPRESS_URL', 'www.contoso.example', /front page/],
    ['WORDPRESS_URL', 'https://planted:planted@www.contoso.example', /user name or password/],
    ['WORDPRESS_URL', 'https://www.contoso.example/?page=1', /without \?/],
    ['GRAPH_BASE_URL', 'https://graph.microsoft.com/v1.0', /without a path/],
    ['GRAPH_BASE_URL', 'http://localhost:1', /https/],
    ['AZURE_AUTHORITY_HOST', 'login', /https/],
    ['PUBLIC_BASE_URL', 'http://sync.example', /https/],
    ['SYNC_SCHEDULE', '*/5 * * * *', /six fields.*has 5/],
  ])('%s=%s is a fault', (name, value, message) => {
    const found = faults({ ...quickStart, [name]: value })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(message)
  })

  test.each([
    'http://localhost:8080',
    'http://127.0.0.1:9400/',
    'http://[::1]:80',
    'https://www.contoso.example/wp-json/',
  ])('WORDPRESS_URL=%s is good', (url) => {
    expect(only(load({ ...quickStart, WORDPRESS_URL: url })).site.url).not.toMatch(/\/$|wp-json/)
  })

  test('the host name that Azure sets is where Graph reaches the app, one of this machine is not', () => {
    expect(load({ ...quickStart, WEBSITE_HOSTNAME: 'sync.azurewebsites.net' }).publicBaseUrl).toBe(
      'https://sync.azurewebsites.net',
    )
    expect(load({ ...quickStart, WEBSITE_HOSTNAME: 'localhost:7071' }).publicBaseUrl).toBeNull()
    expect(load({ ...quickStart, WEBSITE_HOSTNAME: 'x.net', PUBLIC_BASE_URL: 'https://y.net/' }).publicBaseUrl).toBe(
      'https://y.net',
    )
  })
})

describe('SYNC_CONFIG', () => {
  test('inline or in a file: the same connections, secrets from the environment', () => {
    const env = document({ connections: [connection] })
    const inline = only(load(env))
    expect(inline).toMatchObject({ id: 'one', site: { applicationPassword: 'planted secret two' } })
    const fromFile = load({ ONE: env.ONE, SYNC_CONFIG: './sync.json' }, `\uFEFF${env.SYNC_CONFIG}`)
    expect(only(fromFile).configurationHash).toBe(inline.configurationHash)
  })

  test('the app of AZURE_CLIENT_ID with its secret, unless the connection names another', () => {
    const app = { AZURE_CLIENT_ID: otherTenant, AZURE_CLIENT_SECRET: 'planted secret three' }
    expect(only(load({ ...document({ connections: [connection] }), ...app }))).toMatchObject({
      clientId: otherTenant,
      clientSecret: 'planted secret three',
    })
    const named = { ...connection, directory: { tenantId: tenant, clientId: tenant } }
    expect(only(load({ ...document({ connections: [named] }), ...app }))).toMatchObject({
      clientId: tenant,
      clientSecret: null,
    })
  })

  test.each([
    ['nothing.json', undefined, /file that can be read \(ENOENT\)/],
    ['x.json', '{\n  "audit": {},\n  "audit": {}\n}', /"audit" stands there twice, line 3 column 3/],
    ['{"audit": {}', undefined, /the text ends.*line 1 column 13/],
    ['{"audit": {},}', undefined, /a key in double quotes.*line 1 column 14/],
    ['{"audit" {}}', undefined, /a colon/],
    ["{'audit': {}}", undefined, /a key in double quotes/],
    ['{"a": "planted', undefined, /a value is missing or not valid, line 1 column 7/],
    ['{} {}', undefined, /goes on after its end/],
    ['[]', undefined, /must be an object/],
    ['{"connections": []}', undefined, /at least one connection/],
  ])('%s', (setting, file, message) => {
    const found = faults({ ...quickStart, SYNC_CONFIG: setting }, file)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(message)
  })

  test('tells every fault at once, of every kind', () => {
    const found = faults({
      ...document({
        connections: [
          {
            id: 'Not an id',
            directory: { tenantId: 'contoso.example', propertis: [] },
            site: { url: 'http://one.example', username: '', applicationPassword: { env: 'NOT_SET' }, concurrency: 9 },
            mapping: { name: '$now()', nickname: 'givenname', url: 'mySite' },
          },
          { ...second, site: { ...second.site, applicationPassword: 'planted' } },
          {},
        ],
        defaults: { mapping: { first_name: 'a[' } },
        audit: { detail: 'everything' },
      }),
      SYNC_SCHEDULE: 'never',
    })
    const expected = [
      'connections[0].id',
      'connections[0].directory.tenantId',
      'connections[0].directory.propertis: is no known key; did you mean "properties"',
      'connections[0].site.url: must begin with https',
      'connections[0].site.username',
      'connections[0].site.applicationPassword.env: names the app setting NOT_SET',
      'connections[0].site.concurrency: must be at most 8',
      'connections[0].mapping.name: $now is not available',
      'connections[0].mapping.nickname: there is no property givenname; it is written givenName',
      'connections[0].mapping.url: Microsoft Graph',
      'connections[1].site.applicationPassword: must be an object',
      'connections[2].id: is missing',
      'connections[2].directory: is missing',
      'connections[2].site: is missing',
      'defaults.mapping.first_name: Expected "]"',
      'audit.detail: must be "full" or "fields" or "minimal"',
    ].map((text) => `- SYNC_CONFIG.${text}`)
    for (const text of expected) expect(found.some((fault) => fault.startsWith(text))).toBe(true)
    expect(found.filter((fault) => fault.startsWith('- SYNC_SCHEDULE'))).toHaveLength(1)
    expect(found).toHaveLength(expected.length + 1)
  })

  test('a fault that others found is told along', () => {
    expect(() => loadConfiguration({}, () => '', [{ setting: 'AzureWebJobsStorage', message: 'is not set' }])).toThrow(
      /AzureWebJobsStorage: is not set[^]*WORDPRESS_URL/,
    )
  })

  test.each([
    ['the same id', { ...second, id: 'one' }, /connections\[1\]\.id: is the id of SYNC_CONFIG\.connections\[0\] too/],
    ['the same tenant and site', { ...connection, id: 'two' }, /same tenant to the same site/],
    [
      'one site under two ids',
      { ...second, site: { ...connection.site, id: 'else', url: 'https://ONE.example/' } },
      /two lanes/,
    ],
    [
      'one site with two accounts',
      { id: 'two', directory: { tenantId: otherTenant }, site: { ...connection.site, username: 'else' } },
      /connections\[1\]\.site\.username: differs/,
    ],
    [
      'a secret without its app',
      { ...second, directory: { tenantId: tenant, clientSecret: { env: 'ONE' } } },
      /clientId: is missing/,
    ],
  ])('%s', (_, other, message) => {
    const found = faults(document({ connections: [connection, other] }))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(message)
  })

  test('the quick start’s settings beside connections are a fault', () => {
    expect(faults({ ...quickStart, ...document({ connections: [connection] }) })).toHaveLength(3)
  })

  test('two tenants may share a site, and then share its settings', () => {
    const { connections } = load(
      document({ connections: [connection, { ...connection, id: 'two', directory: { tenantId: otherTenant } }] }),
    )
    expect(connections[0]?.site).toBe(connections[1]?.site)
  })
})

describe('the configuration hash', () => {
  const hash = (change: object, env: Env = {}) =>
    only(load({ ...document({ connections: [{ ...connection, ...change }] }), ...env })).configurationHash
  const before = hash({})

  test.each([
    ['the mapping', { mapping: { url: '"https://x.example"' } }],
    ['a field that is not mapped', { mapping: { url: null, nickname: null } }],
    ['adoption', { adoption: { members: [] } }],
    ['properties', { directory: { tenantId: tenant, properties: ['city'] } }],
    ['the tenant', { directory: { tenantId: otherTenant } }],
    ['the site', { site: { ...connection.site, id: 'else' } }],
  ])('%s changes it', (_, change) => {
    expect(hash(change)).not.toBe(before)
  })

  test.each([
    ['nothing', {}],
    ['what is the default anyway', { mapping: { first_name: 'givenName' }, adoption: { members: ['email'] } }],
    ['the pace', { cycles: { fullEveryHours: 1 }, site: { ...connection.site, concurrency: 1 } }],
    ['the connection’s name', { id: 'else' }],
  ])('%s does not', (_, change) => {
    expect(hash(change)).toBe(before)
  })

  test('secrets do not', () => {
    expect(hash({}, { ONE: 'another', AZURE_CLIENT_ID: tenant, AZURE_CLIENT_SECRET: 'planted' })).toBe(before)
  })
})

test('local.settings.example.json can be used as it is', () => {
  const path = new URL('../../local.settings.example.json', import.meta.url)
  const { IsEncrypted, Values } = JSON.parse(readFileSync(path, 'utf8')) as { IsEncrypted: boolean; Values: Env }
  expect(IsEncrypted).toBe(false)
  expect(only(load(Values)).mapping.sources.nickname).toBe('mailNickname')
})
