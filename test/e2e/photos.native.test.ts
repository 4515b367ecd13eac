import { createHash } from 'node:crypto'
import { inspect, isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pngOf } from '../../dev/directory/picture.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import { SiteFault } from '../../lib/domain/faults.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { receiveRead } from '../../lib/sync/receive-message.ts'
import { syncDirectory } from '../../lib/sync/sync-directory.ts'
import { metaOf, setAvatarPlugins } from '../support/avatar-plugins.ts'
import { Killed, withKillPoint } from '../support/kill-points.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { handleMessages, runUntilQuiet } from '../support/pump.ts'
import { useLaneServers, useStops } from '../support/use-servers.ts'

/** Photos from the directory to the site's avatars, on a site whose avatars BuddyPress keeps: one request each. */

const stops = useStops()
const servers = useLaneServers(stops, { native: true })
let proxy: RecordingProxy
let scenes = 0

beforeAll(async () => {
  await setAvatarPlugins(servers.site, ['buddypress'])
  proxy = await startRecordingProxy(servers.site.url)
  stops.push(proxy.stop)
})

/** A lane whose polls are always due. */
function createPhotoScene(more: Parameters<typeof createLaneScene>[2] = {}, directory = servers.directory) {
  const id = `photos${++scenes}`
  const policy = { photos: { everyMs: 0, size: 240 as const }, ...more.policy }
  const lane = createLaneScene({ ...servers, directory }, id, { siteUrl: proxy.url, ...more, policy })
  const events: string[] = []
  Object.assign(lane.context, { log: (_, event) => void events.push(event) } satisfies Partial<SyncContext>)
  const { admin } = directory
  return {
    ...lane,
    events,
    setLook: (person: string, look: string) => admin.setPhoto(person, { look }),
    /** A whole poll and what comes of it; the questions and the writes that it took. */
    async poll() {
      await admin.resetCounters()
      await proxy.reset()
      await receiveRead(lane.context, { connection: id, photos: true })
      await runUntilQuiet(lane.context)
      return await work()
    },
    async shown(person: string): Promise<unknown> {
      return await metaOf(servers.site, (await lane.link(person))?.wordpressId ?? 0, 'test_member_avatar')
    },
    photoRows: async (person: string) =>
      (await lane.rows()).filter(({ objectId, trigger }) => objectId === person && trigger === 'photo'),
    photoOf: async (person: string) => (await lane.link(person))?.photo,
  }

  async function work() {
    const { requests, items } = await admin.counters()
    const asked = (route: 'users/{id}/photo' | 'users/{id}/photo/$value') =>
      (requests[route] ?? 0) + (items[route] ?? 0)
    return {
      tags: asked('users/{id}/photo'),
      photos: asked('users/{id}/photo/$value'),
      siteRequests: proxy.requests.length,
      uploads: proxy.requests.filter(({ method, path }) => method === 'POST' && path.includes('/avatar')).length,
      removals: proxy.requests.filter(({ method, path }) => method === 'DELETE' && path.includes('/avatar')).length,
    }
  }
}

const picture = (look: string) => ({ edge: 240, hash: createHash('md5').update(pngOf(240, look)).digest('hex') })

