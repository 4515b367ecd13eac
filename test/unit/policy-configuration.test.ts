import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../lib/config/configuration-error.ts'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import type { Connection } from '../../lib/domain/connection.ts'
import { inScope } from '../../lib/domain/scope.ts'

const tenant = '11111111-2222-4333-8444-555555555555'
const group = 'aaaaaaaa-3333-4444-8555-666666666666'
const otherGroup = '22222222-3333-4444-8555-666666666666'
const day = 86_400_000
const quickStart = {
  AZURE_TENANT_ID: tenant,
  WORDPRESS_URL: 'https://www.contoso.example',
  WORDPRESS_USERNAME: 'entra-sync',
  WORDPRESS_APP_PASSWORD: 'planted secret one',
}
const site = { url: 'https://one.example', username: 'sync', applicationPassword: { env: 'ONE' } }
const connection = { id: 'one', directory: { tenantId: tenant }, site }

const env = (document: object) => ({ SYNC_CONFIG: JSON.stringify(document), ONE: 'planted secret two' })

function load(own: object, defaults: object = {}): Connection {
  const { connections } = loadConfiguration(env({ connections: [{ ...connection, ...own }], defaults }), () => '')
  const [first] = connections
  if (!first || connections.length > 1) throw new Error('not one connection')
  return first
}

function faults(own: object, defaults: object = {}): string[] {
  try {
    load(own, defaults)
    return []
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace('- SYNC_CONFIG.', ''))
  }
}

const suspends = { action: 'suspend', deleteAfter: null }

test('without a word: everybody belongs, whoever leaves is suspended, nobody is deleted', () => {
  expect(load({})).toMatchObject({
    scope: { groups: [], filter: null, members: true, guests: true, enabledOnly: true },
    groups: [],
    leaving: { disabled: suspends, deleted: suspends, absent: suspends, 'out-of-scope': suspends },
    reassignTo: null,
    guard: { most: 500, percent: 5, fewest: 10 },
    guestRole: null,
    singleSignOn: true,
    drift: 'repair',
    whenAccountMissing: 'leave',
    fullWithoutDeltaEveryMs: 3_600_000,
    verifyEveryMs: 7 * day,
    photos: null,
    site: { unprotectedUsers: [] },
  })
})

test('photos are asked for where they are enabled, each setting by itself or by the defaults', () => {
  expect(load({ photos: { enabled: true } }).photos).toEqual({ everyMs: day, size: 240 })
  expect(load({ photos: { everyHours: 6 } }, { photos: { enabled: true, size: 96 } }).photos).toEqual({
    everyMs: day / 4,
    size: 96,
  })
  expect(load({ photos: { enabled: false } }, { photos: { enabled: true } }).photos).toBeNull()
  expect(load({ photos: { size: 96 } }).photos).toBeNull()
})

const everything = {
  scope: {
    groups: [group.toUpperCase(), otherGroup],
    filter: 'usageLocation = "DE"',
    members: true,
    guests: false,
    enabledOnly: false,
  },
  leaving: {
    disabled: 'leave',
    softDeleted: 'suspend',
    purged: 'delete',
    outOfScope: { action: 'suspend', deleteAfterDays: 90 },
    reassignTo: ' archive ',
  },
  guard: { most: 0, percent: 0.1, fewest: 0 },
  guests: { role: 'guest' },
  drift: { onChange: 'report', verifyEveryHours: 24, whenAccountMissing: 'recreate' },
  cycles: { fullWithoutDeltaMinutes: 90 },
  singleSignOn: { markers: false },
}
const understood = {
  scope: { groups: [otherGroup, group], members: true, guests: false, enabledOnly: false },
  groups: [otherGroup, group],
  leaving: {
    disabled: { action: 'leave', deleteAfter: null },
    deleted: suspends,
    absent: { action: 'delete', deleteAfter: null },
    'out-of-scope': { action: 'suspend', deleteAfter: 90 * day },
  },
  reassignTo: 'archive',
  guard: { most: 0, percent: 0.1, fewest: 0 },
  guestRole: 'guest',
  singleSignOn: false,
  drift: 'report',
  whenAccountMissing: 'recreate',
  fullWithoutDeltaEveryMs: 90 * 60_000,
  verifyEveryMs: day,
}

