import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../lib/config/configuration-error.ts'
import { fieldKeyFault } from '../../lib/config/field-key-fault.ts'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import { companionSettings } from '../../lib/domain/companion-settings.ts'
import { untakenFields, untakenMessage } from '../../lib/domain/untaken-fields.ts'

const quickStart = {
  AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  WORDPRESS_URL: 'https://example.org',
  WORDPRESS_USERNAME: 'sync',
  WORDPRESS_APP_PASSWORD: 'x',
}
const load = (defaults: object) =>
  loadConfiguration({ ...quickStart, SYNC_CONFIG: JSON.stringify({ defaults }) }, () => '')
const only = (defaults: object) => load(defaults).connections[0]!
const mapping = (value: object) => only({ mapping: value })

function faults(load: () => unknown): Record<string, string> {
  try {
    load()
  } catch (error) {
    if (error instanceof ConfigurationError)
      return Object.fromEntries(error.faults.map(({ setting, message }) => [setting, message]))
    throw error
  }
  return {}
}

test('short and long forms; the site knows its fields, and the hash all that changes an account', () => {
  const meta = { badge: 'employeeId', tags: { value: '[otherMails]', type: 'array' } }
  const connection = mapping({ meta, acf: { office: { value: 'officeLocation', once: true } } })
  expect(connection.site.fields).toEqual([
    { field: 'meta.badge', type: 'string' },
    { field: 'meta.tags', type: 'array' },
    { field: 'acf.office', type: 'string' },
  ])
  expect(connection.select).toEqual(expect.arrayContaining(['employeeId', 'officeLocation', 'otherMails']))
  const hashes = [
    {},
    { meta: { badge: 'employeeId' } },
    { acf: { badge: 'employeeId' } },
    { meta: { badge: { value: 'employeeId', type: 'number' } } },
    { meta: { badge: { value: 'employeeId', once: true } } },
    { nickname: { value: 'givenName ?: displayName', once: true } },
  ].map((value) => mapping(value).configurationHash)
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(mapping({ meta: { badge: { value: 'employeeId' } } }).configurationHash).toBe(hashes[1])
  expect(mapping({ nickname: 'givenName ?: displayName', meta: {} }).configurationHash).toBe(hashes[0])
})

test('all faults at once, each with its path', () => {
  expect(
    faults(() =>
      mapping({
        description: { value: 'jobTitle', ones: true },
        url: 7,
        meta: {
          badge: 'employeeId[',
          wp_capabilities: '"administrator"',
          tags: { value: 'otherMails', type: 'list' },
          Level: 'city',
          hobby: { type: 'array' },
          desk: 'officelocation',
        },
        acf: { _office: 'city', level: 'city' },
      }),
    ),
  ).toEqual({
    'SYNC_CONFIG.defaults.mapping.description.ones': expect.stringContaining('did you mean "once"'),
    'SYNC_CONFIG.defaults.mapping.url': expect.stringContaining('must be an expression'),
    'SYNC_CONFIG.defaults.mapping.meta.badge': expect.stringMatching(/near character/),
    'SYNC_CONFIG.defaults.mapping.meta.wp_capabilities': expect.stringContaining('can’t be written'),
    'SYNC_CONFIG.defaults.mapping.meta.tags.type': expect.stringContaining('must be "string" or "number"'),
    'SYNC_CONFIG.defaults.mapping.meta.hobby.value': expect.stringContaining('is missing'),
    'SYNC_CONFIG.defaults.mapping.meta.desk': expect.stringContaining('it is written officeLocation'),
    'SYNC_CONFIG.defaults.mapping.acf._office': expect.stringContaining('name of an ACF field'),
    'SYNC_CONFIG.defaults.mapping.acf.level': expect.stringContaining('the same user meta as meta.Level'),
  })
})

test.each([
  ...[
    'wp_capabilities',
    'wp_2_capabilities',
    'WP_User_Level',
    'x_user_level',
    'session_tokens',
    '_application_passwords',
  ],
  ...['default_password_nag', 'use_ssl', 'locale', 'first_name', 'wp_user-settings', '_new_email', 'entra_sync_x'],
  ...['', 'a b', 'a,b', 'a"b', 'ä', '__proto__', 'x'.repeat(101)],
])('the key %j is refused', (key) => {
  expect(fieldKeyFault('meta', key)).not.toBeNull()
  expect(fieldKeyFault('acf', key)).not.toBeNull()
})

test.each(['badge', '_hidden', 'billing_phone', 'a-b', 'ns:key', 'a.b', 'aadObjectId'])(
  'the key %j is taken',
  (key) => {
    expect(fieldKeyFault('meta', key)).toBeNull()
  },
)

