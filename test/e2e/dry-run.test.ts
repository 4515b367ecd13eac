import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import type { AuditRow } from '../../lib/domain/audit.ts'
import type { Cycle } from '../../lib/domain/cycle.ts'
import { createInbox } from '../../lib/sync/lane/inbox.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { createFlowScene } from '../support/flow-scene.ts'
import { inboxContext } from '../support/inbox-context.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { listAccounts } from '../support/list-accounts.ts'
import { listAudit } from '../support/list-audit.ts'
import { createMemoryFlow } from '../support/memory-flow.ts'
import { runUntilQuiet } from '../support/pump.ts'
import { readUntilQuiet, takeLooks } from '../support/queue-contents.ts'
import { createReaderScene } from '../support/reader-scene.ts'
import { tableRows } from '../support/table-rows.ts'

/** A dry run tells what a cycle would do, changes nothing, and is right. */

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
  const directory = await startDirectory({ users: 0, pageSize: 4 })
  stops.push(directory.stop)
  trustDirectory(directory)
  return directory
}

type Options = NonNullable<Parameters<typeof createFlowScene>[2]>

async function createFlow(options: Options = {}) {
  const directory = await startEmptyDirectory()
  const id = `dry${++scenes}`
  const flow = await createFlowScene({ ...servers, directory }, id, options)
  stops.push(flow.proxy.stop)
  const started = Date.now()
  const tellingOf = (rows: readonly AuditRow[]) =>
    Object.fromEntries(
      rows.map(({ objectId, status, reason, who }) => [
        objectId,
        reason === null ? `${status} as ${who.username}` : `${status} ${reason}`,
      ]),
    )
  return {
    ...flow,
    directory,
    /** The dry run's cycle, and its outcome for each person. */
    async dryRun(start: 'incremental' | 'full') {
      await sendRead(flow.context, { connection: id, start, dryRun: true })
      await runUntilQuiet(flow.context)
      const cycle = (await flow.context.stores.cycles.list(id, 1))[0]!
      const rows = await listAudit(flow.context, id, started, cycle.id)
      expect(rows.filter(({ dryRun }) => dryRun !== cycle.id)).toEqual([])
      return { cycle, rows, told: tellingOf(rows) }
    },
    /** What really happened since the start, the last word on each. */
    really: async () => tellingOf((await listAudit(flow.context, id, started)).reverse()),
    /** All that a dry run must leave as it is. */
    async state() {
      const checkpoints = await tableRows(servers.storage, 'Checkpoints', id)
      return {
        links: await tableRows(servers.storage, 'Links', id),
        places: [checkpoints['users'], checkpoints['groups']],
        accounts: await listAccounts(servers.site),
      }
    },
  }
}

test('of a first cycle lists who would be created, adopted, refused and found ambiguous; then it happens so', async () => {
  const flow = await createFlow({ adoption: { members: ['email', 'username'], guests: [] } })
  const { address, person, stranger, id } = flow
  await stranger(`veteran.${id}`, address('known'))
  await stranger(`boss.${id}`, address('boss'), 'administrator')
  await stranger(`host.${id}`, address('guest'))
  await stranger(`two.${id}`, address('elsewhere'))
  await stranger(`other.${id}`, address('two'))
  const people = {
    newcomer: await person('newcomer'),
    known: await person('known'),
    boss: await person('boss'),
    guest: await person('guest', { userType: 'Guest' }),
    nameless: await person('nameless', { mail: null, userPrincipalName: 'made-up' }),
    two: await person('two'),
    disabled: await person('disabled', { accountEnabled: false }),
  }
  const before = await flow.state()
  await flow.proxy.reset()
  const { cycle, rows, told } = await flow.dryRun('full')
  expect(told).toEqual({
    [people.newcomer]: `created as newcomer.${id}`,
    [people.known]: `adopted as veteran.${id}`,
    [people.boss]: 'skipped protected-account',
    [people.guest]: 'skipped email-taken',
    [people.nameless]: 'skipped no-email',
    [people.two]: 'skipped ambiguous-match',
    [people.disabled]: 'skipped disabled',
  })
  expect(cycle).toMatchObject({ kind: 'initial', dryRun: true, state: 'settled', error: null } satisfies Partial<Cycle>)
  expect(cycle.counters).toMatchObject({ queued: 7, created: 1, adopted: 1, skipped: 5, failed: 0, siteWrites: 0 })
  const created = rows.find(({ objectId }) => objectId === people.newcomer)
  expect(created).toMatchObject({ wordpressId: null, who: { email: address('newcomer') } })
  expect(created?.changes).toContainEqual({ field: 'name', from: null, to: `newcomer ${id}` })
  const adopted = rows.find(({ objectId }) => objectId === people.known)
  expect(adopted?.changes).toContainEqual({ field: 'name', from: `veteran.${id}`, to: `known ${id}` })

  expect(flow.proxy.requests.length).toBeGreaterThan(0)
  expect(flow.proxy.requests.filter(({ write }) => write)).toEqual([])
  expect(await flow.state()).toEqual(before)
  expect(before.links).toEqual({})
  expect(await flow.really()).toEqual({})

  expect((await flow.cycle()).counters).toMatchObject({ created: 1, adopted: 1, skipped: 5 })
  expect(await flow.really()).toEqual(told)
})

