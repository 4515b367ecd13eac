import { beforeAll, describe, expect, test, vi } from 'vitest'
import { startRecordingProxy } from '../../dev/wordpress/proxy.ts'
import { RetryLater, SiteFault } from '../../lib/domain/faults.ts'
import type { LaneQueue } from '../../lib/domain/look.ts'
import type { Site } from '../../lib/sync/ports/site.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { breakLogins } from '../support/break-logins.ts'
import { createLaneScene, type LaneScene } from '../support/lane-scene.ts'
import { useLaneServers, useStops } from '../support/use-servers.ts'

/** What goes wrong, whose fault it is, and that everybody else is settled all the same. */

const second = 1000

const stops = useStops()
const servers = useLaneServers(stops)
let scenes = 0
const scene = (options: Parameters<typeof createLaneScene>[2] = {}) =>
  createLaneScene(servers, `faults${++scenes}`, options)

/** A scene whose requests go through a proxy of its own. */
async function proxied(options: Parameters<typeof createLaneScene>[2] = {}) {
  const proxy = await startRecordingProxy(servers.site.url)
  stops.push(proxy.stop)
  return { proxy, lane: scene({ ...options, siteUrl: proxy.url }) }
}

/** Stands between the lane and the site. */
function wrapSite(lane: LaneScene, wrap: (site: Site) => Partial<Site>): void {
  const real = lane.context.site(lane.connection.site)
  const wrapped = { ...real, ...wrap(real) }
  Object.assign(lane.context, { site: () => wrapped })
}

async function people(lane: LaneScene, count: number, name = 'p'): Promise<string[]> {
  const ids: string[] = []
  for (let number = 0; number < count; number++) ids.push(await lane.person(`${name}${number}`))
  return ids
}

/** Everybody has one account, was told of once as created, and nothing is open. */
async function expectCreated(lane: LaneScene, ids: readonly string[]): Promise<void> {
  const links = await lane.context.stores.links.read(lane.id, lane.id, ids)
  expect([...links.values()].filter(({ link }) => link.state === 'active' && link.intent === null)).toHaveLength(
    ids.length,
  )
  const created = (await lane.rows()).filter(({ status }) => status === 'created')
  expect(created.map(({ objectId }) => objectId).toSorted()).toEqual([...ids].toSorted())
  expect(await lane.accounts()).toHaveLength(ids.length)
}

/** Messages that lie in a lane's queue, with how often each was received before. */
async function held(lane: LaneScene, queue: LaneQueue) {
  const messages = await lane.context.queues.queue(laneQueueName(queue, lane.id)).receive(32, 1)
  return messages.map(({ dequeueCount, text }) => ({ received: dequeueCount - 1, ids: JSON.parse(text ?? '').ids }))
}

beforeAll(async () => {
  await breakLogins(servers.site)
})

