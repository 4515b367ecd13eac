import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { compileExpression, type Expression } from '../../lib/domain/expression.ts'
import { createFlowScene } from '../support/flow-scene.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { takeIds } from '../support/queue-contents.ts'
import { createReaderScene } from '../support/reader-scene.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'

/** Who belongs on the site: groups, filters, guests, the disabled; and what becomes of those who come and go. */

type Policy = NonNullable<SyncAppOptions['policy']>

let servers: Omit<LaneServers, 'directory'>
const stops: (() => Promise<void>)[] = []
let scenes = 0

beforeAll(async () => {
  const [azurite, site] = await Promise.all([startAzurite(), startEmbeddedWordPress({ version: '6.6-RC3' })])
  stops.push(azurite.stop, site.stop)
  servers = { site, storage: azurite.connectionString }
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

async function startEmptyDirectory(): Promise<DirectoryServer> {
  const directory = await startDirectory({ users: 0, pageSize: 3 })
  stops.push(directory.stop)
  trustDirectory(directory)
  return directory
}

async function createFlow(directory: DirectoryServer, policy: Policy) {
  const flow = await createFlowScene({ ...servers, directory }, `scope${++scenes}`, { policy })
  stops.push(flow.proxy.stop)
  return flow
}

function filterOf(source: string): Expression {
  const compiled = compileExpression(source)
  if (!compiled.ok) throw new Error('the filter of the test does not compile')
  return compiled.expression
}

describe('an enumeration queues', () => {
  let directory: DirectoryServer
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    directory = await startEmptyDirectory()
    const person = async (name: string, more: object) => {
      const user = { displayName: name, mail: `${name}@contoso.example`, accountEnabled: true, userType: 'Member' }
      ids[name] = (await directory.admin.createUser({ ...user, ...more })).id
    }
    await person('anna', { department: 'Sales', usageLocation: 'DE' })
    await person('bert', { department: 'Sales', usageLocation: 'FR' })
    await person('carl', { department: 'Legal', usageLocation: 'DE' })
    await person('dora', {})
    await person('gast', { userType: 'Guest' })
    // userType can be Member for externals.
    await person('gina', { userPrincipalName: 'gina_home.example#EXT#@contoso.onmicrosoft.com' })
  })

  async function queued(scope: Policy['scope']): Promise<string[]> {
    const reader = createReaderScene({ directory, storage: servers.storage, policy: { ...(scope && { scope }) } })
    await reader.read()
    const { counters, error } = await reader.lastCycle()
    const queued = await takeIds(reader.context, 'bulk')
    expect({ queued: counters.queued, dropped: counters.dropped, error }).toEqual({
      queued: queued.length,
      dropped: 6 - queued.length,
      error: null,
    })
    return Object.keys(ids).filter((name) => queued.includes(ids[name]!))
  }

  test('members of the groups, nested ones too, and ends where the nesting is a ring', async () => {
    const inner = await directory.admin.createGroup({ displayName: 'inner', members: [ids['bert']!] })
    const outer = await directory.admin.createGroup({ displayName: 'outer', members: [ids['anna']!, inner.id] })
    await directory.admin.addMembers(inner.id, [outer.id])
    const other = await directory.admin.createGroup({ displayName: 'other', members: [ids['carl']!, ids['dora']!] })
    expect(await queued({ groups: [outer.id] })).toEqual(['anna', 'bert'])
    expect(await queued({ groups: [inner.id] })).toEqual(['anna', 'bert'])
    // Who is in one of them belongs; all other conditions must hold beside.
    expect(await queued({ groups: [inner.id, other.id] })).toEqual(['anna', 'bert', 'carl', 'dora'])
    expect(await queued({ groups: [inner.id, other.id], filter: filterOf('usageLocation = "DE"') })).toEqual([
      'anna',
      'carl',
    ])
    const empty = await directory.admin.createGroup({ displayName: 'empty' })
    expect(await queued({ groups: [empty.id] })).toEqual([])
  })

  test('whoever the filter is true for; no value is no, and what is neither is looked at and told', async () => {
    expect(await queued({ filter: filterOf('department = "Sales"') })).toEqual(['anna', 'bert'])
    expect(await queued({ filter: filterOf('$not(department = "Sales")') })).toEqual(['carl', 'dora', 'gast', 'gina'])
    // Nobody can say: whoever it isn't false for is looked at, and the look fails.
    expect(await queued({ filter: filterOf('department') })).toEqual(['anna', 'bert', 'carl'])
    expect(await queued({ filter: filterOf('1 = 2') })).toEqual([])
  })

  test('guests and members as configured', async () => {
    expect(await queued({ guests: false })).toEqual(['anna', 'bert', 'carl', 'dora'])
    expect(await queued({ members: false })).toEqual(['gast', 'gina'])
  })
})