describe('everything can be said', () => {
  test('by the connection', () => {
    expect(load(everything)).toMatchObject(understood)
  })

  test('by the defaults', () => {
    expect(load({}, everything)).toMatchObject(understood)
  })

  test('by the defaults, for the quick start’s connection', () => {
    const { connections } = loadConfiguration({ ...quickStart, ...env({ defaults: everything }) }, () => '')
    expect(connections).toMatchObject([{ id: 'default', ...understood }])
  })

  test('by both: the connection’s own key goes first, null and an empty list take a default back', () => {
    const own = {
      scope: { groups: [], filter: null },
      leaving: { purged: 'suspend', outOfScope: 'leave', reassignTo: null },
      guests: { role: null },
      guard: { most: 7 },
    }
    expect(load(own, everything)).toMatchObject({
      scope: { groups: [], filter: null, guests: false },
      leaving: { disabled: { action: 'leave' }, absent: suspends, 'out-of-scope': { action: 'leave' } },
      reassignTo: null,
      guestRole: null,
      guard: { most: 7, percent: 0.1, fewest: 0 },
    })
  })

  test('unprotectedUsers, by the site', () => {
    expect(load({ site: { ...site, unprotectedUsers: ['jana'] } }).site.unprotectedUsers).toEqual(['jana'])
  })

  test.each(['entra', 'b2c', 'external'])('the kind %s makes no difference', (kind) => {
    expect(load({ directory: { tenantId: tenant, kind } }).configurationHash).toBe(load({}).configurationHash)
  })
})

describe('the filter', () => {
  const { scope, select, mapping } = load({
    directory: { tenantId: tenant, properties: ['city'] },
    scope: { filter: 'usageLocation = "DE" and $lookup($, "city") = "Ulm" and $not($exists(companyName))' },
  })

  test('has the properties that it names and those that are configured read, and sees them', async () => {
    expect(select).toEqual(expect.arrayContaining(['city', 'companyName', 'usageLocation']))
    expect([...scope.visible]).toEqual(expect.arrayContaining(['id', 'city', 'companyName', 'usageLocation']))
    const user = { id: '1', usageLocation: 'DE', city: 'Ulm' }
    expect(await inScope(scope, user, [])).toEqual({ ok: true, inScope: true })
    expect(await inScope(scope, { ...user, companyName: 'Contoso' }, [])).toEqual({ ok: true, inScope: false })
  })

  test('shows the mapping nothing more', () => {
    expect(mapping.visible.has('usageLocation')).toBe(false)
  })
})

