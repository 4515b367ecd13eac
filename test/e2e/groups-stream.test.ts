import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import type { DirectoryOptionsInput } from '../../dev/directory/options.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { readDirectory } from '../../lib/sync/read-directory.ts'
import { receiveDrain } from '../../lib/sync/receive-message.ts'
import { Killed, withKillPoint } from '../support/kill-points.ts'
import { createMemoryFlow } from '../support/memory-flow.ts'
import { createMemorySite } from '../support/memory-site.ts'
import { runUntilQuiet } from '../support/pump.ts'
import { takeIds } from '../support/queue-contents.ts'
import { activeIds, createReaderScene, unique, type ReaderSceneOptions } from '../support/reader-scene.ts'

/** What changes in groups arrives without anything changing in people; and whatever can't be followed is read in full. */

let storage: string
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  const azurite = await startAzurite()
  stops.push(azurite.stop)
  storage = azurite.connectionString
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

async function directoryOf(options: DirectoryOptionsInput): Promise<DirectoryServer> {
  const directory = await startDirectory(options)
  stops.push(directory.stop)
  trustDirectory(directory)
  return directory
}

async function createGroup(directory: DirectoryServer, members: string[] = [], kind?: 'm365'): Promise<string> {
  return (await directory.admin.createGroup({ displayName: 'group', members, ...(kind && { kind }) })).id
}

async function enabledIds(directory: DirectoryServer): Promise<string[]> {
  const people = await directory.admin.listUsers()
  return people.flatMap(({ person }) => (person.accountEnabled === false ? [] : [person.id]))
}

type Options = Omit<ReaderSceneOptions, 'storage' | 'directory' | 'policy'>

const policyOf = (groups: readonly string[]) => ({
  scope: { groups: [...groups].sort() },
  guard: { most: 500, percent: 100, fewest: 500 },
})

/** A reader of people in these groups, whose second looks stay away. */
function createReader(directory: DirectoryServer, groups: string[], { timings, ...options }: Options = {}) {
  const patient = { secondLook: 3_600_000, ...timings }
  return createReaderScene({ ...options, directory, storage, policy: policyOf(groups), timings: patient })
}

/** The same with a lane and a site in memory. */
function createFlow(directory: DirectoryServer, groups: string[], options: Options = {}, site = createMemorySite()) {
  return createMemoryFlow({ ...options, directory, storage, policy: policyOf(groups) }, site)
}

/** Ids of the increment that is read now. */
async function increment(reader: ReturnType<typeof createReader>): Promise<string[]> {
  await reader.read('incremental')
  expect(await reader.lastCycle()).toMatchObject({ kind: 'incremental', error: null })
  return await takeIds(reader.context, 'soon')
}

describe('an increment names', () => {
  test('who was added to a group and who was taken out, and nobody of other groups', async () => {
    const directory = await directoryOf({ users: 8 })
    const [stays, leaves, comes, other] = await activeIds(directory)
    const group = await createGroup(directory, [stays!, leaves!])
    const foreign = await createGroup(directory)
    const reader = createReader(directory, [group])
    await reader.read()
    expect(await takeIds(reader.context, 'bulk')).toEqual(unique([stays!, leaves!]))

    await directory.admin.removeMembers(group, [leaves!])
    await directory.admin.addMembers(group, [comes!])
    await directory.admin.addMembers(foreign, [other!])
    expect(await increment(reader)).toEqual(unique([leaves!, comes!]))
    expect(await reader.lastCycle()).toMatchObject({ counters: { seen: 0, queued: 2 } })
    expect(await increment(reader)).toEqual([])
  })

  test('everybody in a nested group that came or went, page by page, and those of groups nested since', async () => {
    const directory = await directoryOf({ users: 30, memberPageSize: 4 })
    const people = await activeIds(directory)
    const [deep, late] = [people.slice(0, 12), people.slice(12, 20)]
    const lower = await createGroup(directory, deep)
    const middle = await createGroup(directory, [lower])
    const top = await createGroup(directory)
    const reader = createReader(directory, [top])
    await reader.read()
    expect(await takeIds(reader.context, 'bulk')).toEqual([])

    await directory.admin.addMembers(top, [middle])
    expect(unique(await increment(reader))).toEqual(deep)
    // Both are known by now, though they weren't when everybody was read.
    await directory.admin.addMembers(lower, late)
    expect(unique(await increment(reader))).toEqual(late)
    await directory.admin.removeMembers(middle, [lower])
    expect(unique(await increment(reader))).toEqual(unique([...deep, ...late]))
    expect(await increment(reader)).toEqual([])
  })

  test('members and changed people, whose pages are read by many short runs', async () => {
    const directory = await directoryOf({ users: 12, pageSize: 2, memberPageSize: 1 })
    const people = await activeIds(directory)
    const group = await createGroup(directory)
    const reader = createReader(directory, [group], { timings: { readerRun: 1 } })
    await reader.read()
    await directory.admin.addMembers(group, people.slice(0, 5))
    for (const id of people.slice(6, 12)) await directory.admin.updateUser(id, { department: 'Moved' })
    expect(unique(await increment(reader))).toEqual(unique([...people.slice(0, 5), ...people.slice(6, 12)]))
  })
})

