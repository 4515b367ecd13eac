import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import type { LeavingPolicy } from '../../lib/domain/leaving.ts'
import { decideRemovals, type Decision } from '../../lib/sync/decide-removals.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { createCycleScene } from '../support/cycle-scene.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { moveClock } from '../support/move-clock.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'

/** The deletion guard: how many may go, who waits, and what an operator decides. */

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

const day = 86_400_000
const remove: LeavingPolicy = { action: 'delete', deleteAfter: null }
const all = (policy: LeavingPolicy) => ({ disabled: policy, deleted: policy, absent: policy, 'out-of-scope': policy })

/** `count` people with accounts, of whom `most` may go within a day. */
async function scene(most: number, count: number, policy: SyncAppOptions['policy'] = {}) {
  const guard = { most, percent: 100, fewest: most }
  const lane = await createCycleScene(servers, `guard${++scenes}`, { policy: { guard, ...policy } })
  stops.push(lane.stop)
  const people = await lane.people(count)
  await lane.cycle()
  const enable = (ids: readonly string[], accountEnabled: boolean) =>
    lane.directory.admin.updateUsers(ids.map((id) => ({ id, patch: { accountEnabled } })))
  return {
    ...lane,
    people,
    disable: (...ids: string[]) => enable(ids, false),
    enable: (...ids: string[]) => enable(ids, true),
    decide: (decision: Decision, whose: readonly string[] | 'all' = 'all') =>
      decideRemovals(lane.context, lane.connection, decision, whose),
    /** Decided, and carried out. */
    async decided(decision: Decision, whose: readonly string[] | 'all' = 'all') {
      const result = await decideRemovals(lane.context, lane.connection, decision, whose)
      await lane.quiet()
      return result
    },
    held: async () => (await lane.removals()).map(({ objectId, state }) => `${state} ${objectId}`).toSorted(),
    tripped: async () => (await lane.guard())?.tripped ?? null,
  }
}

const waiting = (state: string, ids: readonly string[]) => ids.map((id) => `${state} ${id}`).toSorted()

describe('a cycle', () => {
  test('that would remove more than the limit removes nobody; creates and updates flow; it is told once', async () => {
    const lane = await scene(3, 6)
    const [stays, ...gone] = lane.people.slice(1)
    await lane.disable(...gone)
    await lane.directory.admin.updateUser(stays!, { displayName: 'New Name' })
    const newcomer = await lane.person('newcomer')
    const cycle = await lane.cycle()
    expect(cycle).toMatchObject({ state: 'settled', counters: { held: 4, suspended: 0, created: 1, updated: 1 } })
    expect(await lane.states(gone)).toEqual(['active', 'active', 'active', 'active'])
    for (const person of gone) {
      expect((await lane.accountOf(person))?.roles).toEqual(['subscriber'])
      expect(await lane.told(person)).toEqual(['created', 'held disabled'])
    }
    expect([await lane.told(newcomer), await lane.told(stays!)]).toEqual([['created'], ['created', 'updated']])
    expect(await lane.held()).toEqual(waiting('held', gone))
    expect(await lane.tripped()).toMatchObject({ removals: 4, limit: 3 })
    expect(lane.logged('deletion guard tripped')).toMatchObject([{ fields: { removals: 4, limit: 3 } }])

    // While it is tripped not even one goes, and nobody is told of twice.
    await lane.disable(stays!)
    expect(await lane.cycle('full')).toMatchObject({ state: 'settled', counters: { held: 1, suspended: 0 } })
    expect(await lane.held()).toEqual(waiting('held', [...gone, stays!]))
    for (const person of gone) expect(await lane.told(person)).toEqual(['created', 'held disabled'])
    expect(lane.logged('deletion guard tripped')).toHaveLength(1)
    expect(await lane.counted()).toBe(0)
  })

  test('within the limit removes all of them, and is settled only then', async () => {
    const lane = await scene(3, 4)
    const gone = lane.people.slice(1)
    const { cycles } = lane.context.stores
    const whenSettled: unknown[] = []
    const add: typeof cycles.add = async (connection, id, counters, set) => {
      if (set?.state === 'settled') whenSettled.push(await lane.states(lane.people))
      await cycles.add(connection, id, counters, set)
    }
    Object.assign(lane.context, { stores: { ...lane.context.stores, cycles: { ...cycles, add } } })
    await lane.disable(...gone)
    const cycle = await lane.cycle()
    expect(cycle).toMatchObject({ state: 'settled', counters: { suspended: 3, held: 0 } })
    expect(whenSettled).toEqual([['active', 'suspended', 'suspended', 'suspended']])
    for (const person of gone) expect(await lane.told(person)).toEqual(['created', 'suspended disabled'])
    expect([await lane.removals(), await lane.counted(), await lane.tripped()]).toEqual([[], 3, null])
    expect(lane.logged('deletion guard tripped')).toEqual([])
  })

  test('judges what time brings about together with the rest', async () => {
    const lane = await scene(3, 5, {
      leaving: all({ action: 'suspend', deleteAfter: 10 * day }),
      reassignTo: servers.site.adminUsername,
    })
    const [one, two, three, four] = lane.people
    await lane.disable(one!, two!, three!)
    await lane.cycle()
    expect(await lane.states(lane.people)).toEqual(['suspended', 'suspended', 'suspended', 'active', 'active'])
    moveClock(lane.context, 11 * day)
    await wakeLanes(lane.context)
    await lane.quiet()
    await lane.disable(four!)
    expect(await lane.cycle()).toMatchObject({ state: 'settled', counters: { held: 4, suspended: 0, deleted: 0 } })
    expect((await lane.removals()).map(({ action, state }) => `${state} ${action}`).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'held delete'),
      'held suspend',
    ])
    expect(await lane.states(lane.people)).toEqual(['suspended', 'suspended', 'suspended', 'active', 'active'])
  })
})