describe('several connections', () => {
  const directory = (digit: string) => ({ tenantId: `${digit.repeat(8)}-2222-4333-8444-555555555555` })
  const site = { url: 'https://example.org', username: 'sync', applicationPassword: { env: 'PASSWORD' } }
  const both = (first: object, second: object, defaults: object = {}) => {
    const connections = [
      { id: 'a', directory: directory('1'), site, mapping: first },
      { id: 'b', directory: directory('2'), site, mapping: second },
    ]
    const env = { PASSWORD: 'x', SYNC_CONFIG: JSON.stringify({ connections, defaults: { mapping: defaults } }) }
    return loadConfiguration(env, () => '').connections
  }

  test('of one site share its fields; each has its own mapping over the defaults, key by key', () => {
    const [a, b] = both(
      { meta: { badge: null, level: { value: 'city', type: 'array' } } },
      { acf: { office: 'city' } },
      { meta: { badge: 'employeeId', desk: 'city' } },
    )
    expect(a!.mapping.customs.map(({ field }) => field)).toEqual(['meta.desk', 'meta.level'])
    expect(b!.mapping.customs.map(({ field }) => field)).toEqual(['meta.badge', 'meta.desk', 'acf.office'])
    expect(a!.site).toBe(b!.site)
    expect(a!.site.fields.map(({ field }) => field).sort()).toEqual([
      'acf.office',
      'meta.badge',
      'meta.desk',
      'meta.level',
    ])
  })

  test('of one site can’t have two types for a field', () => {
    expect(faults(() => both({ meta: { x: 'city' } }, { meta: { x: { value: 'city', type: 'array' } } }))).toEqual({
      'SYNC_CONFIG.connections[1].mapping.meta.x': expect.stringContaining('is of type array, but string for'),
    })
  })

  test('a fault is told where it was said', () => {
    expect(Object.keys(faults(() => both({ meta: { x: '[' } }, {}, { acf: { y: '[' } })))).toEqual(
      expect.arrayContaining(['SYNC_CONFIG.connections[0].mapping.meta.x', 'SYNC_CONFIG.defaults.mapping.acf.y']),
    )
  })
})

test('what the companion plugin is told changes with the meta and the protected, not with their order', () => {
  const site = (value: object, protectedUsers: string[] = []) => ({ ...mapping(value).site, protectedUsers })
  const settings = companionSettings(
    site({ meta: { b: 'city', a: { value: 'city', type: 'array' } }, acf: { c: 'city' } }),
    ['Heir'],
  )
  expect(settings).toMatchObject({
    meta: [
      { key: 'a', type: 'array' },
      { key: 'b', type: 'string' },
    ],
    protectedRoles: ['administrator'],
    protectedUsers: ['heir'],
  })
  const hash = (value: object, users: string[] = []) => companionSettings(site(value, users), []).hash
  expect(hash({ meta: { a: 'city', b: 'city' } })).toBe(hash({ meta: { b: 'mail', a: 'mail' }, acf: { c: 'city' } }))
  expect(new Set([hash({}), hash({ meta: { a: 'city' } }), hash({}, ['x'])]).size).toBe(3)
})

describe('fields that a site does not take', () => {
  const { customs } = mapping({ meta: { a: 'city', b: 'city' }, acf: { c: 'city', d: 'city' } }).mapping
  const companion = { version: '0.1.0', contract: 1, settingsHash: null }
  test.each([
    [{ meta: ['a'], acf: ['c'], companion: null }, ['meta.b', 'acf.d']],
    [{ meta: ['a', 'b'], acf: ['c', 'd'], companion: null }, []],
    [{ meta: [], acf: ['c', 'd'], companion }, []],
    [{ meta: [], acf: [], companion }, ['acf.c', 'acf.d']],
    [{ meta: ['a'], acf: ['c', 'd'], companion: { ...companion, refused: true as const } }, ['meta.b']],
    [{ meta: ['a'], acf: ['c', 'd'], companion: { ...companion, contract: 2 } }, ['meta.b']],
  ])('%j', (capabilities, expected) => {
    expect(untakenFields(customs, capabilities)).toEqual(expected)
  })
  test('are told with their cures', () => {
    expect(untakenMessage(['meta.b', 'acf.d'])).toMatch(
      /registered for REST: b\..*companion plugin.*ACF fields.*: d\..*Show in REST API/,
    )
    expect(untakenMessage(['meta.b'])).not.toContain('ACF')
  })
})
