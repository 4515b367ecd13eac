import { beforeAll, describe, expect, test } from 'vitest'
import { newAttempt, timeStamp } from '../../lib/domain/attempt.ts'
import { noCounters } from '../../lib/domain/cycle.ts'
import type { LeavingAction } from '../../lib/domain/leaving.ts'
import { emptyLink } from '../../lib/domain/link.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { createLane } from '../../lib/sync/lane/create-lane.ts'
import { settleUsers } from '../../lib/sync/lane/settle-users.ts'
import { settleCycle } from '../../lib/sync/settle-cycle.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { Killed, withKillPoint, type KillPlan } from '../support/kill-points.ts'
import { openIntent } from '../support/plan-input.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { runUntilQuiet } from '../support/pump.ts'
import { createSyncApp } from '../support/sync-app.ts'
import { useLaneServers } from '../support/use-servers.ts'

/** The deletion guard, killed between any two steps, and asked by many at once. */

const servers = useLaneServers()
let scenes = 0
/** Deleted in the directory; every scene links them anew. */
const people: string[] = []
const most = 20

beforeAll(async () => {
  for (let number = 0; number < most; number++) {
    const { id } = await servers.directory.admin.createUser({ displayName: `p${number}` })
    await servers.directory.admin.softDelete(id)
    people.push(id)
  }
})

/** The first `count` of the people have active links, and `limit` of them may go. */
async function scene(count: number, limit: number, action: LeavingAction = 'suspend') {
  const id = `race${++scenes}`
  const gone = people.slice(0, count)
  const guard = { most: limit, percent: 100, fewest: limit }
  const policy = { action, deleteAfter: null }
  const options = {
    policy: {
      guard,
      leaving: { disabled: policy, deleted: policy, absent: policy, 'out-of-scope': policy },
      reassignTo: servers.site.adminUsername,
    },
    timings: { messageLost: 1 },
  }
  const lane = createLaneScene(servers, id, options)
  const { context, connection } = lane
  let tripped = 0
  Object.assign(context, {
    log: (_: string, event: string) => void (tripped += Number(event === 'deletion guard tripped')),
  })
  const made = await servers.site.php(`for ($i = 0; $i < ${count}; $i++) {
    $id = username_exists("p$i") ?: wp_insert_user(['user_login' => "p$i", 'user_email' => "p$i@contoso.example", 'user_pass' => 'x']);
    get_user_by('id', $id)->set_role('author'); get_user_by('id', $id)->add_role('editor'); echo $id, ' ';
  }`)
  const accounts = made.trim().split(' ').map(Number)
  const { links } = context.stores
  const written = await links.write(
    id,
    gone.map((objectId, index) => ({
      link: { ...emptyLink(id, objectId), state: 'active', wordpressId: accounts[index]!, login: `p${index}` },
      etag: null,
      reverse: true,
    })),
  )
  if (written.lost.size > 0) throw new Error('the links could not be written')

  /** The same app as on another machine, whose lane believes that it has the lease. */
  function worker(of: SyncContext = context) {
    let epoch = 0
    return async (ids: readonly string[]): Promise<void> => {
      const lease = { epoch: ++epoch, left: () => Infinity, release: () => Promise.resolve() }
      let open = [...ids]
      while (open.length > 0) {
        const looks = open.map((objectId) => ({ ...look, connection: id, objectId, signal: started }))
        const { results, fault } = await settleUsers(createLane(of, connection.site, lease), connection, looks)
        if (fault) throw fault
        open = open.filter((one) => results.get(one)?.kind === 'again')
      }
    }
  }
  const started = Date.now()
  return {
    ...lane,
    gone,
    worker,
    /** Contexts with clients of their own and one set of site settings. */
    another: (): SyncContext => ({
      ...createSyncApp({ ...servers, ...options, id }).context,
      log: context.log,
      connections: [connection],
    }),
    cycle: `${timeStamp(started)}-cafe`,
    async shown() {
      const left = [...(await context.site(connection.site).readUsers(accounts)).values()]
      const stored = await links.readGuard(id, id)
      const page = (await links.page(id, id, null, 100)).map(({ link }) => link)
      const waits: string[] = []
      for await (const { removal } of links.removals(id, id)) waits.push(removal.state)
      return {
        /** Accounts without roles, and those that are gone. */
        taken: count - left.filter(({ roles }) => roles.length > 0).length,
        /** With the roles that are remembered. */
        states: countOf(page.map(({ state, roles }) => [state, ...(roles ?? [])].join(' '))),
        open: page.filter(({ intent }) => intent !== null).length,
        told: countOf((await lane.rows()).map(({ status }) => status)),
        counted: (stored?.guard.slots ?? []).reduce((sum, [, number]) => sum + number, 0),
        tripped: stored?.guard.tripped !== undefined && stored.guard.tripped !== null,
        waits: countOf(waits),
      }
    },
    events: () => tripped,
  }
}