describe('a fault of one user', () => {
  test('in the mapping is theirs only, and told with its field', async () => {
    const lane = scene({ mapping: { description: 'jobTitle = "bad" ? $number("x") : jobTitle' } })
    const bad = await lane.person('bad', { jobTitle: 'bad' })
    const good = await people(lane, 3)
    await lane.settle(good[0]!, bad, good[1]!, good[2]!)
    await expectCreated(lane, good)
    expect(await lane.told(bad)).toEqual(['failed mapping-failed: description'])
    const failure = { code: 'mapping-failed: description', attempts: 8 }
    expect(await lane.link(bad)).toMatchObject({ state: 'unlinked', intent: null, fingerprint: null, failure })
    await servers.directory.admin.updateUser(bad, { jobTitle: 'good' })
    await lane.settle(bad)
    expect(await lane.link(bad)).toMatchObject({ state: 'active', failure: null })
  })

  test('whom the site refuses is not tried again soon, but daily', async () => {
    const lane = scene()
    await servers.site.php(`update_option('illegal_login', 'refused.${lane.id}');`)
    const refused = await lane.person('refused')
    const [other] = await people(lane, 1)
    await lane.settle(refused, other!)
    expect(await lane.told(refused)).toEqual(['failed rest_invalid_param: username'])
    expect(await lane.link(refused)).toMatchObject({ intent: null, failure: { attempts: 8 } })
    expect(await lane.told(other!)).toEqual(['created'])
    expect(await lane.waiting('soon')).toBe(0)
    const due = await lane.context.stores.links.dueLooks(lane.id, Date.now() + 2 * 24 * 3600 * second)
    expect(due).toMatchObject([{ objectId: refused }])
  })

  test('is retried with a delay, counted on the link, and from the eighth time on looked at daily', async () => {
    const lane = scene({ timings: { userRetryFirst: 2 * second } })
    await servers.site.php(`update_option('flaky', '1');`)
    const flaky = await lane.person('flaky')
    await lane.settle(flaky)
    expect(await lane.link(flaky)).toMatchObject({ failure: { attempts: 1, code: 'empty_data' }, intent: null })
    expect(await lane.waiting('soon')).toBe(1)
    Object.assign(lane.context.timings, { userRetryFirst: 1, userRetryMax: 1 })
    await lane.quiet()
    expect(await lane.link(flaky)).toMatchObject({ failure: { attempts: 8 }, fingerprint: null })
    const tries = (await lane.rows()).map(({ status, reason, tries: count }) => ({ status, reason, count })).reverse()
    expect(tries).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((count) => ({ status: 'failed', reason: 'empty_data', count })))
    const tomorrow = Date.now() + 2 * 24 * 3600 * second
    const [due, ...others] = await lane.context.stores.links.dueLooks(lane.id, tomorrow)
    expect(others).toEqual([])
    expect(due).toEqual({ connection: lane.id, objectId: flaky, due: (await lane.link(flaky))?.failure?.retryAt })

    await servers.site.php(`delete_option('flaky');`)
    await lane.settle(flaky)
    expect(await lane.link(flaky)).toMatchObject({ state: 'active', failure: null })
    expect(await lane.accounts()).toHaveLength(1)
  })

  test('who ends PHP is found by halving: everybody else is written once, and that one is counted and told', async () => {
    const lane = scene({ timings: { userRetryFirst: 3600 * second, userRetryMax: 3600 * second } })
    const ids = await people(lane, 11)
    const deadly = await lane.person('deadly')
    await lane.settle(...ids.slice(0, 6), deadly, ...ids.slice(6))
    await expectCreated(lane, ids)
    const link = await lane.link(deadly)
    expect(link).toMatchObject({ state: 'unlinked', failure: { attempts: 1 }, intent: { verb: 'create' } })
    expect(await lane.told(deadly)).toEqual([`failed ${link?.failure?.code}`])
    expect(await lane.context.stores.sites.readBreaker(lane.id)).toBeNull()
  })
})

describe('an answer that is lost', () => {
  test('after the site has written: found again, told once, and nobody is there twice', async () => {
    const { lane, proxy } = await proxied()
    const ids = await people(lane, 3)
    await proxy.setFault({ kind: 'cut-after', only: 'writes', requests: 1 })
    await lane.settle(...ids)
    await expectCreated(lane, ids)
    await servers.directory.admin.updateUser(ids[0]!, { displayName: 'New Name' })
    await proxy.setFault({ kind: 'cut-after', only: 'writes', requests: 1 })
    await lane.settle(ids[0]!)
    // Alone in its request it may be what breaks the site: that try is counted, and told until more is known.
    expect(await lane.told(ids[0]!)).toEqual(['created', 'failed unreachable'])
    await lane.quiet()
    expect(await lane.told(ids[0]!)).toEqual(['created', 'updated'])
    expect((await lane.accountOf(ids[0]!))?.fields.name).toBe('New Name')
    const writes = proxy.requests.filter(({ write }) => write)
    expect(new Set(writes.flatMap(({ attempts }) => attempts)).size).toBe(4)
  })

  test.each([
    ['far ahead', 3 * 3600 * second],
    ['far behind', -3 * 3600 * second],
  ])('by a site whose clock is %s: its own account is recognised by that clock', async (_, skew) => {
    const lane = scene()
    const anna = await lane.person('anna', { userType: 'Guest' })
    let lost = true
    wrapSite(lane, (site) => ({
      clockOffset: () => site.clockOffset() + skew,
      findByUsername: async (username) => {
        const user = await site.findByUsername(username)
        return user && { ...user, registeredAt: user.registeredAt + skew }
      },
      write: async (writes) => {
        const answers = await site.write(writes)
        if (!lost) return answers
        lost = false
        throw new SiteFault('wrong-credentials', 'The answer is lost, and the site with it.')
      },
    }))
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ state: 'unlinked', intent: { verb: 'create' } })
    await lane.quiet()
    await expectCreated(lane, [anna])
  })

  test('is not made good with an account that was there before, though name and address are the same', async () => {
    const lane = scene()
    const guest = await lane.person('guest', { userType: 'Guest' })
    await lane.stranger(`guest.${lane.id}`, lane.address('guest'))
    wrapSite(lane, (site) => ({
      // To a clock an hour ahead the account is an hour old when the intent is written.
      clockOffset: () => site.clockOffset() + 3600 * second,
    }))
    await lane.settle(guest)
    expect(await lane.told(guest)).toEqual(['skipped email-taken'])
    expect(await lane.link(guest)).toMatchObject({ wordpressId: null })
  })
})