describe('a photo', () => {
  test('comes with the account, and is one row of the audit', async () => {
    const lane = createPhotoScene()
    const anna = await lane.person('anna')
    await lane.setLook(anna, 'a')
    await lane.settle(anna)
    await lane.quiet()
    expect(await lane.shown(anna)).toEqual(picture('a'))
    expect(await lane.told(anna)).toEqual(['created', 'updated'])
    const tag = await lane.photoOf(anna)
    const [row] = await lane.photoRows(anna)
    expect(row).toMatchObject({ status: 'updated', changes: [{ field: 'photo', from: null, to: tag }] })
    expect(proxy.requests.flatMap(({ attempts }) => attempts)).toContain(row?.attempt)
  })

  test('unchanged costs a question in a poll, changed one upload, gone one removal', async () => {
    const lane = createPhotoScene()
    const people = await Promise.all(['anna', 'bert', 'cleo', 'dora'].map((name) => lane.person(name)))
    const [anna = '', bert = '', cleo = '', dora = ''] = people
    await lane.setLook(anna, 'a')
    await lane.setLook(bert, 'b')
    await servers.directory.admin.setPhoto(cleo, { none: '1x1' })
    await lane.settle(...people)
    await lane.quiet()
    const shown: unknown[] = []
    for (const person of people) shown.push(await lane.shown(person))
    expect(shown).toEqual([picture('a'), picture('b'), '', ''])

    expect(await lane.poll()).toEqual({ tags: 4, photos: 0, siteRequests: 0, uploads: 0, removals: 0 })

    await lane.setLook(anna, 'changed')
    expect(await lane.poll()).toMatchObject({ tags: 5, photos: 1, uploads: 1, removals: 0 })
    expect(await lane.shown(anna)).toEqual(picture('changed'))
    expect(await lane.told(anna)).toEqual(['created', 'updated', 'updated'])

    await servers.directory.admin.setPhoto(bert, { none: 'ErrorNonExistentMailbox' })
    await lane.setLook(dora, 'd')
    expect(await lane.poll()).toMatchObject({ tags: 6, photos: 1, uploads: 1, removals: 1 })
    expect(await lane.shown(bert)).toBe('')
    expect(await lane.photoOf(bert)).toBeNull()
    expect(await lane.shown(dora)).toEqual(picture('d'))
    expect(await lane.told(bert)).toEqual(['created', 'updated', 'updated'])
    expect(await lane.told(cleo)).toEqual(['created'])
    expect(await lane.poll()).toMatchObject({ tags: 4, siteRequests: 0 })
  })

  test('of somebody who is suspended stays, and is brought up to date when they are back', async () => {
    const lane = createPhotoScene()
    const anna = await lane.person('anna')
    await lane.setLook(anna, 'a')
    await lane.settle(anna)
    await lane.quiet()
    await servers.directory.admin.updateUser(anna, { accountEnabled: false })
    await lane.settle(anna)
    await lane.setLook(anna, 'b')
    expect(await lane.poll()).toMatchObject({ tags: 0, siteRequests: 0 })
    expect(await lane.shown(anna)).toEqual(picture('a'))
    await servers.directory.admin.updateUser(anna, { accountEnabled: true })
    await lane.settle(anna)
    await lane.quiet()
    expect(await lane.shown(anna)).toEqual(picture('b'))
  })

  test('that the site refuses is told, and nobody fails', async () => {
    const lane = createPhotoScene()
    const anna = await lane.person('anna')
    await servers.directory.admin.setPhoto(anna, { edge: 64 })
    await lane.settle(anna)
    await lane.quiet()
    expect(await lane.told(anna)).toEqual(['created', 'failed bp_rest_attachments_user_avatar_error'])
    expect(await lane.link(anna)).toMatchObject({ state: 'active', failure: null, photo: null })
    await servers.directory.admin.setPhoto(anna, { edge: 300 })
    await lane.poll()
    expect(await lane.shown(anna)).toEqual(picture('a'))
  })
})