const look = { trigger: 'on-demand', queue: 'now', cycle: null, dryRun: false, tries: 0, batch: Infinity } as const

function countOf(values: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, same]) => [value, same.length]))
}

type Scene = Awaited<ReturnType<typeof scene>>

/** To die beside a read, or before a write, is to die after the write before it. */
const isRead = (name: string) =>
  /\.(read|removals|fingerprints|messages|usersById|organizationId|discover|find)/.test(name)

/** Runs `work` in a process that dies after each of its writes, then `recover` in a new one; each must end as undisturbed. */
async function everyKill(
  make: () => Promise<Scene>,
  work: (context: SyncContext, one: Scene) => Promise<void>,
  recover: (one: Scene) => Promise<void>,
) {
  const calm = await make()
  const { trace, context } = withKillPoint(calm.context, null)
  await work(context, calm)
  await recover(calm)
  const expected = await calm.shown()
  const events = calm.events()
  for (const [at, name] of [...trace.entries()].filter(([, one]) => !isRead(one))) {
    const one = await make()
    const point = withKillPoint(one.context, { at, when: 'after' } satisfies KillPlan)
    await expect(work(point.context, one)).rejects.toThrow(Killed)
    await recover(one)
    expect({ after: `${at} ${name}`, ...(await one.shown()) }).toEqual({ after: `${at} ${name}`, ...expected })
    expect(one.events()).toBeLessThanOrEqual(events)
  }
  return { trace, expected }
}

/** The three are looked at by a cycle that has read everybody; its judgement is still to come. */
async function meet(one: Scene, cycle: string): Promise<void> {
  const { id, context, connection, gone } = one
  const now = Date.now()
  await context.stores.cycles.put({
    ...{ connection: id, id: cycle, kind: 'incremental', trigger: 'timer', dryRun: false, state: 'read' },
    ...{ startedAt: now, readAt: now, settledAt: null, expected: null, error: null, counters: noCounters },
  })
  const lease = { epoch: 1, left: () => Infinity, release: () => Promise.resolve() }
  const looks = gone.map((objectId) => ({
    ...look,
    connection: id,
    objectId,
    signal: now,
    cycle,
    trigger: 'cycle' as const,
  }))
  await settleUsers(createLane(context, connection.site, lease), connection, looks)
  expect((await one.shown()).waits).toEqual({ candidate: 3 })
}

async function judged(limit: number): Promise<Scene> {
  const one = await scene(3, limit)
  await meet(one, one.cycle)
  return one
}
const settle = (context: SyncContext, { id, cycle }: Scene) => settleCycle(context, id, cycle)

const allGo = {
  ...{
    taken: 3,
    states: { 'suspended author editor': 3 },
    open: 0,
    told: { suspended: 3 },
    counted: 3,
    tripped: false,
    waits: {},
  },
}
const allHeld = {
  ...{ taken: 0, states: { active: 3 }, open: 0, told: { held: 3 }, counted: 0, tripped: true, waits: { held: 3 } },
}