describe('an operator', () => {
  test('who rejects keeps them, and no further cycle asks again; somebody else may go then', async () => {
    const lane = await scene(1, 4)
    const [one, two, other] = lane.people
    await lane.disable(one!, two!)
    await lane.cycle()
    expect(await lane.decided('reject')).toEqual({ decided: 2, lost: [], unknown: [] })
    expect(await lane.tripped()).toBeNull()
    await lane.cycle('full')
    await lane.settle(one!, two!)
    expect(await lane.held()).toEqual(waiting('rejected', [one!, two!]))
    for (const person of [one, two]) expect(await lane.told(person!)).toEqual(['created', 'held disabled'])
    await lane.disable(other!)
    expect(await lane.cycle()).toMatchObject({ counters: { suspended: 1, held: 0 } })
    expect(await lane.states(lane.people)).toEqual(['active', 'active', 'suspended', 'active'])

    // Back and gone again is another matter.
    await lane.enable(one!)
    await lane.cycle()
    expect(await lane.held()).toEqual(waiting('rejected', [two!]))
    await lane.disable(one!)
    await lane.cycle()
    expect(await lane.told(one!)).toEqual(['created', 'held disabled', 'held disabled'])
  })

  test('who rejects is not overruled because the heir is missing, or the filter fails, for a while', async () => {
    const filter = compileExpression('department = "fail" ? $number(department) > 1 : $not(department = "gone")')
    if (!filter.ok) throw new Error('the filter is wrong')
    const lane = await scene(0, 1, {
      leaving: all(remove),
      reassignTo: servers.site.adminUsername,
      scope: { filter: filter.expression, visible: new Set(['department']) },
    })
    const [anna] = lane.people
    const move = (department: string) => lane.directory.admin.updateUser(anna!, { department })
    await move('gone')
    await lane.cycle()
    await lane.decided('reject')
    Object.assign(lane.connection, { reassignTo: 'nobody' })
    await lane.cycle('full')
    Object.assign(lane.connection, { reassignTo: servers.site.adminUsername })
    await move('fail')
    await lane.cycle()
    expect((await lane.told(anna!)).slice(0, 3)).toEqual(['created', 'held out-of-scope', 'failed filter-failed'])
    expect(await lane.held()).toEqual(waiting('rejected', [anna!]))
    Object.assign(lane.connection, { guard: { most: 9, percent: 100, fewest: 9 } })
    await move('gone')
    await lane.cycle()
    expect(await lane.states([anna!])).toEqual(['active'])
    expect(await lane.held()).toEqual(waiting('rejected', [anna!]))
  })

  test('who approves lets go exactly those who are still gone, beyond what the guard counts', async () => {
    const lane = await scene(1, 4)
    const [one, two, back, named] = lane.people
    await lane.disable(...lane.people)
    await lane.cycle()
    expect(await lane.decided('approve', [named!])).toEqual({ decided: 1, lost: [], unknown: [] })
    expect(await lane.states(lane.people)).toEqual(['active', 'active', 'active', 'suspended'])
    expect(await lane.tripped()).not.toBeNull()

    await lane.enable(back!)
    await lane.decided('approve')
    expect(await lane.states(lane.people)).toEqual(['suspended', 'suspended', 'active', 'suspended'])
    for (const person of [one, two, named])
      expect(await lane.told(person!)).toEqual(['created', 'held disabled', 'suspended disabled, approved'])
    expect(await lane.told(back!)).toEqual(['created', 'held disabled'])
    expect((await lane.accountOf(back!))?.roles).toEqual(['subscriber'])
    expect([await lane.removals(), await lane.counted(), await lane.tripped()]).toEqual([[], 0, null])
  })

  test('approves one action for one reason, once, and not for ever', async () => {
    const lane = await scene(0, 4, { reassignTo: servers.site.adminUsername })
    const [reason, action, lapsed, consumed] = lane.people
    await lane.disable(...lane.people)
    await lane.cycle()
    await lane.decided('approve', [consumed!])
    await lane.enable(consumed!)
    await lane.cycle()
    expect(await lane.told(consumed!)).toEqual(['created', 'held disabled', 'suspended disabled, approved', 'restored'])
    await lane.disable(consumed!)
    await lane.cycle()
    expect((await lane.told(consumed!)).at(-1)).toBe('held disabled')

    // The rows are written, but before anybody looks the reason is another one.
    await lane.decide('approve', [reason!])
    await lane.directory.admin.softDelete(reason!)
    await lane.quiet()
    expect(await lane.told(reason!)).toEqual(['created', 'held disabled', 'held deleted'])

    await lane.decide('approve', [action!])
    Object.assign(lane.connection, { leaving: all(remove) })
    await lane.quiet()
    expect(await lane.told(action!)).toEqual(['created', 'held disabled', 'held disabled'])
    Object.assign(lane.connection, { leaving: all({ action: 'suspend', deleteAfter: null }) })

    await lane.decide('approve', [lapsed!])
    moveClock(lane.context, lane.context.timings.approvalLapses)
    await lane.quiet()
    expect(await lane.told(lapsed!)).toEqual(['created', 'held disabled', 'held disabled'])
    expect(await lane.states(lane.people)).toEqual(['active', 'active', 'active', 'active'])
    expect((await lane.removals()).map(({ state }) => state)).toEqual(['held', 'held', 'held', 'held'])
  })
})