describe('faults', () => {
  test.each<[object, string | RegExp]>([
    [{ scope: { filter: 'a[' } }, /^connections\[0\]\.scope\.filter: .*, near character 2$/],
    [
      { scope: { filter: 'givenName = $now()' } },
      /^connections\[0\]\.scope\.filter: \$now is not available.*, near character 16$/,
    ],
    [{ scope: { filter: '' } }, /scope\.filter: the expression is empty, near character 1$/],
    [
      { scope: { filter: 'givenname = "A"' } },
      /scope\.filter: there is no property givenname; it is written givenName/,
    ],
    [{ scope: { filter: 'mySite = "A"' } }, /scope\.filter: Microsoft Graph doesn’t tell mySite/],
    [{ scope: { filter: true } }, /scope\.filter: must be a text/],
    [{ scope: { groups: ['planted'] } }, /scope\.groups\[0\]: must be a group’s object id/],
    [
      { scope: { groups: [group, otherGroup, group.toUpperCase()] } },
      'connections[0].scope.groups: names the same group twice, members 1 and 3; take one out',
    ],
    [
      {
        scope: {
          groups: Array.from({ length: 51 }, (_, at) => `11111111-2222-4333-8444-${String(at).padStart(12, '0')}`),
        },
      },
      'connections[0].scope.groups: must have at most 50 members',
    ],
    [{ scope: { group: [] } }, 'connections[0].scope.group: is no known key; did you mean "groups"?'],
    [{ scope: { members: false, guests: false } }, /^connections\[0\]\.scope\.guests: takes nobody/],
    [{ scope: { guests: 'no' } }, /scope\.guests: must be true or false\. Whether guests/],
    [
      { leaving: { disabled: 'delete' } },
      /^connections\[0\]\.leaving\.reassignTo: is not set, but disabled would delete/,
    ],
    [
      { leaving: { softDeleted: 'delete', purged: { action: 'suspend', deleteAfterDays: 1 }, reassignTo: null } },
      /leaving\.reassignTo: is not set, but softDeleted, purged would delete accounts, .*posts.*name the login/,
    ],
    [{ leaving: { disabled: 'remove' } }, /leaving\.disabled: must be "suspend", "delete", "leave" or \{"action"/],
    [{ leaving: { disabled: 30 } }, /leaving\.disabled: must be "suspend", "delete", "leave" or \{"action"/],
    [
      { leaving: { disabled: { action: 'delete', deleteAfterDays: 30 }, reassignTo: 'archive' } },
      'connections[0].leaving.disabled.action: must be "suspend" beside deleteAfterDays: only suspended accounts are deleted later',
    ],
    [
      { leaving: { purged: { action: 'suspend', deleteAfterDays: 0 }, reassignTo: 'archive' } },
      'connections[0].leaving.purged.deleteAfterDays: must be at least 1',
    ],
    [
      { leaving: { purged: { action: 'suspend', deleteAfterDays: 3651 }, reassignTo: 'archive' } },
      'connections[0].leaving.purged.deleteAfterDays: must be at most 3650',
    ],
    [{ leaving: { purged: { action: 'suspend' } } }, /leaving\.purged\.deleteAfterDays: is missing\. Days after/],
    [
      { leaving: { purged: { action: 'suspend', deleteAfterDays: 1, deleteAfterDay: 1 }, reassignTo: 'archive' } },
      /leaving\.purged\.deleteAfterDay: is no known key; did you mean "deleteAfterDays"/,
    ],
    [{ leaving: { deleted: 'suspend' } }, /leaving\.deleted: is no known key/],
    [{ leaving: { reassignTo: ' ' } }, /leaving\.reassignTo: must not be empty/],
    [{ leaving: { purged: 'delete', reassignTo: 5 } }, /^connections\[0\]\.leaving\.reassignTo: must be a text/],
    [{ guard: { most: -1 } }, /guard\.most: must be at least 0/],
    [{ guard: { most: 1.5 } }, /guard\.most: must be a whole number/],
    [{ guard: { percent: 0 } }, /guard\.percent: must be at least 0\.1/],
    [{ guard: { percent: 101 } }, /guard\.percent: must be at most 100/],
    [{ guard: { fewest: -1 } }, /guard\.fewest: must be at least 0/],
    [{ guard: { limit: 5 } }, /guard\.limit: is no known key/],
    [{ guests: { role: '' } }, /guests\.role: must not be empty/],
    [{ guests: { role: 'administrator' } }, /^connections\[0\]\.guests\.role: is a protected role/],
    [{ guests: { roles: [] } }, /guests\.roles: is no known key; did you mean "role"/],
    [{ drift: { onChange: 'undo' } }, /drift\.onChange: must be "repair" or "report" or "ignore"/],
    [{ drift: { whenAccountMissing: 'delete' } }, /drift\.whenAccountMissing: must be "recreate" or "leave"/],
    [{ drift: { verifyEveryHours: 0 } }, /drift\.verifyEveryHours: must be at least 1/],
    [{ drift: { verify: 1 } }, /drift\.verify: is no known key/],
    [{ photos: { size: 100 } }, /photos\.size/],
    [{ photos: { everyHours: 0 } }, /photos\.everyHours: must be at least 1/],
    [{ cycles: { fullWithoutDeltaMinutes: 0 } }, /cycles\.fullWithoutDeltaMinutes: must be at least 1/],
    [{ directory: { tenantId: tenant, kind: 'ldap' } }, /directory\.kind: must be "entra" or "b2c" or "external"/],
    [
      { site: { ...site, protectedUsers: ['owner', 'Jana'], unprotectedUsers: ['jana'] } },
      /^connections\[0\]\.site\.unprotectedUsers: names a login that protectedUsers names too/,
    ],
  ])('%j', (own, message) => {
    expect(faults(own)).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)])
  })

  test('are told where they were said', () => {
    expect(
      faults({ scope: { guests: false } }, { scope: { filter: 'a[' }, guests: { role: 'administrator' } }),
    ).toEqual([
      expect.stringMatching(/^defaults\.scope\.filter: .*near character 2$/),
      expect.stringMatching(/^defaults\.guests\.role: is a protected role/),
    ])
    expect(faults({ leaving: { disabled: 'leave' } }, { leaving: { purged: 'delete' } })).toEqual([
      expect.stringMatching(/^defaults\.leaving\.reassignTo: is not set, but purged would/),
    ])
    expect(faults({ leaving: { reassignTo: 'archive' } }, { leaving: { purged: 'delete' } })).toEqual([])
  })

  test('a list with a wrong member doesn’t hide the others', () => {
    expect(
      faults({ scope: { groups: ['x', 'y'], filter: 'a[' }, leaving: { disabled: 'gone', purged: 'delete' } }),
    ).toEqual([
      expect.stringMatching(/scope\.groups\[0\]/),
      expect.stringMatching(/scope\.groups\[1\]/),
      expect.stringMatching(/leaving\.disabled/),
      expect.stringMatching(/scope\.filter/),
      expect.stringMatching(/leaving\.reassignTo/),
    ])
  })

  test('of two connections of a site: unprotectedUsers that differ; a policy may', () => {
    const other = { ...connection, id: 'two', directory: { tenantId: group } }
    const both = (second: object) => () => loadConfiguration(env({ connections: [connection, second] }), () => '')
    expect(both({ ...other, site: { ...site, unprotectedUsers: ['jana'] } })).toThrow(
      /connections\[1\]\.site\.unprotectedUsers: differs/,
    )
    expect(both({ ...other, ...everything })().connections.map(({ reassignTo }) => reassignTo)).toEqual([
      null,
      'archive',
    ])
  })
})