test('who isn’t in the scope has neither account nor link row, whatever changes; nothing changed asks nothing', async () => {
  const directory = await startEmptyDirectory()
  const { id: group } = await directory.admin.createGroup({ displayName: 'readers' })
  const flow = await createFlow(directory, { scope: { groups: [group] } })
  const [member, stranger, disabled] = await flow.people(3)
  await directory.admin.updateUser(disabled!, { accountEnabled: false })
  await directory.admin.addMembers(group, [member!])
  expect((await flow.cycle()).counters).toMatchObject({ queued: 1, dropped: 2, created: 1 })
  await directory.admin.updateUser(stranger!, { department: 'Elsewhere' })
  await directory.admin.updateUser(disabled!, { department: 'Elsewhere' })
  expect((await flow.cycle('incremental')).counters).toMatchObject({ queued: 2, skipped: 0 })
  for (const outsider of [stranger!, disabled!])
    expect([await flow.link(outsider), await flow.told(outsider)]).toEqual([undefined, []])
  expect(await flow.accounts()).toEqual([`p0.${flow.id}`])

  await flow.proxy.reset()
  const full = await flow.cycle('full')
  expect(full).toMatchObject({ kind: 'full', state: 'settled', counters: { queued: 0, dropped: 3, siteRequests: 0 } })
  expect(flow.proxy.requests).toEqual([])
})

test('who leaves the scope is suspended once the cycle is judged, and who comes back has the same account and roles', async () => {
  const directory = await startEmptyDirectory()
  const { id: group } = await directory.admin.createGroup({ displayName: 'readers' })
  const scope = { groups: [group], filter: filterOf('usageLocation != "XX"') }
  const flow = await createFlow(directory, { scope })
  const [anna, bert] = [
    await flow.person('anna', { usageLocation: 'DE' }),
    await flow.person('bert', { usageLocation: 'DE' }),
  ]
  await directory.admin.addMembers(group, [anna, bert])
  await flow.cycle()
  const accounts = [await flow.accountOf(anna), await flow.accountOf(bert)]
  await servers.site.php(`get_user_by('id', ${accounts[0]!.id})->set_role('editor');`)

  // By a group alone, and by a property alone.
  await directory.admin.removeMembers(group, [anna])
  await directory.admin.updateUser(bert, { usageLocation: 'XX' })
  const left = await flow.cycle('incremental')
  expect(left).toMatchObject({ kind: 'incremental', state: 'settled', counters: { suspended: 2, held: 0 } })
  for (const person of [anna, bert]) {
    expect(await flow.told(person)).toEqual(['created', 'suspended out-of-scope'])
    expect(await flow.link(person)).toMatchObject({ state: 'suspended', leaving: { reason: 'out-of-scope' } })
    expect((await flow.accountOf(person))?.roles).toEqual([])
  }
  expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, dropped: 2, siteRequests: 0 })

  await directory.admin.addMembers(group, [anna])
  await directory.admin.updateUser(bert, { usageLocation: 'AT' })
  expect((await flow.cycle('incremental')).counters).toMatchObject({ restored: 2, suspended: 0 })
  expect(await flow.accountOf(anna)).toMatchObject({ id: accounts[0]!.id, roles: ['editor'] })
  expect(await flow.accountOf(bert)).toMatchObject({ id: accounts[1]!.id, roles: accounts[1]!.roles })
  expect(await flow.link(anna)).toMatchObject({ state: 'active', leaving: null, roles: null, removal: null })
})

test('a change of groups alone makes a full cycle look again, for memberships are part of the fingerprint', async () => {
  const directory = await startEmptyDirectory()
  const [first, second] = [
    (await directory.admin.createGroup({ displayName: 'first' })).id,
    (await directory.admin.createGroup({ displayName: 'second' })).id,
  ]
  const flow = await createFlow(directory, { scope: { groups: [first, second].sort() } })
  const [moves, stays] = await flow.people(2)
  await directory.admin.addMembers(first, [moves!, stays!])
  await flow.cycle()
  const { fingerprint } = (await flow.link(moves!))!
  await directory.admin.addMembers(second, [moves!])
  await directory.admin.removeMembers(first, [moves!])
  expect((await flow.cycle('full')).counters).toMatchObject({ queued: 1, dropped: 1, unchanged: 1, siteWrites: 0 })
  expect((await flow.link(moves!))?.fingerprint).not.toBe(fingerprint)
  expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, dropped: 2 })
})

test('the disabled belong like everybody else where sign-in makes no difference', async () => {
  const directory = await startEmptyDirectory()
  const flow = await createFlow(directory, { scope: { enabledOnly: false } })
  const anna = await flow.person('anna', { accountEnabled: false })
  const bert = await flow.person('bert')
  expect((await flow.cycle()).counters).toMatchObject({ created: 2 })
  await directory.admin.updateUser(bert, { accountEnabled: false, jobTitle: 'Away' })
  expect((await flow.cycle('incremental')).counters).toMatchObject({ updated: 1, suspended: 0, skipped: 0 })
  for (const person of [anna, bert]) expect(await flow.link(person)).toMatchObject({ state: 'active', leaving: null })
})

test('who can’t be judged, because the filter fails, keeps the account as it is, and is told', async () => {
  const directory = await startEmptyDirectory()
  const flow = await createFlow(directory, { scope: { filter: filterOf('$number(employeeId) > 10') } })
  const anna = await flow.person('anna', { employeeId: '11' })
  await flow.cycle()
  await directory.admin.updateUser(anna, { employeeId: 'eleven', displayName: 'New Name' })
  await flow.cycle('incremental')
  expect(new Set(await flow.told(anna))).toEqual(new Set(['created', 'failed filter-failed']))
  expect(await flow.link(anna)).toMatchObject({ state: 'active', leaving: null, failure: { code: 'filter-failed' } })
  expect((await flow.accountOf(anna))?.roles).toEqual(['subscriber'])
})
