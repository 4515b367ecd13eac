import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { extensionsApp } from '../../dev/directory/seed-people.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { createFlowScene } from '../support/flow-scene.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { takeIds } from '../support/queue-contents.ts'
import { activeIds, createReaderScene, unique } from '../support/reader-scene.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'

/** Tenants without delta queries: everybody is read each time, and only a sweep tells who is gone. */

const memberNumber = `extension_${extensionsApp}_memberNumber` as const

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

async function directoryOf(users: number): Promise<DirectoryServer> {
  const directory = await startDirectory({ users, kind: 'b2c' })
  stops.push(directory.stop)
  trustDirectory(directory)
  return directory
}

/** Six people; the addresses of a scene are its own. */
async function createFlow(timings: NonNullable<SyncAppOptions['timings']> = {}) {
  const id = `b2c${++scenes}`
  const directory = await directoryOf(0)
  for (let number = 0; number < 6; number++)
    await directory.admin.createUser({
      displayName: `Person ${number}`,
      accountEnabled: true,
      userType: 'Member',
      userPrincipalName: `00000000-0000-4000-8000-00000000000${number}@contoso.onmicrosoft.com`,
      identities: [identity(`p${number}.${id}@home.example`)],
      ...(number === 0 && { [memberNumber]: 'M-1' }),
    })
  const flow = await createFlowScene({ ...servers, directory }, id, {
    mapping: { description: memberNumber },
    timings,
  })
  stops.push(flow.proxy.stop)
  const people = (await directory.admin.listUsers()).map(({ person }) => person)
  return { ...flow, directory, people }
}

const identity = (address: string) => ({
  signInType: 'emailAddress',
  issuer: 'contoso.onmicrosoft.com',
  issuerAssignedId: address,
})

test('are told by Graph’s answer, once; people get the address they sign in with, and their own attributes', async () => {
  const flow = await createFlow()
  const first = await flow.cycle()
  expect(first).toMatchObject({ kind: 'initial', state: 'settled', error: null })
  expect(first.counters).toMatchObject({ seen: 6, queued: 6, created: 6, skipped: 0, failed: 0 })
  for (const [number, { id }] of flow.people.entries()) {
    expect((await flow.accountOf(id))?.fields).toMatchObject({
      email: `p${number}.${flow.id}@home.example`,
      name: `Person ${number}`,
      description: number === 0 ? 'M-1' : '',
    })
  }

  // Nothing changed: nobody is queued, and whether there are delta queries is not asked again.
  await flow.proxy.reset()
  expect(await flow.cycle('full')).toMatchObject({ kind: 'full', counters: { queued: 0, dropped: 6, siteRequests: 0 } })
  expect(flow.proxy.requests).toEqual([])
  expect((await flow.directory.admin.counters()).requests).toMatchObject({ 'users/delta': 1, getByIds: 1 })
})

test('are read at an interval of their own, in full whatever is asked for', async () => {
  const flow = await createFlow()
  const kinds = async () => {
    const cycles = await flow.context.stores.cycles.list(flow.id, 10)
    return cycles.map(({ kind, trigger }) => `${kind} ${trigger}`).reverse()
  }
  await flow.cycle()
  await flow.cycle('due')
  expect(await kinds()).toEqual(['initial timer'])
  await flow.cycle('incremental')
  expect(await kinds()).toEqual(['initial timer', 'full on-demand'])
  Object.assign(flow.connection, { fullWithoutDeltaEveryMs: 1 })
  await flow.cycle('due')
  expect(await kinds()).toEqual(['initial timer', 'full on-demand', 'full timer'])
})