describe('a directory that can’t tell', () => {
  test('throttled people wait, each as long as they are told, and nobody else does', async () => {
    const lane = createPhotoScene()
    const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
    await lane.settle(anna, bert)
    await lane.quiet()
    await lane.setLook(anna, 'a')
    await lane.setLook(bert, 'b')
    const fault = { id: anna, status: 429, code: 'ApplicationThrottled', headers: { 'Retry-After': '0.2' }, times: 2 }
    await servers.directory.admin.setFault({ route: 'users/{id}/photo', ...fault })
    await servers.directory.admin.setFault({ route: 'users/{id}/photo/$value', ...fault })
    expect(await lane.poll()).toMatchObject({ uploads: 2 })
    expect([await lane.shown(anna), await lane.shown(bert)]).toEqual([picture('a'), picture('b')])
    expect(await lane.told(anna)).toEqual(['created', 'updated'])
  })

  test('of another tenant takes nobody’s photo', async () => {
    const directory = await startDirectory({ users: 0 })
    trustDirectory(directory)
    stops.push(directory.stop)
    const lane = createPhotoScene({}, directory)
    const anna = await lane.person('anna')
    await lane.setLook(anna, 'a')
    await lane.settle(anna)
    await lane.quiet()
    await directory.admin.setForeignTenant(true)
    expect(await lane.poll()).toMatchObject({ removals: 0, uploads: 0 })
    expect(await lane.photoOf(anna)).toEqual(expect.any(String))
    expect(await lane.shown(anna)).toEqual(picture('a'))
  })

  test('an Azure AD B2C tenant has none: told once, nobody fails, and nobody is asked for again', async () => {
    const directory = await startDirectory({ users: 0, kind: 'b2c' })
    trustDirectory(directory)
    stops.push(directory.stop)
    const lane = createPhotoScene({}, directory)
    const people = [await lane.person('anna'), await lane.person('bert')]
    await lane.settle(...people)
    await lane.quiet()
    for (let times = 0; times < 2; times++) await lane.poll()
    expect(lane.events.filter((event) => event === 'photos not read')).toHaveLength(1)
    for (const person of people) {
      expect(await lane.told(person)).toEqual(['created'])
      expect(await lane.link(person)).toMatchObject({ state: 'active', failure: null })
    }
    const stored = await lane.context.stores.checkpoints.readPhotoPoll(lane.id)
    expect(stored?.row).toMatchObject({ error: expect.stringContaining('B2C'), finishedAt: expect.any(Number) })
    const cleo = await lane.person('cleo')
    await directory.admin.resetCounters()
    await lane.settle(cleo)
    await lane.quiet()
    const { requests, items } = await directory.admin.counters()
    expect([requests['users/{id}/photo'], items['users/{id}/photo']]).toEqual([undefined, undefined])
  })
})

test('a site that keeps no avatars: told once, nobody fails', async () => {
  await setAvatarPlugins(servers.site, [])
  try {
    const lane = createPhotoScene()
    const anna = await lane.person('anna')
    await lane.setLook(anna, 'a')
    await lane.settle(anna)
    await lane.quiet()
    await lane.poll()
    expect(lane.events.filter((event) => event === 'photos have nowhere to go')).toHaveLength(1)
    expect(await lane.told(anna)).toEqual(['created'])
    expect(await lane.link(anna)).toMatchObject({ failure: null, photo: null })
  } finally {
    await setAvatarPlugins(servers.site, ['buddypress'])
  }
})

