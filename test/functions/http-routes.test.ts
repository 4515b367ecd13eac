import { describe, expect, test } from 'vitest'
import { timeStamp } from '../../lib/domain/attempt.ts'
import type { AuditRow } from '../../lib/domain/audit.ts'
import { begunPhotoPoll } from '../../lib/domain/photo.ts'
import { noCounters } from '../../lib/domain/cycle.ts'
import { listConnections } from '../../lib/http/list-connections.ts'
import { listRemovals } from '../../lib/http/list-removals.ts'
import { previewUser } from '../../lib/http/preview-user.ts'
import { showCycle } from '../../lib/http/show-cycle.ts'
import { showStatus } from '../../lib/http/show-status.ts'
import { startCycle } from '../../lib/http/start-cycle.ts'
import { Terminal } from '../../lib/domain/faults.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { laneQueueName, sendLooks } from '../../lib/sync/send-looks.ts'
import { takeMessages } from '../support/queue-contents.ts'
import { addRemovals, ask, cycleOf, personId, useStorage } from './http-scene.ts'

const { base, scene } = useStorage()
const begun = Date.UTC(2026, 10, 23, 23, 59, 0)

/** An app whose clock stands. */
function at<T extends SyncContext>(context: T, time: number): T {
  return { ...context, now: () => time }
}

test('the connections are listed with names and addresses, and no secret', async () => {
  const { status, body } = await ask(() => listConnections(base()), 'connections', {})
  expect([status, body]).toEqual([
    200,
    {
      connections: [
        {
          id: 'default',
          tenantId: '11111111-2222-4333-8444-555555555555',
          site: { id: expect.stringMatching(/^[0-9a-f]{16}$/) as string, url: 'https://www.contoso.example' },
        },
      ],
    },
  ])
})

test.each([
  ['status', showStatus],
  ['cycles/x', showCycle],
  ['cycles', startCycle],
  ['held-removals', listRemovals],
  ['users/x/sync', previewUser],
] as const)('an unknown connection is 404 on %s, and its name is not repeated', async (path, route) => {
  const body = route === startCycle ? { kind: 'full' } : undefined
  for (const connection of ['planted-name', 'DEFAULT', '']) {
    const answered = await ask((request) => route(base(), request), path, { connection }, body)
    expect(answered.status).toBe(404)
    expect(answered.headers.get('content-type')).toBe('application/problem+json')
    expect(answered.body).toMatchObject({ status: 404, type: 'urn:entra-wordpress-sync:problem:unknown-connection' })
    expect(JSON.stringify(answered.body)).not.toMatch(/planted|default|11111111/)
  }
})

