import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import type { PersonPatch } from '../../dev/directory/person.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { startRecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { Timings } from '../../lib/domain/timings.ts'
import { progressOf } from '../../lib/domain/progress.ts'
import { receiveDrain, receiveRead } from '../../lib/sync/receive-message.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { createLaneScene, type LaneScene, type LaneServers } from '../support/lane-scene.ts'
import { handleMessages, runUntilQuiet } from '../support/pump.ts'

/** From the directory's pages to accounts: reader and lane together. Every test has a directory of its own. */

let site: LaneServers['site']
let storage: string
const stops: (() => Promise<void>)[] = []
let scenes = 0

beforeAll(async () => {
  const [azurite, started] = await Promise.all([startAzurite(), startEmbeddedWordPress({ version: '6.6-RC3' })])
  stops.push(azurite.stop, started.stop)
  site = started
  storage = azurite.connectionString
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

async function createFlow(timings: Partial<Timings> = {}) {
  const [directory, proxy] = await Promise.all([
    startDirectory({ users: 0, pageSize: 3, traps: { repeatEvery: 2, emptyPageEvery: 3 } }),
    startRecordingProxy(site.url),
  ])
  stops.push(directory.stop, proxy.stop)
  trustDirectory(directory)
  // What becomes of accounts whose people leave is leaving.test.ts' matter: here they stay, and it is told.
  const stay = { action: 'leave', deleteAfter: null } as const
  const policy = { leaving: { disabled: stay, deleted: stay, absent: stay, 'out-of-scope': stay } }
  const options = { siteUrl: proxy.url, timings, policy }
  const lane = createLaneScene({ directory, site, storage }, `flow${++scenes}`, options)
  const { id, context } = lane
  return {
    ...lane,
    directory,
    proxy,
    async people(count: number, patch: (number: number) => PersonPatch = () => ({})): Promise<string[]> {
      const ids: string[] = []
      for (let number = 0; number < count; number++) ids.push(await lane.person(`p${number}`, patch(number)))
      return ids
    },
    /** A whole cycle: reader, lane, second looks and retries. */
    async cycle(start: 'due' | 'incremental' | 'full' = 'due') {
      await sendRead(context, { connection: id, start })
      await runUntilQuiet(context)
      return (await context.stores.cycles.list(id, 1))[0]!
    },
    twin: (): LaneScene => createLaneScene({ directory, site, storage }, id, options),
  }
}

describe('a cycle', () => {
  test('makes accounts of an enumeration, counts what became of it, and is settled', async () => {
    const flow = await createFlow()
    const ids = await flow.people(8, (number) => (number === 7 ? { mail: null, userPrincipalName: 'made-up' } : {}))
    const cycle = await flow.cycle()
    expect(cycle).toMatchObject({ kind: 'initial', state: 'settled', expected: 8, error: null })
    expect(cycle.counters).toMatchObject({ queued: 8, dropped: 0, created: 7, skipped: 1, failed: 0 })
    expect(cycle.counters.siteWrites).toBeGreaterThan(0)
    expect(cycle.settledAt).toBeGreaterThanOrEqual(cycle.readAt!)
    expect(progressOf(cycle, Date.now())).toEqual({ done: 8, total: 8, eta: 0 })
    expect(await flow.context.stores.checkpoints.messages(flow.id, cycle.id, 10)).toEqual([])
    expect(await flow.told(ids[7]!)).toEqual(['skipped no-email'])
    expect((await flow.accountOf(ids[0]!))?.fields).toMatchObject({ name: `p0 ${flow.id}`, email: flow.address('p0') })
  })

  test('over everybody with nothing changed queues nothing and asks the site nothing', async () => {
    const flow = await createFlow()
    await flow.people(7, (number) => (number === 6 ? { accountEnabled: false } : {}))
    await flow.cycle()
    await flow.proxy.reset()
    const full = await flow.cycle('full')
    expect(full).toMatchObject({ kind: 'full', state: 'settled' })
    expect(full.counters).toMatchObject({ queued: 0, dropped: 7, siteRequests: 0, siteWrites: 0, skipped: 0 })
    expect(flow.proxy.requests).toEqual([])
    const increment = await flow.cycle('incremental')
    expect(increment).toMatchObject({ kind: 'incremental', state: 'settled', counters: { seen: 0, queued: 0 } })
    expect(flow.proxy.requests).toEqual([])
  })

  test('by two readers and two lanes at once, every message twice: nobody and nothing is doubled', async () => {
    const flow = await createFlow()
    const ids = await flow.people(6)
    const twin = flow.twin()
    const read = { connection: flow.id, start: 'due' }
    await Promise.all([flow, flow, twin, twin].map(({ context }) => receiveRead(context, read)))
    await Promise.all([flow, flow, twin, twin].map(({ context }) => receiveDrain(context, { site: flow.id })))
    await Promise.all([runUntilQuiet(flow.context), runUntilQuiet(twin.context)])
    await wakeLanes(flow.context)
    for (const id of ids) expect(await flow.told(id)).toEqual(['created'])
    expect(await flow.accounts()).toHaveLength(6)
    for (const cycle of await flow.context.stores.cycles.list(flow.id, 10)) {
      expect(cycle.state).toBe('settled')
      expect(await flow.context.stores.checkpoints.messages(flow.id, cycle.id, 10)).toEqual([])
    }
  })

  test('whose message vanished is settled all the same, with everybody there', async () => {
    const flow = await createFlow({ messageLost: 1 })
    const ids = await flow.people(3)
    await receiveRead(flow.context, { connection: flow.id, start: 'due' })
    const bulk = flow.context.queues.queue(laneQueueName('bulk', flow.id))
    for (const message of await bulk.receive(32, 1000)) await bulk.delete(message)
    await handleMessages(flow.context)
    expect((await flow.context.stores.cycles.list(flow.id, 1))[0]).toMatchObject({ state: 'read' })
    await wakeLanes(flow.context)
    await runUntilQuiet(flow.context)
    expect((await flow.context.stores.cycles.list(flow.id, 1))[0]).toMatchObject({ state: 'settled' })
    for (const id of ids) expect(await flow.told(id)).toEqual(['created'])
  })
})

describe('what the directory says', () => {
  test('null clears a field, absent leaves it as it is', async () => {
    const flow = await createFlow()
    const [anna] = await flow.people(1, () => ({ surname: 'Berg', jobTitle: 'Chef' }))
    await flow.cycle()
    expect((await flow.accountOf(anna!))?.fields).toMatchObject({ last_name: 'Berg', description: 'Chef' })
    const { wordpressId } = (await flow.link(anna!))!
    // Nothing in the directory has ever said anything about the locale and the URL.
    await site.php(
      `wp_update_user(['ID' => ${wordpressId}, 'user_url' => 'https://by.hand.example', 'locale' => 'en_US']);`,
    )
    await flow.directory.admin.updateUser(anna!, { surname: null, jobTitle: null, givenName: 'Anna' })
    await flow.cycle('incremental')
    expect((await flow.accountOf(anna!))?.fields).toMatchObject({
      first_name: 'Anna',
      last_name: '',
      description: '',
      url: 'https://by.hand.example',
    })
    // The page says "absent", the reading by id says "null": to a full cycle nobody has changed.
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, dropped: 1 })
  })

  test('disabled people are told once with the reason, not again, and seen when they are enabled', async () => {
    const flow = await createFlow()
    const [never, later] = await flow.people(2, (number) => (number === 0 ? { accountEnabled: false } : {}))
    await flow.cycle()
    expect(await flow.told(never!)).toEqual(['skipped disabled'])
    expect((await flow.link(never!))?.leaving).toBeNull()
    await flow.directory.admin.updateUser(later!, { accountEnabled: false })
    await flow.cycle('incremental')
    expect(await flow.told(later!)).toEqual(['created', 'skipped disabled'])
    const { leaving } = (await flow.link(later!))!
    expect(leaving).toMatchObject({ reason: 'disabled' })
    // Another change of a disabled person is no news.
    await flow.directory.admin.updateUser(later!, { department: 'Nowhere' })
    await flow.cycle('incremental')
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, skipped: 0 })
    expect(await flow.told(later!)).toEqual(['created', 'skipped disabled'])
    expect((await flow.link(later!))?.leaving).toEqual(leaving)

    for (const id of [never!, later!]) await flow.directory.admin.updateUser(id, { accountEnabled: true })
    await flow.cycle('incremental')
    expect(await flow.told(never!)).toEqual(['skipped disabled', 'created'])
    expect(await flow.link(later!)).toMatchObject({ leaving: null, refused: null, state: 'active' })
  })

  test('who leaves is told with the reason and remembered; who was never here is nobody; who is back is seen', async () => {
    const flow = await createFlow()
    const [stays, soft, purged] = await flow.people(3)
    await flow.cycle()
    const unknown = await flow.person('unknown')
    await flow.directory.admin.softDelete(unknown)
    await flow.directory.admin.softDelete(soft!)
    await flow.directory.admin.purge(purged!)
    await flow.cycle('incremental')
    expect(await flow.told(soft!)).toEqual(['created', 'skipped deleted'])
    expect(await flow.told(purged!)).toEqual(['created', 'skipped absent'])
    const { leaving } = (await flow.link(soft!))!
    expect(leaving).toMatchObject({ reason: 'deleted' })
    expect(await flow.link(purged!)).toMatchObject({ state: 'active', leaving: { reason: 'absent' } })
    expect([await flow.told(unknown), await flow.link(unknown)]).toEqual([[], undefined])
    // The enumeration names them as removed too: nobody is told of again, and the time of the first sight stays.
    await flow.cycle('full')
    expect(await flow.told(soft!)).toEqual(['created', 'skipped deleted'])
    expect((await flow.link(soft!))?.leaving).toEqual(leaving)
    expect(await flow.told(stays!)).toEqual(['created'])
    expect(await flow.accounts()).toHaveLength(3)

    await flow.directory.admin.restore(soft!)
    await flow.cycle('incremental')
    expect(await flow.link(soft!)).toMatchObject({ leaving: null, refused: null, state: 'active' })
  })

  test('a first enumeration with removed people makes nobody of them', async () => {
    const flow = await createFlow()
    const [gone, here] = await flow.people(2)
    await flow.directory.admin.softDelete(gone!)
    const cycle = await flow.cycle()
    expect(cycle.counters).toMatchObject({ queued: 1, dropped: 1, created: 1 })
    expect(await flow.link(gone!)).toBeUndefined()
    expect(await flow.told(here!)).toEqual(['created'])
  })
})

