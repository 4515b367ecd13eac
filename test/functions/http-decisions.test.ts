import { describe, expect, test } from 'vitest'
import type { Connection } from '../../lib/domain/connection.ts'
import { decide } from '../../lib/http/decide.ts'
import { decideRemovals } from '../../lib/sync/decide-removals.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import type { LinkStore } from '../../lib/sync/ports/store.ts'
import { Killed, withKillPoint, type KillPlan } from '../support/kill-points.ts'
import { takeLooks, takeMessages } from '../support/queue-contents.ts'
import { addRemovals, ask, personId, removalStates, useStorage } from './http-scene.ts'

const { scene } = useStorage()
const slots: [number, number][] = [[1_795_428_900_000, 7]]
const tripped = { at: 1_795_428_900_000, removals: 300, limit: 50 }
const hour = 3_600_000

async function trip({ stores }: SyncContext, { site, id }: Connection): Promise<void> {
  await stores.links.writeGuard(site.id, id, { slots, tripped }, null)
}

async function guardOf({ stores }: SyncContext, { site, id }: Connection) {
  return (await stores.links.readGuard(site.id, id))?.guard
}

async function looked(context: SyncContext): Promise<string[]> {
  return (await takeLooks(context, 'soon')).flatMap(({ ids }) => ids)
}

async function drained({ queues }: SyncContext): Promise<unknown[]> {
  return (await takeMessages(queues.queue('drain'))).map((text) => JSON.parse(text) as unknown)
}

/** The same stores, with some methods of the links replaced. */
function withLinks(context: SyncContext, replace: (links: LinkStore) => Partial<LinkStore>): SyncContext {
  const { stores } = context
  return { ...context, stores: { ...stores, links: { ...stores.links, ...replace(stores.links) } } }
}

test('approve all: rows are approved, those people are looked at soon, the lane wakes, the guard is armed again', async () => {
  const { context, connection } = scene()
  const ids = await addRemovals(context, connection, 3)
  await trip(context, connection)
  await drained(context)
  const before = Date.now()
  expect(await decideRemovals(context, connection, 'approve', 'all')).toEqual({ decided: 3, lost: [], unknown: [] })

  const rows = await context.stores.links.readRemovals(connection.site.id, connection.id, ids)
  for (const { removal } of rows.values()) {
    expect(removal).toMatchObject({
      state: 'approved',
      action: 'suspend',
      reason: 'disabled',
      since: 1_795_428_900_000,
    })
    expect(removal.decidedAt).toBeGreaterThanOrEqual(before)
  }
  const looks = await takeLooks(context, 'soon')
  expect(looks).toMatchObject([{ connection: connection.id, trigger: 'approval', cycle: null, number: null }])
  expect(looks[0]?.ids).toEqual(ids)
  expect(await drained(context)).toContainEqual({ site: connection.site.id })
  expect(await guardOf(context, connection)).toEqual({ slots, tripped: null })
})

test('the guard stays tripped while somebody is held', async () => {
  const { context, connection } = scene()
  const [first = '', second = ''] = await addRemovals(context, connection, 2)
  await trip(context, connection)
  await decideRemovals(context, connection, 'approve', [first])
  expect(await guardOf(context, connection)).toEqual({ slots, tripped })
  await decideRemovals(context, connection, 'reject', [second])
  expect(await guardOf(context, connection)).toEqual({ slots, tripped: null })
})

test('the guard stays tripped while a removal of the same cycle is still to be judged', async () => {
  const { context, connection } = scene()
  await addRemovals(context, connection, 2)
  const [candidate = ''] = await addRemovals(context, connection, 1, { state: 'candidate', cycle: 'c' }, 3)
  await trip(context, connection)
  await decideRemovals(context, connection, 'reject', 'all')
  expect(await guardOf(context, connection)).toEqual({ slots, tripped })
  const rows = await context.stores.links.readRemovals(connection.site.id, connection.id, [candidate])
  const { removal, etag } = rows.get(candidate)!
  await context.stores.links.decide(connection.site.id, [{ removal: { ...removal, state: 'held' }, etag }])
  await decideRemovals(context, connection, 'reject', 'all')
  expect(await guardOf(context, connection)).toEqual({ slots, tripped: null })
})

