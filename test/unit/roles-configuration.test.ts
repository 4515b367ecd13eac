import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../lib/config/configuration-error.ts'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import type { Connection } from '../../lib/domain/connection.ts'
import { managedRoles } from '../../lib/domain/role-rules.ts'

const tenant = '11111111-2222-4333-8444-555555555555'
const group = 'aaaaaaaa-3333-4444-8555-666666666666'
const otherGroup = '22222222-3333-4444-8555-666666666666'
const application = 'bbbbbbbb-3333-4444-8555-666666666666'
const site = { url: 'https://one.example', username: 'sync', applicationPassword: { env: 'ONE' } }

function load(own: object, defaults: object = {}, env: object = {}): Connection {
  const document = { connections: [{ id: 'one', directory: { tenantId: tenant }, site, ...own }], defaults }
  const settings = { SYNC_CONFIG: JSON.stringify(document), ONE: 'planted secret', ...env }
  const [first] = loadConfiguration(settings, () => '').connections
  if (!first) throw new Error('no connection')
  return first
}

function faults(own: object, defaults: object = {}): string[] {
  try {
    load(own, defaults)
    return []
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const lines = error.message.split('\n').slice(1)
    return lines.map((line) => line.replace('- SYNC_CONFIG.', ''))
  }
}

const everything = {
  scope: { groups: [otherGroup] },
  guests: { role: 'guest' },
  roles: {
    mode: 'union',
    rules: [
      { group: group.toUpperCase(), role: ' editor ' },
      { appRole: 'Author', role: 'author' },
      { expression: 'extension_x_role', roles: ['author', 'contributor'] },
      { expression: 'companyName = "Contoso"', role: 'vip' },
    ],
    default: 'subscriber',
    application,
  },
}

test('everything can be said, by the connection or the defaults', () => {
  for (const connection of [load(everything), load({}, everything)]) {
    const { roles, groups, select } = connection
    expect(roles).toMatchObject({
      ...{ mode: 'union', fallback: 'subscriber', allowProtected: [] },
      app: { clientId: application, values: ['Author'] },
      rules: [
        { kind: 'group', group, role: 'editor' },
        { kind: 'appRole', value: 'Author', role: 'author' },
        { kind: 'named', roles: ['author', 'contributor'] },
        { kind: 'condition', role: 'vip' },
      ],
    })
    expect(groups).toEqual([otherGroup, group])
    expect(connection.scope.groups).toEqual([otherGroup])
    expect(select).toEqual(expect.arrayContaining(['extension_x_role', 'companyName']))
    expect([...roles.visible]).toEqual(expect.arrayContaining(['extension_x_role', 'companyName', 'department']))
    expect(managedRoles(connection)).toEqual(['editor', 'author', 'contributor', 'vip', 'subscriber', 'guest'])
  }
})

test('without a word nothing is managed, and nobody’s application is asked', () => {
  const connection = load({})
  expect(managedRoles(connection)).toEqual([])
  expect(connection.roles).toMatchObject({ mode: 'priority', rules: [], fallback: null, app: null })
})

test('app roles are those of the connection’s own application, unless another is named', () => {
  const roles = { rules: [{ appRole: 'Author', role: 'author' }] }
  const clientId = otherGroup
  expect(load({ roles, directory: { tenantId: tenant, clientId } }).roles.app?.clientId).toBe(clientId)
  expect(load({ roles }, {}, { AZURE_CLIENT_ID: clientId }).roles.app?.clientId).toBe(clientId)
  expect(load({ roles: { ...roles, application } }, {}, { AZURE_CLIENT_ID: clientId }).roles.app).toEqual({
    clientId: application,
    values: ['Author'],
  })
})