describe('replicas that lag', () => {
  test('hide a newcomer by id: the second look finds them, in an increment and in an enumeration', async () => {
    const flow = await createFlow({ secondLook: 3000 })
    await flow.directory.admin.setLag('until-released')
    const first = await flow.person('first')
    await sendRead(flow.context, { connection: flow.id, start: 'due' })
    await flowUntil(flow, async () => (await flow.waiting('bulk')) === 0 && (await flow.waiting('soon')) === 1)
    expect(await flow.told(first)).toEqual([])
    await flow.directory.admin.releaseLag()
    await runUntilQuiet(flow.context)
    expect(await flow.told(first)).toEqual(['created'])

    await flow.directory.admin.setLag('until-released')
    const second = await flow.person('second')
    await sendRead(flow.context, { connection: flow.id, start: 'incremental' })
    await flowUntil(flow, async () => (await flow.waiting('soon')) === 1)
    expect(await flow.told(second)).toEqual([])
    await flow.directory.admin.releaseLag()
    await runUntilQuiet(flow.context)
    expect(await flow.told(second)).toEqual(['created'])
  })

  test('don’t show a change yet: it arrives with the second look', async () => {
    const flow = await createFlow({ secondLook: 3000 })
    const [anna] = await flow.people(1)
    await flow.cycle()
    await flow.directory.admin.setLag('until-released')
    await flow.directory.admin.updateUser(anna!, { displayName: 'New Name' })
    await sendRead(flow.context, { connection: flow.id, start: 'incremental' })
    await flowUntil(flow, async () => (await flow.waiting('soon')) === 1)
    expect(await flow.told(anna!)).toEqual(['created'])
    await flow.directory.admin.releaseLag()
    await runUntilQuiet(flow.context)
    expect(await flow.told(anna!)).toEqual(['created', 'updated'])
    expect((await flow.accountOf(anna!))?.fields.name).toBe('New Name')
  })
})

