import { beforeAll, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { emptyLink } from '../../lib/domain/link.ts'
import type { Timings } from '../../lib/domain/timings.ts'
import { pollPhotos } from '../../lib/sync/poll-photos.ts'
import { moveClock } from '../support/move-clock.ts'
import { takeIds } from '../support/queue-contents.ts'
import { createSyncApp } from '../support/sync-app.ts'
import { useStops } from '../support/use-servers.ts'

/** How the poll goes through many people, without a site: nobody may ask one. */

const stops = useStops()
const noSite = { url: 'http://127.0.0.1:9', username: 'sync', applicationPassword: 'none' }
const people = 950
const hour = 3_600_000
let storage: string
let directory: DirectoryServer
let ids: string[]
let scenes = 0

beforeAll(async () => {
  const [azurite, started] = await Promise.all([startAzurite(), startDirectory({ users: people })])
  stops.push(azurite.stop, started.stop)
  trustDirectory(started)
  ;[storage, directory] = [azurite.connectionString, started]
  await directory.admin.setUnitLimit('unlimited')
  ids = (await directory.admin.listUsers()).map(({ person }) => person.id).sort()
  await directory.admin.setPhoto(ids[7]!, {})
  await directory.admin.setPhoto(ids[900]!, {})
})

/** An app with a link for everybody; the first two are suspended. */
async function createPoll(timings: Partial<Timings> = {}) {
  const id = `poll${++scenes}`
  const policy = { photos: { everyMs: 24 * hour, size: 240 as const } }
  const app = () => createSyncApp({ directory, site: noSite, storage, id, policy, timings })
  const { context, connection } = app()
  const links = ids.map((objectId, index) => {
    const state = index < 2 ? ('suspended' as const) : ('active' as const)
    return { link: { ...emptyLink(id, objectId), state, wordpressId: index + 1, login: `p${index}` }, etag: null }
  })
  await context.stores.links.write(id, links)
  await directory.admin.resetCounters()
  return {
    id,
    app,
    context,
    poll: () => pollPhotos(context, connection),
    row: async () => (await context.stores.checkpoints.readPhotoPoll(id))?.row,
    asked: async () => (await directory.admin.counters()).items['users/{id}/photo'],
    goesOn: () => context.queues.queue('read-directory').approximateCount(),
  }
}

test('asks for everybody who is active once, and queues those whose photo differs', async () => {
  const { context, poll, row, asked, goesOn } = await createPoll()
  await poll()
  expect(await asked()).toBe(people - 2)
  expect(await takeIds(context, 'photos')).toEqual([ids[7]!, ids[900]!].sort())
  expect(await row()).toMatchObject({ asked: people - 2, changed: 2, after: null, leaseOwner: null, error: null })
  expect((await row())?.finishedAt).toEqual(expect.any(Number))
  expect(await goesOn()).toBe(0)
  // Not due again before its time.
  await poll()
  moveClock(context, 24 * hour - 60_000)
  await poll()
  expect(await asked()).toBe(people - 2)
  moveClock(context, 60_000)
  await poll()
  expect(await asked()).toBe(2 * (people - 2))
})

test('pauses, goes on from where it stands, and a message too many makes no second poll', async () => {
  const { context, poll, row, asked, goesOn } = await createPoll({ photoPollRun: 1, photoPollPause: 60_000 })
  await poll()
  expect(await asked()).toBe(398)
  expect(await row()).toMatchObject({ finishedAt: null, asked: 398, leaseOwner: null })
  await poll()
  expect(await asked()).toBe(398)
  moveClock(context, 60_000)
  await poll()
  expect(await row()).toMatchObject({ finishedAt: null, asked: 798 })
  moveClock(context, 60_000)
  await poll()
  expect(await row()).toMatchObject({ finishedAt: expect.any(Number), asked: people - 2, changed: 2 })
  expect(await asked()).toBe(people - 2)
  expect(await goesOn()).toBe(2)
})

test('of two at a time one polls; of one that died the next goes on', async () => {
  const { app, context, poll, row, asked } = await createPoll()
  const other = app()
  await Promise.all([poll(), pollPhotos(other.context, other.connection)])
  expect(await row()).toMatchObject({ asked: people - 2, changed: 2 })
  // Who lost the row may have asked one step too much, and found nobody new.
  expect(await asked()).toBeLessThanOrEqual(2 * (people - 2))
  moveClock(context, 24 * hour)
  const { links, checkpoints } = context.stores
  let pages = 0
  const dying = {
    ...context.stores,
    links: {
      ...links,
      page: async (...args: Parameters<typeof links.page>) => {
        if (++pages === 2) throw new Error('the process died')
        return await links.page(...args)
      },
    },
  }
  Object.assign(context, { stores: dying })
  await expect(poll()).rejects.toThrow('the process died')
  Object.assign(context, { stores: { ...dying, links } })
  const stored = await checkpoints.readPhotoPoll(context.connections[0]!.id)
  expect(stored?.row).toMatchObject({ finishedAt: null, asked: 398, leaseOwner: expect.any(String) })
  await poll()
  expect((await row())?.asked).toBe(398)
  moveClock(context, context.timings.readerLease)
  await poll()
  expect(await row()).toMatchObject({ finishedAt: expect.any(Number), asked: people - 2 })
})

test('a directory that is busy as a whole is asked again from the same place; a missing permission ends it, told once', async () => {
  const { context, poll, row, goesOn } = await createPoll()
  const told: string[] = []
  Object.assign(context, { log: (_: string, event: string) => void told.push(event) })
  await directory.admin.setFault({ route: '$batch', status: 503 })
  await poll()
  await directory.admin.clearFaults()
  expect(await row()).toMatchObject({ finishedAt: null, after: null, asked: 0, error: null, leaseOwner: null })
  expect(await goesOn()).toBe(1)
  await directory.admin.setFault({ route: 'users/{id}/photo', status: 403, code: 'Authorization_RequestDenied' })
  for (let day = 0; day < 2; day++) {
    moveClock(context, 24 * hour)
    await poll()
  }
  await directory.admin.clearFaults()
  expect(told.filter((event) => event === 'photos not read')).toHaveLength(1)
  expect(await row()).toMatchObject({ error: expect.stringContaining('ProfilePhoto.Read.All'), changed: 0 })
  moveClock(context, 24 * hour)
  await poll()
  expect(await row()).toMatchObject({ error: null, changed: 2 })
})