describe('status', () => {
  const status = async (context: SyncContext) => {
    const connection = context.connections[0]?.id ?? ''
    const answered = await ask((request) => showStatus(context, request), 'status', { connection })
    expect(answered.status).toBe(200)
    return answered.body
  }

  test('of a connection that has done nothing yet', async () => {
    const { context, connection } = scene()
    expect(await status(context)).toEqual({
      connection: connection.id,
      site: { id: connection.site.id, url: 'https://www.contoso.example' },
      cycles: [],
      waiting: { now: 0, soon: 0, bulk: 0, photos: 0 },
      breaker: null,
      guard: { removals: 0, tripped: null },
      held: 0,
      moreHeld: false,
      verify: null,
      untaken: null,
      companion: null,
      warnings: [],
      photos: null,
    })
  })

  test('the poll for photos, and what keeps avatars on the site', async () => {
    const { context, connection } = scene()
    connection.photos = { everyMs: 1, size: 240 }
    const never = { startedAt: null, finishedAt: null, asked: 0, changed: 0, error: null, targets: null }
    expect(await status(context)).toMatchObject({ photos: never })
    const poll = { ...begunPhotoPoll(null, begun), asked: 7, changed: 2, error: 'No.' }
    await context.stores.checkpoints.writePhotoPoll(connection.id, poll, null)
    const photos = { startedAt: '2026-11-23T23:59:00.000Z', finishedAt: null, asked: 7, changed: 2, error: 'No.' }
    expect(await status(context)).toMatchObject({ photos })
  })

  test('the last ten cycles, newest first, with progress and the time that is left', async () => {
    const { context, connection } = scene()
    const { cycles } = context.stores
    for (let minute = 0; minute < 11; minute++) await cycles.put(cycleOf(connection.id, begun + minute * 60_000))
    const counters = { ...noCounters, queued: 100, created: 25 }
    await cycles.put(cycleOf(connection.id, begun + 11 * 60_000, { kind: 'initial', expected: 100, counters }))
    const body = await status(at(context, begun + 12 * 60_000))
    expect(body['cycles']).toHaveLength(10)
    expect((body['cycles'] as unknown[])[0]).toMatchObject({
      kind: 'initial',
      state: 'reading',
      dryRun: false,
      startedAt: '2026-11-24T00:10:00.000Z',
      settledAt: null,
      counters: { created: 25 },
      progress: { done: 25, total: 100, etaMilliseconds: 180_000 },
    })
  })

  test('what waits, the breaker, the guard, who is held, and the verify pass', async () => {
    const { context, connection } = scene()
    const { site, id } = connection
    const look = { connection: id, ids: [personId(1)], signal: begun, cycle: null, number: null }
    for (const queue of ['now', 'soon', 'soon'] as const)
      await sendLooks(context, site.id, queue, { ...look, trigger: 'on-demand' })
    await sendLooks(context, site.id, 'bulk', { ...look, trigger: 'cycle' }, 60_000)
    const message = 'https://www.contoso.example gave no answer.'
    const breaker = { openUntil: begun + 30_000, failures: 2, since: begun, reason: 'timeout', message }
    await context.stores.sites.writeBreaker(site.id, breaker)
    const slots: [number, number][] = [
      [begun - 30 * 3_600_000, 40],
      [begun - 3_600_000, 7],
      [begun - 300_000, 5],
    ]
    const tripped = { at: begun, removals: 300, limit: 50 }
    await context.stores.links.writeGuard(site.id, id, { slots, tripped }, null)
    await addRemovals(context, connection, 3)
    await addRemovals(context, connection, 1, { state: 'approved', decidedAt: begun }, 4)
    await addRemovals(context, connection, 1, { state: 'candidate' }, 5)
    const verify = { startedAt: begun, after: null, finishedAt: begun + 1000, checked: 40, drifted: 2, missing: 1 }
    await context.stores.sites.writeVerify(site.id, id, verify)

    expect(await status(at(context, begun))).toMatchObject({
      waiting: { now: 1, soon: 2, bulk: 1, photos: 0 },
      breaker: {
        openUntil: '2026-11-23T23:59:30.000Z',
        since: '2026-11-23T23:59:00.000Z',
        failures: 2,
        reason: 'timeout',
        message,
      },
      guard: { removals: 12, tripped: { at: '2026-11-23T23:59:00.000Z', removals: 300, limit: 50 } },
      held: 3,
      moreHeld: false,
      verify: {
        startedAt: '2026-11-23T23:59:00.000Z',
        finishedAt: '2026-11-23T23:59:01.000Z',
        checked: 40,
        drifted: 2,
        missing: 1,
      },
    })
    await context.stores.sites.writeBreaker(site.id, { openUntil: 0, failures: 0, since: 0, reason: '', message: '' })
    expect(await status(context)).toMatchObject({ breaker: null })
    expect(await takeMessages(context.queues.queue(laneQueueName('soon', site.id)))).toHaveLength(2)
  })

  test('a fault of storage is a problem without stack or address', async () => {
    const { context, connection } = scene()
    const { stores } = context
    const list = () => Promise.reject(new Terminal('storage-forbidden', 'read Cycles: storage refuses the credential'))
    const broken = { ...context, stores: { ...stores, cycles: { ...stores.cycles, list } } }
    const answered = await ask((request) => showStatus(broken, request), 'status', { connection: connection.id })
    expect([answered.status, answered.body['type']]).toEqual([
      502,
      'urn:entra-wordpress-sync:problem:storage-forbidden',
    ])
    expect(JSON.stringify(answered.body)).not.toMatch(/\.ts:|127\.0\.0\.1/)
  })
})