test('each setting counts for the configuration’s hash, and so does the rules’ order', () => {
  const [first, second] = [
    { group, role: 'editor' },
    { group: otherGroup, role: 'author' },
  ]
  const variants = [
    {},
    { rules: [first] },
    { rules: [{ ...first, role: 'author' }] },
    { rules: [{ group: otherGroup, role: 'editor' }] },
    { rules: [first, second] },
    { rules: [second, first] },
    { rules: [first, second], mode: 'union' },
    { rules: [first], default: 'subscriber' },
    { rules: [{ expression: 'true', role: 'editor' }] },
    { rules: [{ expression: '1 = 1', role: 'editor' }] },
    { rules: [{ expression: '1 = 1', roles: ['editor'] }] },
    { rules: [{ appRole: 'A', role: 'editor' }], application },
    { rules: [{ appRole: 'A', role: 'editor' }], application: group },
  ]
  const hashes = variants.map((roles) => load({ roles }).configurationHash)
  expect(new Set(hashes).size).toBe(variants.length)
  expect(load({ roles: { rules: [first] } }).configurationHash).toBe(hashes[1])
})

describe('faults', () => {
  const rule = (...rules: object[]) => ({ roles: { rules } })
  const editor = { group, role: 'editor' }
  test.each<[object, RegExp]>([
    [rule({ role: 'editor' }), /^connections\[0\]\.roles\.rules\[0\]: must have exactly one of group, appRole/],
    [rule({ ...editor, appRole: 'A' }), /rules\[0\]: must have exactly one of/],
    [rule({ group }), /rules\[0\]\.role: is missing\. Slug/],
    [rule({ group, roles: ['editor'] }), /rules\[0\]\.roles: says something beside an expression only/],
    [rule({ expression: 'a' }), /rules\[0\]: must have either role .* or roles/],
    [rule({ expression: 'a', role: 'b', roles: ['c'] }), /rules\[0\]: must have either role/],
    [rule({ group: 'planted', role: 'editor' }), /rules\[0\]\.group: must be a group’s object id/],
    [rule({ group, role: 'shop manager' }), /rules\[0\]\.role: must be a role’s slug/],
    [rule({ ...editor, roel: 'editor' }), /rules\[0\]\.roel: is no known key; did you mean "role"/],
    [rule(editor, { expression: 'a[', role: 'x' }), /rules\[1\]\.expression: .*, near character 2$/],
    [rule({ expression: 'givenname = "A"', role: 'x' }), /rules\[0\]\.expression: there is no property givenname/],
    [rule({ expression: 'mySite', roles: ['x'] }), /rules\[0\]\.expression: Microsoft Graph doesn’t tell mySite/],
    [rule(editor, editor), /rules\[1\]\.group: is that of rule 1 too, which always decides before/],
    [
      { roles: { mode: 'union', rules: [editor, editor] } },
      /rules\[1\]\.group: gives the same role for the same group/,
    ],
    [rule({ appRole: 'A', role: 'x' }), /rules\[0\]\.appRole: is an app role of nobody knows what: set roles\.app/],
    [rule({ group, role: 'administrator' }), /rules\[0\]\.role: is a protected role .* name it in .*allowProtected$/],
    [rule({ expression: 'a', roles: ['x', 'administrator'] }), /rules\[0\]\.roles: is a protected role/],
    [{ roles: { default: 'administrator' } }, /roles\.default: is a protected role/],
    [{ roles: { allowProtected: ['editor'] } }, /roles\.allowProtected: names a role that is not in site\.protected/],
    [{ roles: { mode: 'all' } }, /roles\.mode: must be "priority" or "union"/],
  ])('%j', (own, fault) => {
    expect(faults(own)).toEqual([expect.stringMatching(fault)])
    // Said by the defaults it is told of them.
    expect(faults({}, own)).toEqual([expect.stringMatching(fault.source.includes('connections') ? /^defaults/ : fault)])
  })

  test('are told all at once, each with its path', () => {
    const rules = [editor, editor, { expression: 'a[', role: 'b' }, { group: otherGroup, role: 'administrator' }]
    const told = faults({ roles: { rules, default: 'administrator', allowProtected: ['vip'] } })
    expect(told.map((line) => line.split(': ')[0]).toSorted()).toEqual(
      ['allowProtected', 'rules[1].group', 'rules[2].expression', 'rules[3].role'].map(
        (path) => `connections[0].roles.${path}`,
      ),
    )
  })

  test('a protected role may be given where it is named', () => {
    const roles = { rules: [{ group, role: 'administrator' }], allowProtected: ['administrator'] }
    expect(faults({ roles })).toEqual([])
    expect(load({ roles }).roles.allowProtected).toEqual(['administrator'])
  })
})