describe('the configuration hash', () => {
  const { configurationHash: before } = load({})

  test.each<[object]>([
    [{ scope: { groups: [group] } }],
    [{ scope: { filter: 'givenName = "A"' } }],
    [{ scope: { members: false } }],
    [{ scope: { guests: false } }],
    [{ scope: { enabledOnly: false } }],
    [{ leaving: { disabled: 'leave' } }],
    [{ leaving: { softDeleted: 'leave' } }],
    [{ leaving: { purged: 'leave' } }],
    [{ leaving: { outOfScope: 'leave' } }],
    [{ leaving: { reassignTo: 'archive' } }],
    [{ guests: { role: 'guest' } }],
    [{ site: { ...site, unprotectedUsers: ['jana'] } }],
  ])('%j changes it', (own) => {
    expect(load(own).configurationHash).not.toBe(before)
  })

  test('so does another number of days', () => {
    const hashes = [30, 31].map((deleteAfterDays) => {
      const leaving = { purged: { action: 'suspend', deleteAfterDays }, reassignTo: 'archive' }
      return load({ leaving }).configurationHash
    })
    expect(new Set(hashes).size).toBe(2)
  })

  test.each<[object]>([
    [{ guard: everything.guard }],
    [{ drift: everything.drift }],
    [{ cycles: everything.cycles }],
    [{ photos: { enabled: true, everyHours: 2, size: 648 } }],
    [{ scope: { groups: [], members: true }, leaving: { disabled: 'suspend' } }],
  ])('%j does not', (own) => {
    expect(load(own).configurationHash).toBe(before)
  })

  test('nor does the order of groups', () => {
    const [one, two] = [
      [group, otherGroup],
      [otherGroup, group],
    ].map((groups) => load({ scope: { groups } }))
    expect(one?.configurationHash).toBe(two?.configurationHash)
  })
})
