import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { PostSettings } from '../../lib/domain/post-mapping.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { createLane } from '../../lib/sync/lane/create-lane.ts'
import { settleUsers } from '../../lib/sync/lane/settle-users.ts'
import { Killed, withKillPoint, type KillPlan } from '../support/kill-points.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { registerStaff, storedPosts } from '../support/staff-types.ts'
import { useLaneServers, useStops } from '../support/use-servers.ts'

/** Ended at any I/O, posts are as if nothing had happened: none twice, none missing, one audit row a write. */

const staff: PostSettings = { type: 'staff', title: 'displayName', content: 'jobTitle', meta: { phone: 'city' } }
const desk: PostSettings = { type: 'desk', title: 'displayName', meta: { room: 'officeLocation' } }

let proxy: RecordingProxy
const stops = useStops()
const servers = useLaneServers(stops, { native: true })

beforeAll(async () => {
  await registerStaff(servers.site)
  proxy = await startRecordingProxy(servers.site.url)
  stops.push(proxy.stop)
})

/** Somebody new, somebody who changed, somebody who left and somebody who is back, all in one go. */
async function day(id: string) {
  proxy.requests.length = 0
  const lane = createLaneScene(servers, id, { posts: [staff, desk], siteUrl: proxy.url })
  const { context, connection } = lane
  let epoch = 0
  async function settle(of: SyncContext, ids: readonly string[]): Promise<void> {
    const lease = { epoch: ++epoch, left: () => Infinity, release: () => Promise.resolve() }
    for (let open = [...ids]; open.length > 0;) {
      const looks = open.map((objectId) => ({
        ...({ trigger: 'on-demand', queue: 'now', cycle: null, dryRun: false, tries: 0, batch: Infinity } as const),
        ...{ connection: id, objectId, signal: started },
      }))
      const { results, fault } = await settleUsers(createLane(of, connection.site, lease), connection, looks)
      if (fault) throw fault
      const kinds = open.map((one) => results.get(one)!)
      // A write may still be running on the site: its time has to pass.
      await Promise.all(kinds.flatMap((result) => (result.kind === 'put-back' ? [wait(result.after)] : [])))
      open = open.filter((_, index) => kinds[index]!.kind === 'again' || kinds[index]!.kind === 'put-back')
    }
  }
  const started = Date.now()
  const { updateUser } = servers.directory.admin
  const [changing, leaving, returning] = [
    await lane.person('changing', { jobTitle: 'Cook' }),
    await lane.person('leaving', { jobTitle: 'Cook' }),
    await lane.person('returning', { jobTitle: 'Cook' }),
  ]
  await settle(context, [changing, leaving, returning])
  await updateUser(returning, { accountEnabled: false })
  await settle(context, [returning])
  const starting = await lane.person('starting', { jobTitle: 'Cook' })
  await updateUser(changing, { jobTitle: 'Chef', officeLocation: 'B 2' })
  await updateUser(leaving, { accountEnabled: false })
  await updateUser(returning, { accountEnabled: true, jobTitle: 'Guard' })
  const everybody = [starting, changing, leaving, returning]

  async function check(): Promise<void> {
    const shown = async (type: string) =>
      (await storedPosts(servers.site, type, id)).map(({ title, status, content, meta }) => [
        ...[title.split(' ')[0], status, content, meta['room'] ?? null],
      ])
    expect((await shown('staff')).toSorted()).toEqual([
      ['changing', 'publish', 'Chef', null],
      ['leaving', 'draft', 'Cook', null],
      ['returning', 'publish', 'Guard', null],
      ['starting', 'publish', 'Cook', null],
    ])
    expect((await shown('desk')).toSorted()).toEqual([
      ['changing', 'publish', '', 'B 2'],
      ['leaving', 'draft', '', null],
      ['returning', 'publish', '', null],
      ['starting', 'publish', '', null],
    ])
    const links = [...(await context.stores.links.read(id, id, everybody)).values()].map(({ link }) => link)
    for (const link of links) {
      expect(link).toMatchObject({ intent: null, failure: null, fingerprint: expect.any(String) })
      for (const post of Object.values(link.posts)) expect(post).toMatchObject({ intent: null, refused: null })
      expect(Object.keys(link.posts).toSorted()).toEqual(['desk', 'staff'])
    }
    const taken = proxy.requests.flatMap(({ writes }) => writes).filter(({ status }) => status >= 200 && status < 300)
    const attempts = (await lane.rows()).map(({ attempt }) => attempt).toSorted()
    expect([...new Set(taken.map(({ attempt }) => attempt))].toSorted()).toEqual(attempts)
    // Accounts: 4 made, 2 suspended, 1 restored, the texts of 1. Posts: 8 made, 4 hidden, 2 back, 2 changed.
    expect(attempts).toHaveLength(8 + 16)
    proxy.requests.length = 0
    await settle(context, everybody)
    expect(proxy.requests).toEqual([])
  }

  return {
    context,
    check,
    recover: () => settle(context, everybody),
    async run(plan: KillPlan | null): Promise<string[]> {
      const points = withKillPoint(context, plan)
      try {
        await settle(points.context, everybody)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      return points.trace
    },
  }
}

const own = ['links.write', 'audit.write', 'site.readPosts', 'site.findPosts', 'site.writePosts']

test('killed before and after every I/O of the posts', { timeout: 600_000 }, async () => {
  const calm = await day('calm')
  const trace = await calm.run(null)
  await calm.check()
  expect(trace).toEqual(expect.arrayContaining(own))
  const plans = trace.flatMap((name, at): KillPlan[] =>
    own.includes(name)
      ? [
          { at, when: 'before' },
          { at, when: 'after' },
        ]
      : [],
  )
  const failures: string[] = []
  for (const plan of plans) {
    const scenario = await day(`k${plan.at}${plan.when}`)
    await scenario.run(plan)
    await scenario.recover()
    await scenario.check().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      failures.push(`killed ${plan.when} I/O ${plan.at} (${trace[plan.at]}): ${message}`)
    })
  }
  expect(failures).toEqual([])
})