test('reject keeps the account: nobody is looked at', async () => {
  const { context, connection } = scene()
  const ids = await addRemovals(context, connection, 2)
  expect(await decideRemovals(context, connection, 'reject', 'all')).toEqual({ decided: 2, lost: [], unknown: [] })
  expect([...(await removalStates(context, connection)).values()]).toEqual(['rejected', 'rejected'])
  expect(await looked(context)).toEqual([])
  // Whoever is named can be decided about anew, either way; "all" means those that wait.
  expect(await decideRemovals(context, connection, 'approve', 'all')).toMatchObject({ decided: 0 })
  expect(await decideRemovals(context, connection, 'approve', ids)).toMatchObject({ decided: 2 })
  expect(await looked(context)).toEqual(ids)
  expect(await decideRemovals(context, connection, 'reject', 'all')).toMatchObject({ decided: 0 })
  expect(await decideRemovals(context, connection, 'reject', ids)).toMatchObject({ decided: 2 })
  expect([...(await removalStates(context, connection)).values()]).toEqual(['rejected', 'rejected'])
})

test('who is not judged yet, or not there, is unknown; of the same person twice one counts', async () => {
  const { context, connection } = scene()
  const [held = ''] = await addRemovals(context, connection, 1)
  const [candidate = ''] = await addRemovals(context, connection, 1, { state: 'candidate' }, 2)
  const [released = ''] = await addRemovals(context, connection, 1, { state: 'released' }, 3)
  const nobody = personId(99)
  const result = await decideRemovals(context, connection, 'approve', [held, candidate, released, nobody, held])
  expect(result).toEqual({
    decided: 1,
    lost: [],
    unknown: expect.arrayContaining([candidate, released, nobody]) as string[],
  })
  expect(result.unknown).toHaveLength(3)
  expect(await decideRemovals(context, connection, 'approve', 'all')).toEqual({ decided: 0, lost: [], unknown: [] })
  expect([...(await removalStates(context, connection)).values()]).toEqual(['approved', 'candidate', 'released'])
})

test('an approval that stands keeps its time and is looked at again; one that has lapsed is given anew', async () => {
  const { context, connection } = scene()
  const now = Date.now()
  const young = now - context.timings.approvalLapses + hour
  await addRemovals(context, connection, 1, { state: 'approved', decidedAt: young })
  await addRemovals(
    context,
    connection,
    1,
    { state: 'approved', decidedAt: now - context.timings.approvalLapses - hour },
    2,
  )
  expect(await decideRemovals(context, connection, 'approve', 'all')).toMatchObject({ decided: 1 })
  const rows = await context.stores.links.readRemovals(connection.site.id, connection.id, [personId(1), personId(2)])
  expect(rows.get(personId(1))?.removal.decidedAt).toBe(young)
  expect(rows.get(personId(2))?.removal.decidedAt).toBeGreaterThanOrEqual(now)
  expect(await looked(context)).toEqual([personId(1), personId(2)])
})

test('more than one message takes are decided in parts, each looked at once', async () => {
  const { context, connection } = scene()
  const ids = await addRemovals(context, connection, 450)
  expect(await decideRemovals(context, connection, 'approve', 'all')).toEqual({ decided: 450, lost: [], unknown: [] })
  const looks = await takeLooks(context, 'soon')
  expect(looks.map((look) => look.ids.length).sort()).toEqual([400, 50])
  expect(looks.flatMap((look) => look.ids).sort()).toEqual(ids)
})

test('another connection of the same site is left alone', async () => {
  const { context, connection } = scene()
  const other = { ...connection, id: `${connection.id}-other` }
  await addRemovals(context, connection, 1)
  await addRemovals(context, other, 2)
  await trip(context, other)
  expect(await decideRemovals(context, connection, 'approve', 'all')).toMatchObject({ decided: 1 })
  expect([...(await removalStates(context, other)).values()]).toEqual(['held', 'held'])
  expect(await guardOf(context, other)).toEqual({ slots, tripped })
})

test('a row that changed meanwhile is lost: told, not overwritten, not looked at', async () => {
  const { context, connection } = scene()
  const [first = '', second = ''] = await addRemovals(context, connection, 2)
  const racing = withLinks(context, (links) => ({
    async readRemovals(...input) {
      const rows = await links.readRemovals(...input)
      const { removal, etag } = rows.get(first)!
      await links.decide(connection.site.id, [{ removal: { ...removal, action: 'delete' }, etag }])
      return rows
    },
  }))
  await trip(context, connection)
  expect(await decideRemovals(racing, connection, 'approve', [first, second])).toEqual({
    decided: 1,
    lost: [first],
    unknown: [],
  })
  const rows = await context.stores.links.readRemovals(connection.site.id, connection.id, [first])
  expect(rows.get(first)?.removal).toMatchObject({ state: 'held', action: 'delete', decidedAt: null })
  expect(await looked(context)).toEqual([second])
  expect(await guardOf(context, connection)).toEqual({ slots, tripped })
})