describe('what can’t be followed', () => {
  test.each([
    ['a nested group that was deleted, and lists nobody any more', 'deleted'],
    ['a token of the groups stream that is no longer good', 'reset'],
    ['a nested group that came, was taken out, and is gone', 'passer-by'],
  ] as const)('%s: everybody is read', async (_, fault) => {
    const directory = await directoryOf({ users: 6 })
    const { admin } = directory
    const people = await activeIds(directory)
    const nested = await createGroup(directory, people.slice(0, 2))
    const group = await createGroup(directory, [nested, people[2]!])
    const reader = createReader(directory, [group], {
      // What was deleted need not be shown as a member that left.
      wrap: (real) => ({
        groupsPage: async (link) => {
          const page = await real.groupsPage(link)
          const withoutNested = page.changes.map((change) => ({ ...change, groups: [] }))
          return fault === 'deleted' ? { ...page, changes: withoutNested } : page
        },
      }),
    })
    await reader.read()
    expect(await takeIds(reader.context, 'bulk')).toEqual(unique(people.slice(0, 3)))
    if (fault === 'deleted') await admin.deleteGroup(nested)
    if (fault === 'reset')
      await admin.setFault({ route: 'groups/delta', status: 410, code: 'resyncRequired', times: 1 })
    if (fault === 'passer-by') {
      const passing = await createGroup(directory, [people[4]!])
      await admin.addMembers(group, [passing])
      await admin.removeMembers(group, [passing])
      await admin.deleteGroup(passing)
    }
    await reader.read('incremental')
    const [full, before] = await reader.cycles()
    expect(full).toMatchObject({ kind: 'full', trigger: 'reset', state: 'read', error: null })
    expect(before).toMatchObject({ kind: 'incremental', state: 'stopped' })
    expect(before?.error).toContain('groups')
    // Nobody of them has a link yet: members only.
    expect(await takeIds(reader.context, 'bulk')).toEqual(fault === 'deleted' ? [people[2]] : people.slice(0, 3))

    await admin.addMembers(group, [people[5]!])
    expect(await increment(reader)).toEqual([people[5]])
  })

  test('by those who have accounts: they are suspended, for they are in no group any more', async () => {
    const directory = await directoryOf({ users: 6 })
    const people = await activeIds(directory)
    const nested = await createGroup(directory, people.slice(0, 2))
    const group = await createGroup(directory, [nested, people[2]!])
    const flow = createFlow(directory, [group])
    await flow.cycle()
    expect(await flow.states(people)).toEqual({ active: 3, none: 3 })
    await directory.admin.deleteGroup(nested)
    expect(await flow.cycle('incremental')).toMatchObject({
      kind: 'full',
      state: 'settled',
      counters: { suspended: 2 },
    })
    expect(await flow.states(people.slice(0, 2))).toEqual({ suspended: 2 })
  })
})