describe('starting a cycle', () => {
  const start = (context: SyncContext, body: unknown) => {
    const connection = context.connections[0]?.id ?? ''
    return ask((request) => startCycle(context, request), `connections/${connection}/cycles`, { connection }, body)
  }
  const messages = async ({ queues }: SyncContext) =>
    (await takeMessages(queues.queue('read-directory'))).map((text) => JSON.parse(text) as unknown)

  test.each([
    [{ kind: 'incremental' }, { start: 'incremental' }, 'kind=incremental&dryRun=false'],
    [{ kind: 'full', dryRun: false }, { start: 'full' }, 'kind=full&dryRun=false'],
    [{ kind: 'full', dryRun: true }, { start: 'full', dryRun: true }, 'kind=full&dryRun=true'],
  ])('%j asks the reader and answers 202 with where it will be', async (body, message, query) => {
    const { context, connection } = scene()
    const answered = await start(at(context, begun), body)
    const location = `/api/connections/${connection.id}/cycles/next-20261123T235900000Z?${query}`
    expect([answered.status, answered.headers.get('location')]).toEqual([202, location])
    expect(answered.body).toMatchObject({ connection: connection.id, location })
    expect(await messages(context)).toEqual([{ connection: connection.id, ...message }])
  })

  test.each([[{}], [{ kind: 'initial' }], [{ kind: 'full', dryRun: 'yes' }], [{ kind: 'full', dryrun: true }]])(
    '%j asks nobody: 400',
    async (body) => {
      const { context } = scene()
      expect((await start(context, body)).status).toBe(400)
      expect(await messages(context)).toEqual([])
    },
  )
})

describe('a cycle', () => {
  const show = (context: SyncContext, cycle: string, query = '') => {
    const connection = context.connections[0]?.id ?? ''
    return ask((request) => showCycle(context, request), `cycles/${cycle}${query}`, { connection, cycle })
  }

  test('by its id, with counters and progress, and no changes where it is no dry run', async () => {
    const { context, connection } = scene()
    const counters = { ...noCounters, queued: 2, updated: 2 }
    const settled = { state: 'settled', readAt: begun + 1, settledAt: begun + 2, counters } as const
    const cycle = cycleOf(connection.id, begun, settled)
    await context.stores.cycles.put(cycle)
    const { status, body } = await show(context, cycle.id)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ connection: connection.id, id: cycle.id, kind: 'full', state: 'settled' },
      ...{ counters: { updated: 2 }, progress: { done: 2, total: 2, etaMilliseconds: 0 } },
    })
    expect(body).not.toHaveProperty('changes')
    expect((await show(context, '20261123T235900000Z-0000')).status).toBe(404)
    expect((await show(context, '../../..|\u0000#?')).status).toBe(404)
  })

  test('by its Location: not begun yet, with Retry-After, until the reader begins it', async () => {
    const { context, connection } = scene()
    const name = `next-${timeStamp(begun)}`
    const query = '?kind=full&dryRun=true'
    await context.stores.cycles.put(cycleOf(connection.id, begun - 60_000, { dryRun: true }))
    await context.stores.cycles.put(cycleOf(connection.id, begun + 100))
    const early = await show(context, name, query)
    expect([early.status, early.headers.get('retry-after')]).toEqual([404, '2'])
    expect(early.body['type']).toBe('urn:entra-wordpress-sync:problem:not-begun-yet')
    const cycle = cycleOf(connection.id, begun + 200, { dryRun: true })
    await context.stores.cycles.put(cycle)
    expect(await show(context, name, query)).toMatchObject({ status: 200, body: { id: cycle.id, dryRun: true } })
    expect((await show(context, name, '?kind=every')).status).toBe(400)
  })

  const row = (
    connection: string,
    dryRun: string | null,
    number: number,
    time: number,
    more: Partial<AuditRow> = {},
  ): AuditRow => ({
    connection,
    dryRun,
    attempt: `${timeStamp(time)}-${String(number).padStart(12, '0')}`,
    objectId: personId(number),
    status: 'created',
    reason: null,
    wordpressId: null,
    who: { userPrincipalName: `person.${number}@contoso.example`, email: null, username: `person.${number}` },
    changes: [],
    at: time,
    milliseconds: 1,
    cycle: dryRun,
    trigger: 'cycle',
    tries: 1,
    error: null,
    ...more,
  })

  test('a dry run with its changes only, those from after midnight too', async () => {
    const { context, connection } = scene()
    const { audit, cycles } = context.stores
    const cycle = cycleOf(connection.id, begun, { dryRun: true, state: 'settled' })
    await cycles.put(cycle)
    const changes = [{ field: 'email' as const, from: 'a', to: 'b' }]
    const refused = { status: 'skipped' as const, reason: 'protected-account', changes }
    await audit.write([
      row(connection.id, cycle.id, 1, begun + 1000),
      row(connection.id, cycle.id, 2, begun + 120_000, refused),
      row(connection.id, null, 3, begun + 1000),
      row(connection.id, `${cycle.id}0`, 4, begun + 1000),
      row(`${connection.id}-other`, cycle.id, 5, begun + 1000),
    ])
    const { body } = await show(context, cycle.id)
    expect(body).toMatchObject({
      truncated: false,
      changes: [
        { objectId: personId(2), ...refused, at: '2026-11-24T00:01:00.000Z' },
        { objectId: personId(1), status: 'created', who: { username: 'person.1' } },
      ],
    })
    expect(body['changes']).toHaveLength(2)
  })

  test('of a large dry run at most 1,000 changes, and it says so', async () => {
    const { context, connection } = scene()
    const cycle = cycleOf(connection.id, begun, { dryRun: true })
    await context.stores.cycles.put(cycle)
    const rows = Array.from({ length: 1001 }, (_, number) => row(connection.id, cycle.id, number, begun + number))
    await context.stores.audit.write(rows.slice(1))
    expect((await show(context, cycle.id)).body['truncated']).toBe(false)
    await context.stores.audit.write(rows)
    const { body } = await show(context, cycle.id)
    expect([body['truncated'], (body['changes'] as unknown[]).length]).toEqual([true, 1000])
  })
})