test('show who changed, who is new and who was disabled; of those who are gone only the sweep tells', async () => {
  const flow = await createFlow({ absenceConfirmed: 2000 })
  await flow.cycle()
  const { admin } = flow.directory
  const [changed, disabled, soft, purged, ...others] = flow.people.map(({ id }) => id)
  await admin.updateUser(changed!, {
    identities: [identity(`moved.${flow.id}@home.example`)],
    [memberNumber]: 'M-2',
  })
  await admin.updateUser(disabled!, { accountEnabled: false })
  await admin.softDelete(soft!)
  await admin.purge(purged!)
  const newcomer = await flow.person('newcomer', { mail: null, identities: [identity(`new.${flow.id}@home.example`)] })

  const full = await flow.cycle('full')
  expect(full.counters).toMatchObject({ seen: 5, queued: 5, created: 1, updated: 1, suspended: 2 })
  expect((await flow.accountOf(changed!))?.fields).toMatchObject({
    email: `moved.${flow.id}@home.example`,
    description: 'M-2',
  })
  expect((await flow.accountOf(newcomer))?.fields.email).toBe(`new.${flow.id}@home.example`)
  expect(await flow.told(disabled!)).toEqual(['created', 'suspended disabled'])
  expect(await flow.told(soft!)).toEqual(['created', 'suspended deleted'])
  expect(await flow.told(purged!)).toEqual(['created', 'skipped absent'])

  // The second absence, and the cycle that judges it.
  await flow.cycle('full')
  expect(await flow.told(purged!)).toEqual(['created', 'skipped absent', 'suspended absent'])
  for (const person of [soft!, purged!, disabled!]) expect((await flow.accountOf(person))?.roles).toEqual([])
  for (const person of others) expect(await flow.told(person)).toEqual(['created'])

  await admin.restore(soft!)
  await flow.cycle('full')
  expect(await flow.accountOf(soft!)).toMatchObject({ roles: ['subscriber'] })
})

test('whose list is empty lose nobody: everybody is asked for, and is there', async () => {
  const flow = await createFlow({ absenceConfirmed: 1 })
  await flow.cycle()
  await flow.directory.admin.setEmpty(true)
  for (let time = 0; time < 2; time++)
    expect((await flow.cycle('full')).counters).toMatchObject({ seen: 0, queued: 6, unchanged: 6, suspended: 0 })
  await flow.directory.admin.setEmpty(false)
  expect((await flow.cycle('full')).counters).toMatchObject({ seen: 6, queued: 0 })
  for (const { id } of flow.people) expect(await flow.told(id)).toEqual(['created'])
})

test('with groups in the scope: memberships are as fresh as the cycle, though there is no groups stream either', async () => {
  const directory = await directoryOf(6)
  const people = await activeIds(directory)
  const { id: group } = await directory.admin.createGroup({ displayName: 'group', members: people.slice(0, 2) })
  const policy = { scope: { groups: [group] } }
  const reader = createReaderScene({ directory, storage: servers.storage, policy })
  await reader.read()
  expect(await takeIds(reader.context, 'bulk')).toEqual(people.slice(0, 2))
  await directory.admin.addMembers(group, [people[5]!])
  await reader.read('full')
  expect(await takeIds(reader.context, 'bulk')).toEqual([...people.slice(0, 2), people[5]!])
  expect(await reader.lastCycle()).toMatchObject({ kind: 'full', state: 'read', error: null })
})

describe('the list of a large tenant', () => {
  test('begins again where the link to its next page has expired, and misses nobody', async () => {
    const directory = await directoryOf(1200)
    let pages = 0
    const reader = createReaderScene({
      directory,
      storage: servers.storage,
      timings: { readerFlush: 0 },
      wrap: (real) => ({
        listPage: async (link, select) => {
          if (++pages === 2) await directory.admin.expireLinks({ links: 'next', as: 'expiredPage' })
          return await real.listPage(link, select)
        },
      }),
    })
    await reader.read()
    expect(pages).toBe(4)
    expect(unique(await takeIds(reader.context, 'bulk'))).toEqual(await activeIds(directory))
    expect(await reader.cycles()).toMatchObject([
      { kind: 'full', trigger: 'reset', state: 'read', error: null },
      { kind: 'initial', state: 'stopped' },
    ])
    expect(await reader.checkpoint()).toMatchObject({ withoutDelta: true, phase: 'idle', deltaLink: null })
  })
})