describe('with Simple Local Avatars, which leaves its file behind', () => {
  beforeAll(() => setAvatarPlugins(servers.site, ['simple-local-avatars']))
  afterAll(() => setAvatarPlugins(servers.site, ['buddypress']))

  const remove = { action: 'delete', deleteAfter: null } as const
  const leaving = { disabled: remove, deleted: remove, absent: remove, 'out-of-scope': remove }
  const photos = { everyMs: 0, size: 240 } as const
  const files = async () =>
    Number(
      await servers.site.php(
        `echo count(get_posts(['post_type' => 'attachment', 'numberposts' => -1, 'post_status' => 'any']));`,
      ),
    )
  /** Somebody with a photo who is about to be deleted. */
  async function leaver() {
    const before = await files()
    const lane = createPhotoScene({ policy: { photos, leaving, reassignTo: servers.site.adminUsername } })
    const anna = await lane.person('anna')
    await lane.setLook(anna, 'a')
    await lane.settle(anna)
    await lane.quiet()
    expect(await files()).toBe(before + 1)
    await servers.directory.admin.softDelete(anna)
    return { lane, anna, before }
  }
  /** The next deletion is carried out, or not, and nobody hears of it. */
  function loseDeletion(lane: Awaited<ReturnType<typeof leaver>>['lane'], carriedOut: boolean): void {
    const real = lane.context.site(lane.connection.site)
    let lost = false
    const write: typeof real.write = async (writes) => {
      if (lost || writes.every(({ kind }) => kind !== 'delete')) return await real.write(writes)
      lost = true
      if (carriedOut) await real.write(writes)
      throw new SiteFault('unreachable', 'The answer is lost, and the site with it.')
    }
    Object.assign(lane.context, { site: () => ({ ...real, write }) })
  }

  test('it goes with a deleted account', async () => {
    const { lane, anna, before } = await leaver()
    await lane.settle(anna)
    await lane.judge()
    expect(await lane.told(anna)).toEqual(['created', 'updated', 'deleted deleted'])
    expect(await lane.link(anna)).toMatchObject({ state: 'deleted', photo: null })
    expect(await files()).toBe(before)
  })

  test('it goes too where nobody heard that the account was deleted', async () => {
    const { lane, anna, before } = await leaver()
    loseDeletion(lane, true)
    await lane.settle(anna)
    expect((await lane.link(anna))?.intent).toMatchObject({ verb: 'delete' })
    await lane.quiet()
    expect(await lane.told(anna)).toEqual(['created', 'updated', 'deleted deleted'])
    expect(await files()).toBe(before)
  })

  test('who is back before the account was deleted keeps it', async () => {
    const { lane, anna, before } = await leaver()
    const { wordpressId } = (await lane.link(anna))!
    loseDeletion(lane, false)
    await lane.settle(anna)
    expect((await lane.link(anna))?.intent).toMatchObject({ verb: 'delete' })
    await servers.directory.admin.restore(anna)
    await lane.quiet()
    await lane.poll()
    expect(await lane.link(anna)).toMatchObject({ state: 'active', wordpressId, photo: expect.any(String) })
    expect(await metaOf(servers.site, wordpressId!, 'simple_local_avatar')).toMatchObject({
      media_id: expect.any(Number),
      full: expect.stringContaining('http'),
    })
    expect(await files()).toBe(before + 1)
  })
})

test('an id that is a stranger’s by now gets no photo', async () => {
  const lane = createPhotoScene()
  const anna = await lane.person('anna')
  await lane.settle(anna)
  await lane.quiet()
  const stranger = await lane.stranger(`stranger.${lane.id}`, lane.address('stranger'))
  const { link, etag } = (await lane.context.stores.links.read(lane.id, lane.id, [anna])).get(anna)!
  await lane.context.stores.links.write(lane.id, [{ link: { ...link, wordpressId: stranger }, etag }])
  await lane.setLook(anna, 'a')
  expect(await lane.poll()).toMatchObject({ uploads: 0 })
  expect(await metaOf(servers.site, stranger, 'test_member_avatar')).toBe('')
  expect(await lane.told(anna)).toEqual(['created', 'skipped login-mismatch'])
})

test('photos keep nobody waiting: people come first, and a cycle is settled without them', async () => {
  const lane = createPhotoScene()
  const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
  await lane.settle(anna)
  await lane.quiet()
  await lane.setLook(anna, 'a')
  await lane.look([anna], 'photos', { trigger: 'photo' })
  await lane.look([bert], 'bulk')
  const sent: string[] = []
  const { site } = lane.context
  const wrapped = {
    ...site(lane.connection.site),
    write: async (...args: Parameters<ReturnType<typeof site>['write']>) => {
      sent.push('write')
      return await site(lane.connection.site).write(...args)
    },
    writePhoto: async (...args: Parameters<ReturnType<typeof site>['writePhoto']>) => {
      sent.push('photo')
      return await site(lane.connection.site).writePhoto(...args)
    },
  }
  Object.assign(lane.context, { site: () => wrapped } satisfies Partial<SyncContext>)
  await lane.quiet()
  expect(sent).toEqual(['write', 'photo'])
})