test('tells newcomers who share an address or a login what each would get', async () => {
  const flow = await createFlow()
  const { address, person, id } = flow
  const twins = [await person('a', { mail: address('shared') }), await person('b', { mail: address('shared') })]
  const namesakes = [
    await person('c', { userPrincipalName: `same.${id}@one.example` }),
    await person('d', { userPrincipalName: `same.${id}@two.example` }),
  ]
  const { told } = await flow.dryRun('full')
  expect(twins.map((twin) => told[twin]).sort()).toEqual([expect.stringMatching(/^created as /), 'skipped email-taken'])
  const names = namesakes.map((namesake) => told[namesake])
  expect(names).toContain(`created as same.${id}`)
  expect(new Set(names).size).toBe(2)
  await flow.cycle()
  const really = await flow.really()
  expect(
    Object.values(really)
      .sort()
      .map((line) => line.replace(/-[0-9a-f]{8}$/, '-…')),
  ).toEqual(
    Object.values(told)
      .sort()
      .map((line) => line.replace(/-[0-9a-f]{8}$/, '-…')),
  )
})

test('of an increment says who would be suspended and updated, and neither is; the real one finds them all the same', async () => {
  const flow = await createFlow()
  const [leaver, changed, stays] = await flow.people(3)
  await flow.cycle()
  await flow.directory.admin.updateUser(leaver!, { accountEnabled: false })
  await flow.directory.admin.updateUser(changed!, { displayName: 'New Name' })
  const before = await flow.state()
  await flow.proxy.reset()
  const { cycle, rows, told } = await flow.dryRun('incremental')
  expect(told).toEqual({ [leaver!]: 'suspended disabled', [changed!]: expect.stringMatching(/^updated as p1/) })
  expect(rows.map(({ changes }) => changes).flat()).toContainEqual({ field: 'roles', from: 'subscriber', to: '' })
  expect(cycle).toMatchObject({ kind: 'incremental', dryRun: true, state: 'settled', counters: { suspended: 1 } })
  expect(await flow.state()).toEqual(before)
  expect(flow.proxy.requests.filter(({ write }) => write)).toEqual([])

  expect((await flow.cycle('incremental')).counters).toMatchObject({ seen: 2, suspended: 1, updated: 1 })
  expect(await flow.told(leaver!)).toEqual(['created', 'suspended disabled'])
  expect(await flow.told(changed!)).toEqual(['created', 'updated'])
  expect(await flow.told(stays!)).toEqual(['created'])
})

describe('with groups', () => {
  test('follows them without moving their place, and believes no memberships that are older than itself', async () => {
    const directory = await startDirectory({ users: 80 })
    stops.push(directory.stop)
    trustDirectory(directory)
    const people = (await directory.admin.listUsers()).flatMap(({ person }) =>
      person.accountEnabled === false ? [] : [person.id],
    )
    const { id: group } = await directory.admin.createGroup({ displayName: 'group', members: people })
    const policy = { scope: { groups: [group] }, guard: { most: 500, percent: 100, fewest: 500 } }
    const flow = createMemoryFlow({ directory, storage: servers.storage, policy })
    const { created } = (await flow.cycle()).counters
    expect(created).toBeGreaterThan(60)
    await directory.admin.removeMembers(group, people)
    const place = await flow.checkpoint('groups')
    for (const start of ['incremental', 'full'] as const)
      expect(await flow.cycle(start, { dryRun: true })).toMatchObject({
        ...{ kind: start, state: 'settled', dryRun: true },
        counters: { suspended: created },
      })
    expect(await flow.checkpoint('groups')).toEqual(place)
    expect(await flow.cycle('incremental')).toMatchObject({ kind: 'incremental', counters: { suspended: created } })
  })
})

describe('a message of a dry run stays one', () => {
  test('that vanished and is sent again', async () => {
    const directory = await startEmptyDirectory()
    await directory.admin.createUser({ displayName: 'Anna', mail: 'anna@contoso.example' })
    const reader = createReaderScene({ directory, storage: servers.storage, timings: { messageLost: 1 } })
    await sendRead(reader.context, { connection: reader.id, start: 'full', dryRun: true })
    await readUntilQuiet(reader.context)
    const [lost] = await takeLooks(reader.context, 'bulk')
    expect(lost).toMatchObject({ dryRun: true })
    await wakeLanes(reader.context)
    const { ids, cycle, number } = lost!
    expect(await takeLooks(reader.context, 'bulk')).toMatchObject([{ ids, cycle, number, dryRun: true }])
    expect(await takeLooks(reader.context, 'soon')).toEqual([])
  })

  test('that came back so often that it is split, and one that is given up leaves no real look behind', async () => {
    const { context, send, messagesIn, pass, scheduled } = inboxContext()
    const dry = { cycle: 'c', number: 1, dryRun: true } as const
    await send('bulk', ['a', 'b'], dry)
    const open = async () => {
      const inbox = createInbox(context, 'test')
      const looks = await inbox.take(10)
      // As if the process had died: the message comes back when its time is over.
      pass(context.timings.laneVisibility + 1)
      return looks
    }
    for (let times = 0; times < 3; times++) expect(await open()).toMatchObject([{ dryRun: true }, { dryRun: true }])
    await open()
    const split = messagesIn('bulk').map(({ text }) => JSON.parse(text ?? '') as object)
    expect(split).toMatchObject([
      { ids: ['a'], cycle: 'c', dryRun: true },
      { ids: ['b'], cycle: 'c', dryRun: true },
    ])
    for (let times = 0; times < 10; times++) await open()
    expect([messagesIn('bulk'), messagesIn('soon'), scheduled]).toEqual([[], [], []])
  })
})
