import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import type { Timings } from '../../lib/domain/timings.ts'
import { emptyLink, type Link } from '../../lib/domain/link.ts'
import type { Directory } from '../../lib/sync/ports/directory.ts'
import { readDirectory } from '../../lib/sync/read-directory.ts'
import { Killed, withKillPoint } from '../support/kill-points.ts'
import { createMemoryFlow } from '../support/memory-flow.ts'
import { runUntilQuiet } from '../support/pump.ts'
import { takeIds } from '../support/queue-contents.ts'
import { activeIds, createReaderScene, unique } from '../support/reader-scene.ts'

/** The end of a full cycle: everybody with an account is asked for, since no list says who is missing from it. */

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

async function directoryOf(users: number): Promise<DirectoryServer> {
  const directory = await startDirectory({ users })
  stops.push(directory.stop)
  trustDirectory(directory)
  return directory
}

/** Graph forgets who was purged: an enumeration doesn't name them, and neither does a new delta token. */
const forgetful = (real: Directory): Partial<Directory> => ({
  deltaPage: async (link, select) => ({ ...(await real.deltaPage(link, select)), removed: [] }),
})

const createFlow = (directory: DirectoryServer, timings: Partial<Timings> = {}) =>
  createMemoryFlow({ directory, storage, timings, wrap: forgetful })

describe('somebody who is gone, and whom no page names', () => {
  test('is found by the full cycle, and suspended after the second absence', async () => {
    const directory = await directoryOf(5)
    const flow = createFlow(directory, { absenceConfirmed: 3000 })
    const [gone, ...others] = await activeIds(directory)
    await flow.cycle()
    await directory.admin.purge(gone!)
    expect((await flow.cycle('incremental')).counters).toMatchObject({ seen: 0, queued: 0 })

    await flow.read('full')
    expect(await flow.lastCycle()).toMatchObject({ kind: 'full', counters: { queued: 1, dropped: 4 } })
    expect(await flow.link(gone!)).toMatchObject({ state: 'active', leaving: null })
    await runUntilQuiet(flow.context)
    // What time brings about is judged with the next cycle.
    await flow.cycle('incremental')
    expect(await flow.told(gone!)).toEqual(['created', 'skipped absent', 'suspended absent'])
    const { leaving, roles, state } = (await flow.link(gone!))!
    expect({ leaving, roles, state }).toMatchObject({ state: 'suspended', roles: ['subscriber'] })
    expect((await flow.rows(gone!))[0]!.at - leaving!.since).toBeGreaterThanOrEqual(3000)
    for (const other of others) expect(await flow.told(other)).toEqual(['created'])

    // From now on nothing is left to ask about them.
    await directory.admin.resetCounters()
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, siteRequests: 0 })
    expect((await directory.admin.counters()).items).toEqual({})
  })

  test('costs nothing more once they are soft-deleted and suspended; another policy looks at them again', async () => {
    const directory = await directoryOf(1)
    const [anna] = await activeIds(directory)
    const flow = createFlow(directory)
    await flow.cycle()
    await directory.admin.softDelete(anna!)
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 1, suspended: 1 })
    expect(await flow.told(anna!)).toEqual(['created', 'suspended deleted'])

    await directory.admin.resetCounters()
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, siteRequests: 0 })
    const { requests, items } = await directory.admin.counters()
    expect([requests.getByIds, items]).toEqual([undefined, {}])

    Object.assign(flow.connection, { configurationHash: 'ffffffffffffffff' })
    expect((await flow.cycle()).counters).toMatchObject({ queued: 1, unchanged: 0, suspended: 0 })
    expect(await flow.told(anna!)).toEqual(['created', 'suspended deleted'])
  })

  test('is nobody’s loss where the answer is a fault or another tenant’s', async () => {
    const directory = await directoryOf(3)
    const flow = createFlow(directory, { absenceConfirmed: 1 })
    const people = await activeIds(directory)
    await flow.cycle()
    await directory.admin.setFault({ route: 'getByIds', status: 503, times: 2 })
    expect(await flow.cycle('full')).toMatchObject({ state: 'settled', error: null, counters: { queued: 0 } })
    // Everybody is missing from a list that is empty: each is asked for, and is there.
    await directory.admin.setEmpty(true)
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 3, unchanged: 3, suspended: 0 })
    await directory.admin.setEmpty(false)
    await directory.admin.setForeignTenant(true)
    const stopped = await flow.cycle('full')
    expect(stopped).toMatchObject({ state: 'reading', counters: { queued: 0 } })
    expect(stopped.error).toContain('tenant')
    for (const person of people) expect(await flow.link(person)).toMatchObject({ state: 'active', leaving: null })
  })
})

describe('a sweep over thousands of links', () => {
  const people = Array.from({ length: 2500 }, () => randomUUID()).sort()
  let directory: DirectoryServer

  beforeAll(async () => {
    directory = await directoryOf(0)
  })

  /** Links that somebody settled long ago, and a directory that knows none of them; `asked` has the questions. */
  async function createSweep(timings: Partial<Timings> = {}) {
    const asked: string[][] = []
    const reader = createReaderScene({
      directory,
      storage,
      timings,
      wrap: (real) => ({
        existing: async (ids) => {
          asked.push([...ids])
          return await real.existing(ids)
        },
      }),
    })
    const { context, id } = reader
    const linkOf = (objectId: string, index: number): Link => ({
      ...emptyLink(id, objectId),
      state: index % 2 === 0 ? 'active' : 'suspended',
      wordpressId: index + 1,
      login: `login${index}`,
    })
    const { lost } = await context.stores.links.write(
      id,
      people.map((person, index) => ({ link: linkOf(person, index), etag: null })),
    )
    expect(lost.size).toBe(0)
    return { ...reader, asked }
  }

  test('asks for a thousand at a time, and goes on in the next run where this one’s time is over', async () => {
    const sweep = await createSweep({ readerRun: 1 })
    expect(await sweep.read('full')).toBeGreaterThan(2)
    expect(sweep.asked.map((ids) => ids.length)).toEqual([1000, 1000, 500])
    expect(await takeIds(sweep.context, 'bulk')).toEqual(people)
    expect(await sweep.lastCycle()).toMatchObject({ state: 'read', counters: { queued: 2500, seen: 0 } })
    expect(await sweep.checkpoint()).toMatchObject({ phase: 'idle', sweptTo: null, leaseOwner: null })
  })

  test('goes on where a killed reader had got to, and misses nobody', async () => {
    const sweep = await createSweep({ readerLease: 1 })
    const calm = withKillPoint(sweep.context, null)
    await readDirectory(calm.context, { connection: sweep.id, start: 'full' })
    const second = calm.trace.flatMap((name, at) => (name === 'directory.existing' ? [at] : []))[1]!
    expect(calm.trace[second]).toBe('directory.existing')

    const killed = await createSweep({ readerLease: 1 })
    const points = withKillPoint(killed.context, { at: second, when: 'after' })
    const run = readDirectory(points.context, { connection: killed.id, start: 'full' })
    await expect(run).rejects.toThrow(Killed)
    expect(await killed.checkpoint()).toMatchObject({ phase: 'sweeping', sweptTo: people[999] })
    await killed.read('due')
    expect(killed.asked.map((ids) => [ids[0], ids.length])).toEqual([
      [people[0], 1000],
      [people[1000], 1000],
      [people[1000], 1000],
      [people[2000], 500],
    ])
    expect(unique(await takeIds(killed.context, 'bulk'))).toEqual(people)
    expect(await killed.cycles()).toMatchObject([{ state: 'read', kind: 'initial' }])
  })
})