describe('a configured group that is gone', () => {
  test('stops every cycle with an error that names it, and nobody is removed; restored, everything goes on', async () => {
    const directory = await directoryOf({ users: 6 })
    const people = await activeIds(directory)
    const group = await createGroup(directory, people.slice(0, 3), 'm365')
    const flow = createFlow(directory, [group])
    await flow.cycle()
    const writes = flow.site.writes.length
    await directory.admin.deleteGroup(group)
    await directory.admin.updateUser(people[0]!, { displayName: 'New Name' })
    for (const start of ['incremental', 'full'] as const) {
      const cycle = await flow.cycle(start)
      expect(cycle).toMatchObject({ state: 'reading', counters: { queued: 0 } })
      expect(cycle.error).toContain(group)
    }
    expect(flow.site.writes).toHaveLength(writes)
    expect(await flow.states(people)).toEqual({ active: 3, none: 3 })

    await directory.admin.restoreGroup(group)
    expect(await flow.cycle()).toMatchObject({ kind: 'full', state: 'settled', error: null, counters: { updated: 1 } })
    expect(await flow.states(people)).toEqual({ active: 3, none: 3 })
    expect([...flow.site.accounts.values()].filter(({ roles }) => roles.length === 0)).toEqual([])
  })

  test('keeps people with accounts who are looked at waiting, few or many, until it is out of the configuration', async () => {
    const directory = await directoryOf({ users: 70 })
    const people = await enabledIds(directory)
    const [gone, kept] = [await createGroup(directory, people.slice(0, 60)), await createGroup(directory, people)]
    const flow = createFlow(directory, [gone], { timings: { membershipsFresh: 1 } })
    await flow.cycle()
    const { active } = await flow.states(people)
    expect(active).toBeGreaterThan(50)
    await directory.admin.deleteGroup(gone)
    const { context, id } = flow
    for (const ids of [people.slice(0, 60), [people[0]!]]) {
      const look = { connection: id, ids, trigger: 'on-demand', signal: Date.now(), cycle: null, number: null }
      await context.queues.queue(`now-${id}`).send(JSON.stringify(look))
      await expect(runUntilQuiet(context, 1500)).rejects.toThrow('do not become empty')
      expect(await flow.states(people)).toMatchObject({ active })
    }

    const corrected = createFlow(directory, [kept], { id }, flow.site)
    Object.assign(corrected.connection, { configurationHash: 'ffffffffffffffff' })
    expect(await corrected.cycle()).toMatchObject({ kind: 'full', trigger: 'configuration', state: 'settled' })
    expect(await corrected.states(people.slice(0, 60))).toMatchObject({ active })
    expect((await corrected.states(people)).active).toBeGreaterThan(active!)
  })
})

test('killed after any I/O while groups are followed, nobody who changed is lost', async () => {
  const directory = await directoryOf({ users: 6, memberPageSize: 1, pageSize: 2 })
  const people = await activeIds(directory)
  const group = await createGroup(directory)
  const timings = { readerLease: 1 }
  let trace: string[] = []
  for (let at = -1; at < trace.length; at++) {
    const reader = createReader(directory, [group], { timings })
    await reader.read()
    await takeIds(reader.context, 'bulk')
    const [first, second, third] = [0, 1, 2].map((offset) => people[(3 * (at + 1) + offset) % people.length]!)
    await directory.admin.addMembers(group, [first!])
    await directory.admin.addMembers(group, [second!])
    await directory.admin.updateUser(third!, { department: `Department ${at}` })
    const points = withKillPoint(reader.context, at < 0 ? null : { at, when: 'after' })
    const killed = await readDirectory(points.context, { connection: reader.id, start: 'incremental' }).catch(
      (error: unknown) => error,
    )
    expect(killed).toEqual(at < 0 ? undefined : expect.any(Killed))
    if (at < 0) ({ trace } = points)
    // The schedule's next tick: before the row was written nothing had begun, and it begins now.
    await reader.read('due')
    const ids = unique(await takeIds(reader.context, 'soon'))
    expect({ at: trace[at], ids }).toEqual({ at: trace[at], ids: unique([first!, second!, third!]) })
    await directory.admin.removeMembers(group, [first!, second!])
  }
  expect(trace).toEqual(expect.arrayContaining(['directory.groupsPage', 'checkpoints.write', 'directory.deltaPage']))
}, 240_000)

describe('memberships of many at once', () => {
  test('are read again once a group has changed', async () => {
    const directory = await directoryOf({ users: 70 })
    const people = await enabledIds(directory)
    const group = await createGroup(directory, people)
    const flow = createFlow(directory, [group])
    await flow.cycle()
    const { active } = await flow.states(people)
    expect(active).toBeGreaterThan(60)
    await directory.admin.removeMembers(group, people)
    expect(await flow.cycle('incremental')).toMatchObject({ kind: 'incremental', counters: { suspended: active } })
    await directory.admin.addMembers(group, people)
    expect(await flow.cycle('incremental')).toMatchObject({ kind: 'incremental', counters: { restored: active } })
    expect(await flow.states(people)).toMatchObject({ active })
  })
  test('are not believed for long where replicas lag: the second look reads them anew', async () => {
    const directory = await directoryOf({ users: 70 })
    const people = await enabledIds(directory)
    const group = await createGroup(directory, people)
    const flow = createFlow(directory, [group], { timings: { secondLook: 4000 } })
    await flow.cycle()
    const { active } = await flow.states(people)
    await directory.admin.setLag('until-released')
    await directory.admin.removeMembers(group, people)
    await flow.read('incremental')
    await receiveDrain(flow.context, { site: flow.id })
    expect(await flow.states(people)).toMatchObject({ active })
    await directory.admin.releaseLag()
    await runUntilQuiet(flow.context)
    // Their removal is judged with the next cycle.
    await flow.cycle('incremental')
    expect(await flow.states(people)).toMatchObject({ suspended: active })
  })
})