describe('a site that fails as a whole', () => {
  test('opens the breaker: nothing is asked, nothing is lost or blamed, and all is there after it', async () => {
    const { lane, proxy } = await proxied({ timings: { breakerFirst: 3600 * second, breakerMax: 3600 * second } })
    const ids = await people(lane, 4)
    await proxy.setFault({ kind: 'status', status: 502 })
    await lane.look(ids.slice(0, 2), 'now')
    await lane.look(ids.slice(2), 'bulk')
    await lane.drain()
    const breaker = await lane.context.stores.sites.readBreaker(lane.id)
    expect(breaker).toMatchObject({ failures: 1, reason: 'server-error' })
    expect(breaker!.openUntil).toBeGreaterThan(Date.now() + 1800 * second)
    expect([await lane.waiting('now'), await lane.waiting('bulk')]).toEqual([1, 1])

    const asked = proxy.requests.length
    await lane.drain()
    expect(proxy.requests).toHaveLength(asked)
    for (const id of ids) expect((await lane.link(id))?.failure ?? null).toBeNull()

    // The pause is over, and so is the trouble.
    await proxy.setFault(null)
    await lane.context.stores.sites.writeBreaker(lane.id, { ...breaker!, openUntil: 0 })
    await lane.settle(...ids)
    await expectCreated(lane, ids)
    expect(await lane.context.stores.sites.readBreaker(lane.id)).toMatchObject({ failures: 0 })
  })

  test('keeps its messages unblamed through pauses that grow, even where its probe answers well', async () => {
    const { lane, proxy } = await proxied({ timings: { breakerFirst: 1, breakerMax: 3600 * second } })
    const [anna] = await people(lane, 1)
    await proxy.setFault({ kind: 'status', status: 429, only: 'writes' })
    await lane.look([anna!])
    const pauses: number[] = []
    for (let time = 1; time <= 4; time++) {
      await vi.waitFor(async () => expect(await held(lane, 'now')).toHaveLength(1), {
        timeout: 20 * second,
        interval: 300,
      })
      await lane.look([anna!])
      await lane.drain()
      const breaker = await lane.context.stores.sites.readBreaker(lane.id)
      expect(breaker?.reason).toBe('throttled')
      pauses.push(breaker!.failures)
      await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(breaker!.openUntil), { timeout: 20 * second })
    }
    expect(pauses).toEqual([1, 2, 3, 4])
    await proxy.setFault(null)
    await lane.quiet()
    await expectCreated(lane, [anna!])
    expect(await lane.context.stores.sites.readBreaker(lane.id)).toMatchObject({ failures: 0, openUntil: 0 })
  })
})