test('the schedule asks for the poll', async () => {
  const lane = createPhotoScene()
  const anna = await lane.person('anna')
  await lane.settle(anna)
  await lane.quiet()
  await lane.setLook(anna, 'a')
  await syncDirectory(lane.context)
  await lane.quiet()
  expect(await lane.shown(anna)).toEqual(picture('a'))
  const off = createPhotoScene({ policy: { photos: null } })
  await syncDirectory(off.context)
  expect(await off.context.queues.queue('read-directory').approximateCount()).toBe(1)
})

/** Every I/O that leaves something behind. Before and after each of the others it was seen to pass too, which takes six minutes. */
const leavesSomething =
  /^(site\.(writePhoto|removePhoto)|audit\.write|links\.write|checkpoints\.writePhotoPoll|queue (photos-\S+|read-directory)\.(send|delete))$/

test('killed before and after any write of poll and lane: the right photo, one row, one attempt', async () => {
  const scene = async () => {
    const lane = createPhotoScene()
    const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
    await lane.setLook(bert, 'b')
    await lane.settle(anna, bert)
    await lane.quiet()
    await lane.setLook(anna, 'a')
    await servers.directory.admin.setPhoto(bert, { none: 'ImageNotFound' })
    const earlier = await lane.photoRows(bert)
    await lane.context.queues.queue('read-directory').send(JSON.stringify({ connection: lane.id, photos: true }))
    return { lane, anna, bert, earlier }
  }
  const run = async (context: SyncContext, killed: () => boolean): Promise<void> => {
    while (!killed()) {
      try {
        if ((await handleMessages(context)) === 0) return
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
    }
  }
  const calm = await scene()
  const points = withKillPoint(calm.lane.context, null)
  await run(points.context, points.killed)
  const { trace } = points
  const steps = ['directory.photoTags', 'site.writePhoto', 'site.removePhoto', 'audit.write', 'links.write']
  expect(trace).toEqual(expect.arrayContaining(steps))

  const plans = trace.flatMap((name, at) =>
    leavesSomething.test(name) ? (['before', 'after'] as const).map((when) => ({ name, at, when })) : [],
  )
  expect(plans.length).toBeGreaterThan(14)
  const failures: string[] = []
  const survivors: [typeof calm.lane, string, string][] = []
  const one = async ({ name, at, when }: (typeof plans)[number]): Promise<void> => {
    const { lane, anna, bert, earlier } = await scene()
    const killing = withKillPoint(lane.context, { at, when })
    await run(killing.context, killing.killed)
    await lane.quiet()
    // Whoever died before the poll's message was sent again left it to the schedule.
    await receiveRead(lane.context, { connection: lane.id, photos: true })
    await lane.quiet()
    const known = new Set(earlier.map(({ attempt }) => attempt))
    const ids = [(await lane.link(anna))?.wordpressId, (await lane.link(bert))?.wordpressId]
    const attempts = proxy.requests
      .filter(({ path }) => ids.some((id) => path.includes(`/members/${id}/avatar`)))
      .flatMap((request) => request.attempts)
      .filter((attempt) => !known.has(attempt))
    const rows = [...(await lane.photoRows(anna)), ...(await lane.photoRows(bert))]
    const told = rows.map(({ attempt }) => attempt).filter((attempt) => !known.has(attempt))
    const found = {
      tags: [typeof (await lane.photoOf(anna)), await lane.photoOf(bert)],
      told: [await lane.told(anna), await lane.told(bert)],
      attempts: new Set(attempts),
    }
    const updated = ['created', 'updated']
    const expected = { tags: ['string', null], told: [updated, [...updated, 'updated']], attempts: new Set(told) }
    if (!isDeepStrictEqual(found, expected) || told.length !== 2)
      failures.push(`killed ${when} I/O ${at} (${name}): ${inspect(found, { depth: 5 })}`)
    survivors.push([lane, anna, bert])
  }
  const slots = pLimit(4)
  await Promise.all(plans.map((plan) => slots(() => one(plan))))
  expect(failures).toEqual([])
  for (const [lane, anna, bert] of survivors) {
    expect(await lane.shown(anna)).toEqual(picture('a'))
    expect(await lane.shown(bert)).toBe('')
  }
}, 600_000)
