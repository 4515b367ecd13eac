import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import type { DirectoryOptionsInput } from '../../dev/directory/options.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { RetryLater } from '../../lib/domain/faults.ts'
import { progressOf } from '../../lib/domain/progress.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { readDirectory } from '../../lib/sync/read-directory.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { readUntilQuiet, takeIds, takeLooks } from '../support/queue-contents.ts'
import { activeIds, createReaderScene, unique, type ReaderSceneOptions } from '../support/reader-scene.ts'

/** The reader with the real adapters and no site: what it queues is taken out by hand. */

let storage: string
let everybody: DirectoryServer
const stops: (() => Promise<void>)[] = []
let shared = 0

beforeAll(async () => {
  const azurite = await startAzurite()
  stops.push(azurite.stop)
  storage = azurite.connectionString
  // Only read: tests that change a directory have one of their own.
  everybody = await directoryOf({ users: 40, pageSize: 7 })
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

const createReader = (options: Omit<ReaderSceneOptions, 'storage'>) => createReaderScene({ ...options, storage })
/** For readers that share their place. */
const newId = () => `shared${++shared}`

describe('an enumeration', () => {
  test('of empty, repeating and disordered pages queues everybody once, and tells how far it is', async () => {
    const reader = createReader({ directory: everybody })
    await reader.read()
    expect(await takeIds(reader.context, 'bulk')).toEqual(await activeIds(everybody))
    expect(await takeIds(reader.context, 'soon')).toEqual([])
    const cycle = await reader.lastCycle()
    expect(cycle).toMatchObject({ kind: 'initial', trigger: 'timer', state: 'read', expected: 40, error: null })
    expect(cycle.counters).toMatchObject({ queued: 40, dropped: 0, siteRequests: 0 })
    expect(cycle.counters.seen).toBeGreaterThan(40)
    expect(cycle.readAt).toBeGreaterThanOrEqual(cycle.startedAt)
    expect(progressOf(cycle, Date.now())).toEqual({ done: 0, total: 40, eta: null })
    // As the lane would count half of them a minute after the start.
    await reader.context.stores.cycles.add(reader.id, cycle.id, { created: 15, skipped: 5 })
    expect(progressOf(await reader.lastCycle(), cycle.startedAt + 60_000)).toEqual({ done: 20, total: 40, eta: 60_000 })
    expect(await reader.checkpoint()).toMatchObject({ phase: 'idle', nextLink: null, leaseOwner: null })
  })

  test('whose run is over after each page goes on by itself, and loses nobody', async () => {
    const reader = createReader({ directory: everybody, timings: { readerRun: 1 } })
    expect(await reader.read()).toBeGreaterThan(5)
    const ids = await takeIds(reader.context, 'bulk')
    expect(unique(ids)).toEqual(await activeIds(everybody))
    expect(await reader.cycles()).toMatchObject([{ state: 'read', counters: { queued: ids.length } }])
  })

  test('is read by one of two readers, and a message that comes twice starts nothing', async () => {
    const id = newId()
    const readers = [0, 1, 2].map(() => createReader({ directory: everybody, id }))
    await Promise.all(readers.map(({ context }) => readDirectory(context, { connection: id, start: 'due' })))
    const { context, cycles, checkpoint } = readers[0]!
    const [cycle, ...others] = await cycles()
    // Who comes when the first has finished finds an increment to read, of nobody.
    expect([cycle, ...others].filter((one) => one?.counters.queued !== 0)).toMatchObject([
      { kind: 'initial', counters: { queued: 40 } },
    ])
    expect(await takeIds(context, 'bulk')).toEqual(await activeIds(everybody))
    expect(await checkpoint()).toMatchObject({ phase: 'idle', leaseOwner: null })
  })

  test('whose lease was lost on the way stops, and the other one misses nobody', async () => {
    const id = newId()
    let pages = 0
    const other = createReader({ directory: everybody, id })
    const slow = createReader({
      directory: everybody,
      id,
      timings: { readerLease: 1, readerFlush: 0 },
      wrap: (real) => ({
        deltaPage: async (link, select) => {
          // Its lease is long over when the other one comes.
          if (++pages === 3) await readDirectory(other.context, { connection: id })
          return await real.deltaPage(link, select)
        },
      }),
    })
    await readDirectory(slow.context, { connection: id, start: 'due' })
    expect(pages).toBe(3)
    expect(unique(await takeIds(other.context, 'bulk'))).toEqual(await activeIds(everybody))
    expect(await other.checkpoint()).toMatchObject({ phase: 'idle', leaseOwner: null })
    expect(await other.cycles()).toMatchObject([{ kind: 'initial', state: 'read' }])
  })
})

test('a reader that lost its lease while the directory failed leaves everything to the other one', async () => {
  const id = newId()
  const other = createReader({ directory: everybody, id })
  const slow = createReader({
    directory: everybody,
    id,
    timings: { readerLease: 1 },
    wrap: () => ({
      deltaPage: async () => {
        await readDirectory(other.context, { connection: id })
        throw new RetryLater('Graph answered 503 to users/delta.', null)
      },
    }),
  })
  await readDirectory(slow.context, { connection: id, start: 'due' })
  expect(await slow.context.queues.queue('read-directory').approximateCount()).toBe(0)
  expect(await takeIds(other.context, 'bulk')).toEqual(await activeIds(everybody))
})

describe('an increment', () => {
  test('names who changed, replays too, into soon, with a second look later', async () => {
    const directory = await directoryOf({ users: 12, pageSize: 2, traps: { replay: 2, emptyPageEvery: 2 } })
    const reader = createReader({ directory, timings: { secondLook: 1000 } })
    await reader.read()
    await takeIds(reader.context, 'bulk')
    const [first, second, third] = await activeIds(directory)
    await directory.admin.updateUser(first!, { displayName: 'New Name' })
    await directory.admin.updateUser(second!, { displayName: null })
    await reader.read('incremental')
    expect(await takeIds(reader.context, 'soon')).toEqual(unique([first!, second!]))
    await expect
      .poll(() => takeLooks(reader.context, 'soon'), { timeout: 20_000 })
      .toMatchObject([
        { ids: expect.arrayContaining([first, second]), trigger: 'second-look', cycle: null, number: null },
      ])
    await directory.admin.updateUser(third!, { displayName: 'Newest Name' })
    await reader.read('incremental')
    // The two before come once more.
    expect(await takeIds(reader.context, 'soon')).toEqual(unique([first!, second!, third!]))
    expect(await reader.lastCycle()).toMatchObject({ kind: 'incremental', expected: null, counters: { queued: 3 } })
  })
})

describe('a token that is no longer good', () => {
  test.each(['gone', 'syncStateNotFound-400', 'syncStateNotFound-404', 'expiredPage'] as const)(
    'at the start of an increment (%s): everybody is read again',
    async (as) => {
      const directory = await directoryOf({ users: 6, pageSize: 4 })
      const reader = createReader({ directory })
      await reader.read()
      await takeIds(reader.context, 'bulk')
      await directory.admin.expireLinks({ links: 'delta', as })
      await reader.read('incremental')
      expect(await takeIds(reader.context, 'bulk')).toEqual(await activeIds(directory))
      const [full, increment] = await reader.cycles()
      expect(full).toMatchObject({ kind: 'full', trigger: 'reset', state: 'read', expected: 6, error: null })
      expect(increment).toMatchObject({ kind: 'incremental', state: 'stopped', error: 'the delta token was reset' })
      // The new token is good.
      const [somebody] = await activeIds(directory)
      await directory.admin.updateUser(somebody!, { department: 'Sales' })
      await reader.read('incremental')
      expect(await takeIds(reader.context, 'soon')).toEqual([somebody])
    },
  )

  test('in the middle of an enumeration: it begins again and loses nobody, those who came meanwhile neither', async () => {
    const directory = await directoryOf({ users: 20, pageSize: 3 })
    let pages = 0
    const reader = createReader({
      directory,
      timings: { readerFlush: 0 },
      wrap: (real) => ({
        deltaPage: async (link, select) => {
          if (++pages === 4) {
            await directory.admin.createUser({ displayName: 'Late', mail: 'late@contoso.example' })
            await directory.admin.expireLinks({ links: 'next', as: 'expiredPage' })
          }
          return await real.deltaPage(link, select)
        },
      }),
    })
    await reader.read()
    expect(unique(await takeIds(reader.context, 'bulk'))).toEqual(await activeIds(directory))
    const [full, initial] = await reader.cycles()
    expect(full).toMatchObject({ kind: 'full', trigger: 'reset', state: 'read', expected: 21 })
    expect(initial).toMatchObject({ kind: 'initial', state: 'stopped' })
  })
})

describe('a directory that can’t be read', () => {
  test('throttles: the reader comes back after as long as it was told, fractions too, and misses nobody', async () => {
    const directory = await directoryOf({ users: 10, pageSize: 3 })
    const reader = createReader({ directory })
    const waits = delaysOf(reader.context, 'read-directory')
    await directory.admin.setFault({
      route: 'users/delta',
      status: 429,
      code: 'TooManyRequests',
      headers: { 'Retry-After': '1.128' },
      times: 2,
    })
    await reader.read()
    expect(waits.filter((wait) => wait > 0)).toEqual([1128, 1128])
    expect(await takeIds(reader.context, 'bulk')).toEqual(await activeIds(directory))
    expect(await reader.cycles()).toMatchObject([{ kind: 'initial', state: 'read', error: null }])
  })

  test('lets only two pages through before it throttles again: the reader gets on all the same', async () => {
    let pages = 0
    const reader = createReader({
      directory: everybody,
      wrap: (real) => ({
        deltaPage: async (link, select) => {
          if (++pages % 3 === 0) throw new RetryLater('Graph answered 429 to users/delta.', 1)
          return await real.deltaPage(link, select)
        },
      }),
    })
    await reader.read()
    expect(unique(await takeIds(reader.context, 'bulk'))).toEqual(await activeIds(everybody))
    expect(await reader.cycles()).toMatchObject([{ state: 'read', error: null }])
  })

  test('breaks connections and answers pages: nobody is missed', async () => {
    const directory = await directoryOf({ users: 10, pageSize: 3 })
    for (const breaks of ['disconnect', 'truncate', 'html'] as const)
      await directory.admin.setFault({ route: 'users/delta', breaks, times: 1 })
    const reader = createReader({ directory, timings: { directoryRetry: 1 } })
    await reader.read()
    expect(unique(await takeIds(reader.context, 'bulk'))).toEqual(await activeIds(directory))
    expect(await reader.cycles()).toMatchObject([{ state: 'read', error: null }])
  })

  test('gives up its access tokens between two pages: a new one is asked for', async () => {
    const directory = await directoryOf({ users: 10, pageSize: 3 })
    let pages = 0
    const reader = createReader({
      directory,
      wrap: (real) => ({
        deltaPage: async (link, select) => {
          if (++pages === 2) await directory.admin.expireTokens()
          return await real.deltaPage(link, select)
        },
      }),
    })
    await readDirectory(reader.context, { connection: reader.id, start: 'due' })
    expect(await takeIds(reader.context, 'bulk')).toEqual(await activeIds(directory))
    expect((await directory.admin.counters()).requests.token).toBe(2)
  })

  test('is another tenant’s: the cycle says so, nobody is queued, and it goes on once that is corrected', async () => {
    const wrong = '00000000-0000-0000-0000-00000000dead'
    const reader = createReader({ directory: everybody, wrap: () => ({ organizationId: async () => wrong }) })
    await reader.read()
    await reader.read()
    expect(await takeIds(reader.context, 'bulk')).toEqual([])
    const [cycle, ...others] = await reader.cycles()
    expect(others).toEqual([])
    expect(cycle).toMatchObject({ state: 'reading', counters: { seen: 0, queued: 0 } })
    expect(cycle?.error).toContain(wrong)
    expect(cycle?.error).toContain('AZURE_TENANT_ID')

    const corrected = createReader({ directory: everybody, id: reader.id })
    await corrected.read()
    expect(await takeIds(corrected.context, 'bulk')).toEqual(await activeIds(everybody))
    expect(await corrected.cycles()).toMatchObject([{ id: cycle?.id, state: 'read', error: null }])
  })
})

describe('two configurations', () => {
  test('the process that started later wins; the older one puts back what it is asked', async () => {
    const id = newId()
    const older = createReader({ directory: everybody, id })
    const newer = createReader({ directory: everybody, id })
    Object.assign(older.context, { processStart: 1000 })
    Object.assign(newer.context, { processStart: 2000 })
    Object.assign(newer.connection, { configurationHash: 'ffffffffffffffff' })
    await older.read()
    await newer.read()
    expect(await newer.cycles()).toMatchObject([
      { kind: 'full', trigger: 'configuration' },
      { kind: 'initial', trigger: 'timer' },
    ])
    await takeIds(newer.context, 'bulk')

    const waits = delaysOf(older.context, 'read-directory')
    await readDirectory(older.context, { connection: id, start: 'due' })
    expect(waits).toEqual([older.context.timings.configurationYield])
    expect(await newer.cycles()).toHaveLength(2)
    expect(await newer.checkpoint()).toMatchObject({ configurationHash: 'ffffffffffffffff', configurationSince: 2000 })
    // Its own message, when it gets hold of it, only reads what there is.
    await readUntilQuiet(newer.context)
    expect((await newer.cycles())[0]).toMatchObject({ kind: 'incremental' })
    expect(await takeIds(newer.context, 'bulk')).toEqual([])
  })

  test('another selection of properties reads everybody again, and stops the cycle under way', async () => {
    const id = newId()
    const before = createReader({
      directory: everybody,
      id,
      timings: { readerRun: 1, readerLease: 1 },
    })
    await readDirectory(before.context, { connection: id, start: 'due' })
    const after = createReader({ directory: everybody, id })
    Object.assign(after.connection, { selectHash: 'another', configurationHash: 'another' })
    await readUntilQuiet(after.context)
    expect(await after.cycles()).toMatchObject([
      { kind: 'full', trigger: 'configuration', state: 'read', counters: { queued: 40 } },
      { kind: 'initial', state: 'stopped' },
    ])
    expect(unique(await takeIds(after.context, 'bulk'))).toEqual(await activeIds(everybody))
  })
})

describe('a message of a cycle that vanished', () => {
  test('is sent again with the same ids, once', async () => {
    const reader = createReader({ directory: everybody, timings: { messageLost: 1 } })
    await reader.read()
    const [lost] = await takeLooks(reader.context, 'bulk')
    expect(await reader.rows(lost!.cycle!)).toMatchObject([{ number: lost!.number, ids: lost!.ids }])
    await wakeLanes(reader.context)
    const again = await takeLooks(reader.context, 'bulk')
    expect(again).toMatchObject([{ ids: lost!.ids, cycle: lost!.cycle, number: lost!.number, trigger: 'cycle' }])
    expect(await reader.rows(lost!.cycle!)).toMatchObject([{ sentAt: again[0]!.signal }])
  })

  test('is not sent again while anything waits in the lane’s queues, or before its time', async () => {
    const reader = createReader({ directory: everybody, timings: { messageLost: 1 } })
    await reader.read()
    await wakeLanes(reader.context)
    expect(await takeLooks(reader.context, 'bulk')).toHaveLength(1)
    const patient = createReader({ directory: everybody, id: reader.id })
    await wakeLanes(patient.context)
    expect(await takeLooks(patient.context, 'bulk')).toEqual([])
  })

  test('is sent again though many cycles have begun since', async () => {
    const reader = createReader({ directory: everybody, timings: { messageLost: 1 } })
    await reader.read()
    const [lost] = await takeLooks(reader.context, 'bulk')
    for (let cycle = 0; cycle < 8; cycle++) await reader.read('incremental')
    await wakeLanes(reader.context)
    expect(await takeLooks(reader.context, 'bulk')).toMatchObject([{ ids: lost!.ids, cycle: lost!.cycle }])
  })
})

/** Milliseconds of every message that is sent to the queue from now on. */
function delaysOf(context: SyncContext, name: string): number[] {
  const delays: number[] = []
  const { queue } = context.queues
  Object.assign(context, {
    queues: {
      queue: (other: string) => {
        const real = queue(other)
        if (other !== name) return real
        return {
          ...real,
          send: (text: string, delay = 0) => {
            delays.push(delay)
            return real.send(text, delay)
          },
        }
      },
    },
  })
  return delays
}