describe('killed between any two writes', () => {
  test('removals within the limit all go, with one audit row each, counted once', async () => {
    const { trace, expected } = await everyKill(
      () => scene(3, 3),
      (context, one) => one.worker(context)(one.gone),
      (one) => one.worker()(one.gone),
    )
    expect(expected).toEqual(allGo)
    expect(trace).toEqual(expect.arrayContaining(['links.writeGuarded', 'site.write', 'audit.write', 'links.write']))
  })

  test('a deletion is made and told once', async () => {
    const { expected } = await everyKill(
      () => scene(1, 1, 'delete'),
      (context, one) => one.worker(context)(one.gone),
      (one) => one.worker()(one.gone),
    )
    expect(expected).toEqual({
      ...{ taken: 1, states: { deleted: 1 }, open: 0, told: { deleted: 1 }, counted: 1, tripped: false, waits: {} },
    })
  })

  test('removals beyond the limit are all held, with one audit row each', async () => {
    const { trace, expected } = await everyKill(
      () => scene(3, 1),
      (context, one) => one.worker(context)(one.gone),
      (one) => one.worker()(one.gone),
    )
    expect(expected).toEqual(allHeld)
    expect(trace).toEqual(expect.arrayContaining(['links.writeGuard', 'audit.write', 'links.write']))
  })

  /** The minute's timer: once for the cycle, once for a message that was never sent. */
  async function recovered(one: Scene): Promise<void> {
    for (let minute = 0; minute < 2; minute++) {
      await wakeLanes(one.context)
      await runUntilQuiet(one.context)
    }
    expect(await one.context.stores.cycles.read(one.id, one.cycle)).toMatchObject({ state: 'settled' })
  }
  test('the judgement of a cycle within the limit lets all go, once', async () => {
    const { trace, expected } = await everyKill(() => judged(3), settle, recovered)
    expect(expected).toEqual(allGo)
    expect(trace).toEqual(expect.arrayContaining(['links.decide', 'checkpoints.putMessage']))
  })

  test('the judgement of a cycle beyond the limit holds all, and tells each once', async () => {
    const { trace, expected } = await everyKill(() => judged(2), settle, recovered)
    expect(expected).toEqual(allHeld)
    expect(trace).toEqual(expect.arrayContaining(['links.writeGuard', 'audit.write', 'links.decide']))
  })
})

test('an update that nobody heard of and that becomes a suspension is counted', async () => {
  const one = await scene(3, 5)
  const { links } = one.context.stores
  const stored = [...(await links.read(one.id, one.id, one.gone)).values()]
  const writes = stored.map(({ link, etag }, index) => {
    const attempt = newAttempt(Date.now(), `${index}`.repeat(12))
    return { link: { ...link, intent: openIntent('update', { attempt, wordpressId: link.wordpressId }) }, etag }
  })
  await links.write(one.id, writes)
  await one.worker()(one.gone)
  expect(await one.shown()).toEqual(allGo)
})

describe('at once', () => {
  test('twenty workers who all believe that they have the lease let no more through than the limit', async () => {
    const one = await scene(20, 3)
    await Promise.all(one.gone.map((person) => one.worker(one.another())([person])))
    expect(await one.shown()).toEqual({
      ...{ taken: 3, states: { 'suspended author editor': 3, active: 17 }, open: 0, told: { suspended: 3, held: 17 } },
      ...{ counted: 3, tripped: true, waits: { held: 17 } },
    })
    expect(one.events()).toBe(1)
  })

  test('five who judge the same cycle let all go once, or hold and tell each once', async () => {
    for (const [limit, after] of [
      [3, { taken: 3, told: { suspended: 3 }, counted: 3, tripped: false, waits: {} }],
      [2, { taken: 0, told: { held: 3 }, counted: 0, tripped: true, waits: { held: 3 } }],
    ] as const) {
      const one = await judged(limit)
      await Promise.all(Array.from({ length: 5 }, () => settle(one.another(), one)))
      await runUntilQuiet(one.context)
      expect(await one.shown()).toMatchObject(after)
      expect(one.events()).toBe(Number(after.tripped))
    }
  })

  test('a second look and those that are released: they go with their cycle, which counts them', async () => {
    const one = await judged(3)
    await one.look(one.gone, 'soon', { trigger: 'second-look' })
    await settle(one.context, one)
    await runUntilQuiet(one.context)
    expect(await one.shown()).toMatchObject({ taken: 3, told: { suspended: 3 }, counted: 3, waits: {} })
    expect(await one.context.stores.cycles.read(one.id, one.cycle)).toMatchObject({
      ...{ state: 'settled', counters: { suspended: 3 } },
    })
  })

  test('the next cycle meets those whose judgement died: it tells them once', async () => {
    const one = await judged(2)
    const { trace, context } = withKillPoint(one.context, null)
    await settle(context, one)
    const other = await judged(2)
    const dying = withKillPoint(other.context, { at: trace.indexOf('links.decide'), when: 'before' })
    await expect(settle(dying.context, other)).rejects.toThrow(Killed)
    expect(await other.shown()).toMatchObject({ told: { held: 3 }, waits: { candidate: 3 } })
    const next = `${timeStamp(Date.now() + 1000)}-cafe`
    await meet(other, next)
    await settleCycle(other.context, other.id, next)
    expect(await other.shown()).toMatchObject({ told: { held: 3 }, waits: { held: 3 }, tripped: true })
  })
})