test('a guard that the lane writes meanwhile keeps what the lane wrote', async () => {
  const { context, connection } = scene()
  await addRemovals(context, connection, 1)
  await trip(context, connection)
  const more: [number, number][] = [...slots, [1_795_429_200_000, 2]]
  let raced = false
  const racing = withLinks(context, (links) => ({
    async readGuard(...input) {
      const stored = await links.readGuard(...input)
      if (!raced && stored) await links.writeGuard(...input, { ...stored.guard, slots: more }, stored.etag)
      raced = true
      return stored
    },
  }))
  await decideRemovals(racing, connection, 'reject', 'all')
  expect(await guardOf(context, connection)).toEqual({ slots: more, tripped: null })
})

describe('killed before or after any I/O, the same command again does the rest', () => {
  const ios = ['links.decide', 'queue soon', 'queue drain', 'links.readGuard', 'links.writeGuard']
  const plans = ios.flatMap((io, at) => (['before', 'after'] as const).map((when) => ({ when, io, at })))

  /** As `withKillPoint`, whose ports only promise; a killed scan is a process killed before its next I/O. */
  function killed(context: SyncContext, plan: KillPlan | null) {
    const points = withKillPoint(context, plan)
    const dying = withLinks(points.context, () => ({ removals: context.stores.links.removals }))
    return { ...points, context: dying }
  }

  test('these are all of them', async () => {
    const { context, connection } = scene()
    await addRemovals(context, connection, 2)
    await trip(context, connection)
    const { context: counted, trace } = killed(context, null)
    await decideRemovals(counted, connection, 'approve', 'all')
    expect(trace.map((name) => name.replace(/-.*/, '').replace(/\.send$/, ''))).toEqual(ios)
  })

  test.each(plans)('approve, $when $io', async ({ at, when }) => {
    const { context, connection } = scene()
    const ids = await addRemovals(context, connection, 2)
    await trip(context, connection)
    await drained(context)
    const dying = killed(context, { at, when })
    await expect(decideRemovals(dying.context, connection, 'approve', 'all')).rejects.toThrow(Killed)
    expect(dying.killed()).toBe(true)

    await decideRemovals(context, connection, 'approve', 'all')
    expect([...(await removalStates(context, connection)).values()]).toEqual(['approved', 'approved'])
    expect(new Set(await looked(context))).toEqual(new Set(ids))
    expect(await drained(context)).toContainEqual({ site: connection.site.id })
    expect(await guardOf(context, connection)).toEqual({ slots, tripped: null })
  })

  test.each(['before', 'after'] as const)('reject of named people, %s each', async (when) => {
    for (let at = 0; ; at++) {
      const { context, connection } = scene()
      const ids = await addRemovals(context, connection, 2)
      await trip(context, connection)
      const dying = killed(context, { at, when })
      const end = await decideRemovals(dying.context, connection, 'reject', ids).catch((error: unknown) => error)
      if (!dying.killed()) {
        expect([at, end]).toEqual([4, { decided: 2, lost: [], unknown: [] }])
        return
      }
      expect(await decideRemovals(context, connection, 'reject', ids)).toEqual({ decided: 2, lost: [], unknown: [] })
      expect([...(await removalStates(context, connection)).values()]).toEqual(['rejected', 'rejected'])
      expect(await guardOf(context, connection)).toEqual({ slots, tripped: null })
    }
  })
})

describe('the routes', () => {
  test('approve and reject answer with what was decided', async () => {
    const { context, connection } = scene()
    const [first = ''] = await addRemovals(context, connection, 3)
    const post = (decision: 'approve' | 'reject', body: unknown) =>
      ask((request) => decide(context, request, decision), 'x', { connection: connection.id }, body)
    expect(await post('approve', { ids: [first] })).toMatchObject({
      status: 200,
      body: { decided: 1, lost: [], unknown: [] },
    })
    expect(await post('reject', { all: true })).toMatchObject({ status: 200, body: { decided: 2 } })
    expect([...(await removalStates(context, connection)).values()]).toEqual(['approved', 'rejected', 'rejected'])
  })

  test.each([
    [{}],
    [{ all: false }],
    [{ ids: [] }],
    [{ ids: ['a'], all: true }],
    [{ ids: [''] }],
    [{ ids: [7] }],
    [{ ids: Array.from({ length: 1001 }, (_, at) => String(at)) }],
    [{ all: true, dryRun: true }],
    [null],
  ])('%j decides nothing: 400', async (body) => {
    const { context, connection } = scene()
    await addRemovals(context, connection, 1)
    const answered = await ask(
      (request) => decide(context, request, 'approve'),
      'x',
      { connection: connection.id },
      body,
    )
    expect(answered.status).toBe(400)
    expect([...(await removalStates(context, connection)).values()]).toEqual(['held'])
  })
})