describe('the lease', () => {
  test('is one lane’s: of two at once one works, the other leaves', async () => {
    const lane = scene()
    const ids = await people(lane, 8)
    const other = createLaneScene(servers, lane.id)
    const worked = new Set<LaneScene>()
    for (const one of [lane, other])
      wrapSite(one, (site) => ({
        write: (writes) => {
          worked.add(one)
          return site.write(writes)
        },
      }))
    await lane.look(ids)
    await Promise.all([lane.drain(), other.drain()])
    expect(worked.size).toBe(1)
    await expectCreated(lane, ids)
    expect((await lane.context.stores.sites.readLane(lane.id))?.row).toMatchObject({ owner: null, epoch: 1 })
  })

  test('that was stolen ends the lane before it writes; what it had in hand goes back without blame', async () => {
    const lane = scene({ timings: { laneLeaseRenewal: 10 } })
    const ids = await people(lane, 3)
    const { sites } = lane.context.stores
    const real = lane.context.directory(lane.connection)
    const lost = vi.fn<() => void>()
    Object.assign(lane.context, {
      log: (_: string, event: string) => void (event === 'lane lease not renewed' && lost()),
      directory: () => ({
        ...real,
        usersById: async (...args: Parameters<typeof real.usersById>) => {
          const found = await real.usersById(...args)
          await vi.waitFor(async () => {
            const stored = await sites.readLane(lane.id)
            await sites.writeLane(
              lane.id,
              { epoch: 7, owner: 'thief', until: Date.now() + 3600 * second },
              stored!.etag,
            )
          }, 20 * second)
          await vi.waitFor(() => expect(lost).toHaveBeenCalled(), 20 * second)
          return found
        },
      }),
    })
    await lane.look(ids)
    await lane.drain()
    expect(await lane.accounts()).toEqual([])
    expect((await sites.readLane(lane.id))?.row).toMatchObject({ owner: 'thief', epoch: 7 })
    expect(await held(lane, 'now')).toMatchObject([{ received: 0, ids: expect.arrayContaining(ids) }])
  })

  test('is held until the last request of the lane is answered, also when the lane has to stop', async () => {
    const lane = scene({
      timings: { laneLease: 60 * second, laneRequestReserve: 50 * second, laneLeaseRenewal: 3600 * second },
    })
    Object.assign(lane.connection.site, { concurrency: 2 })
    const ids = await people(lane, 3)
    let clock = 0
    Object.assign(lane.context, { now: () => Date.now() + clock })
    let underWay = 0
    wrapSite(lane, (site) => ({
      batchSize: () => 1,
      write: async (writes) => {
        underWay++
        // The first is quick, and takes the lease's time with it; the second is still at work when the third is refused.
        if (underWay === 1) clock = 20 * second
        else await vi.waitFor(() => expect(underWay).toBe(1), { timeout: 300 }).catch(() => undefined)
        const answers = await site.write(writes)
        underWay--
        return answers
      },
    }))
    const { writeLane } = lane.context.stores.sites
    const released: number[] = []
    lane.context.stores.sites.writeLane = async (site, row, etag) => {
      if (row.owner === null) released.push(underWay)
      return await writeLane(site, row, etag)
    }
    await lane.settle(...ids)
    expect(released).toEqual([0])
    clock = 0
    lane.context.stores.sites.writeLane = writeLane
    const other = createLaneScene(servers, lane.id)
    await other.quiet()
    await expectCreated(lane, ids)
  })
})

describe('the end of a run', () => {
  test('leaves messages as if they had never been received', async () => {
    const lane = scene({ timings: { laneRun: 1 } })
    const ids = await people(lane, 6)
    await lane.look(ids.slice(0, 3), 'soon')
    await lane.look(ids.slice(3), 'bulk')
    await lane.drain()
    await lane.drain()
    for (const queue of ['soon', 'bulk'] as const)
      for (const { received } of await held(lane, queue)) expect(received).toBe(0)
    const patient = createLaneScene(servers, lane.id)
    await patient.quiet()
    await expectCreated(lane, ids)
  })

  test('by a storage that fails while messages are finished throws, and the next run goes on', async () => {
    const lane = scene()
    const ids = await people(lane, 5)
    const { queue } = lane.context.queues
    let failures = 1
    Object.assign(lane.context, {
      queues: {
        queue: (name: string) => {
          const real = queue(name)
          return {
            ...real,
            delete: async (message: Parameters<typeof real.delete>[0]) => {
              if (name === laneQueueName('now', lane.id) && failures-- > 0)
                throw new RetryLater('storage is busy', null)
              await real.delete(message)
            },
          }
        },
      },
    })
    for (const id of ids) await lane.look([id])
    await expect(lane.drain()).rejects.toThrow('storage is busy')
    expect((await lane.context.stores.sites.readLane(lane.id))?.row.owner).toBeNull()
    await lane.quiet()
    await expectCreated(lane, ids)
  })
})