describe('held removals', () => {
  const list = (context: SyncContext, query = '') => {
    const connection = context.connections[0]?.id ?? ''
    return ask((request) => listRemovals(context, request), `held-removals${query}`, { connection })
  }

  test('who waits, and who was decided about; not what the guard has still to judge', async () => {
    const { context, connection } = scene()
    await addRemovals(context, connection, 1)
    await addRemovals(context, connection, 1, { state: 'approved', decidedAt: begun }, 2)
    await addRemovals(context, connection, 1, { state: 'rejected', decidedAt: begun }, 3)
    await addRemovals(context, connection, 1, { state: 'candidate' }, 4)
    await addRemovals(context, connection, 1, { state: 'released' }, 5)
    const tripped = { at: begun, removals: 300, limit: 50 }
    await context.stores.links.writeGuard(connection.site.id, connection.id, { slots: [], tripped }, null)
    const { status, body } = await list(context)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      removals: [{ state: 'held' }, { state: 'approved' }, { state: 'rejected' }],
      tripped: { ...tripped, at: '2026-11-23T23:59:00.000Z' },
    })
    expect(body).not.toHaveProperty('continuation')
    expect((body['removals'] as unknown[])[0]).toEqual({
      ...{ objectId: personId(1), action: 'suspend', reason: 'disabled', state: 'held' },
      ...{ since: '2026-11-23T10:15:00.000Z', decidedAt: null, wordpressId: 1, login: 'person.1' },
    })
  })

  test('page by page, each once', async () => {
    const { context, connection } = scene()
    const ids = await addRemovals(context, connection, 5)
    const seen: string[] = []
    let continuation = ''
    do {
      const { body } = await list(context, `?top=2&continuation=${continuation}`.replace(/&continuation=$/, ''))
      const page = (body['removals'] as { objectId: string }[]).map(({ objectId }) => objectId)
      expect(page.length).toBeLessThanOrEqual(2)
      seen.push(...page)
      continuation = (body['continuation'] as string | undefined) ?? ''
    } while (continuation !== '')
    expect(seen).toEqual(ids)
  })

  test.each(['?top=0', '?top=1001', '?top=-1', '?top=1,2', '?top=', '?continuation='])('%s is 400', async (query) => {
    const { context } = scene()
    expect((await list(context, query)).status).toBe(400)
  })
})