describe('the window', () => {
  test('counts increments together; a restart forgets nothing; only time and the operator make room', async () => {
    const lane = await scene(2, 7)
    const [one, two, three, four, five, six] = lane.people
    await lane.disable(one!, two!)
    expect(await lane.cycle()).toMatchObject({ counters: { suspended: 2, held: 0 } })

    // A process that has just started.
    const { stores, connections } = lane.another()
    Object.assign(lane.context, { stores, connections })
    await lane.disable(three!)
    expect(await lane.cycle()).toMatchObject({ counters: { suspended: 0, held: 1 } })
    expect(lane.logged('deletion guard tripped')).toHaveLength(1)
    await lane.decided('reject')
    await lane.disable(four!)
    expect(await lane.cycle()).toMatchObject({ counters: { suspended: 0, held: 1 } })

    // The window is over, but nobody has decided yet.
    moveClock(lane.context, lane.context.timings.guardWindow + 10 * 60_000)
    await lane.disable(five!)
    expect(await lane.cycle()).toMatchObject({ counters: { suspended: 0, held: 1 } })
    await lane.decided('reject')
    await lane.disable(six!)
    expect(await lane.cycle()).toMatchObject({ counters: { suspended: 1, held: 0 } })
  })

  test('is asked for one by one where somebody is looked at alone', async () => {
    const lane = await scene(2, 4)
    await lane.disable(...lane.people)
    for (const person of lane.people) await lane.settle(person)
    expect(await lane.states(lane.people)).toEqual(['suspended', 'suspended', 'active', 'active'])
    const kept = lane.people.slice(2)
    for (const person of kept) expect(await lane.told(person)).toEqual(['created', 'held disabled'])
    expect(await lane.held()).toEqual(waiting('held', kept))
    expect(await lane.tripped()).toMatchObject({ removals: 3, limit: 2 })
    expect(lane.logged('deletion guard tripped')).toHaveLength(1)
  })

  test('lets nobody through of those who come at once and are too many', async () => {
    const lane = await scene(2, 4)
    await lane.disable(...lane.people)
    await lane.look(lane.people, 'now', { trigger: 'notification' })
    await lane.quiet()
    expect(await lane.held()).toEqual(waiting('held', lane.people))
    for (const person of lane.people) expect(await lane.told(person)).toEqual(['created', 'held disabled'])
    expect(await lane.tripped()).toMatchObject({ removals: 4, limit: 2 })
    expect(await lane.counted()).toBe(0)
  })
})