describe('reading by id', () => {
  test('throttled for some of a batch: those come later, nobody is missed, nobody is taken for gone', async () => {
    const flow = await createFlow()
    const ids = await flow.people(20)
    await flow.directory.admin.setFault({
      route: 'users',
      inside: 'item',
      status: 429,
      code: 'TooManyRequests',
      headers: { 'Retry-After': '1.5' },
      times: 1,
    })
    const cycle = await flow.cycle()
    expect(cycle).toMatchObject({ state: 'settled', counters: { queued: 20, created: 20 } })
    for (const id of ids) expect(await flow.told(id)).toEqual(['created'])
    expect((await flow.directory.admin.counters()).throttled).toBe(1)
  })

  test('throttled or broken as a whole: the message goes back, and nobody is blamed', async () => {
    const flow = await createFlow()
    const [anna] = await flow.people(1)
    await flow.cycle()
    for (const status of [429, 503])
      await flow.directory.admin.setFault({ route: 'users', status, headers: { 'Retry-After': '1' }, times: 1 })
    await flow.directory.admin.updateUser(anna!, { displayName: 'New Name' })
    await flow.cycle('incremental')
    expect(await flow.told(anna!)).toEqual(['created', 'updated'])
    expect(await flow.link(anna!)).toMatchObject({ failure: null, leaving: null })
  })
})

/** Handles what is visible until the condition holds; what is delayed stays so. */
async function flowUntil(
  flow: { context: LaneScene['context']; id: string },
  holds: () => Promise<boolean>,
): Promise<void> {
  const { context, id } = flow
  for (const message of await context.queues.queue('read-directory').receive(32, 60_000)) {
    await receiveRead(context, message.text)
    await context.queues.queue('read-directory').delete(message)
  }
  await receiveDrain(context, { site: id })
  if (!(await holds())) throw new Error('the queues are not as the test needs them')
}
