import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../dev/sync/run-command.ts'

type Reply = { status?: number; headers?: Record<string, string>; body?: unknown }
type Seen = { method: string; path: string; key: string | undefined; body: unknown }

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** An app that answers each path with its replies in their order, the last one again and again. */
async function app(replies: Record<string, Reply[]>): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').replace(/^\/api\//, '')
    const body = request.method === 'POST' ? await json(request) : null
    seen.push({ method: request.method ?? '', path, key: request.headers['x-functions-key']?.toString(), body })
    const list = replies[`${request.method} ${path}`] ?? replies[path] ?? [{ status: 404 }]
    const reply = (list.length > 1 ? list.shift() : list[0]) ?? {}
    response.writeHead(reply.status ?? 200, reply.headers ?? {})
    response.end(typeof reply.body === 'string' ? reply.body : (JSON.stringify(reply.body) ?? ''))
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** Runs a command; waits take no time, and the clock knows of them. */
async function sync(argv: string[], env: Record<string, string> = {}) {
  const printed: string[] = []
  const complained: string[] = []
  const shown: string[] = []
  let now = Date.UTC(2026, 10, 23, 10, 15)
  const code = await runCommand(argv, env, {
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
    progress: (line) => shown.push(line),
    now: () => now,
    wait: async (milliseconds) => void (now += milliseconds),
  })
  return { code, out: printed.join('\n'), err: complained.join('\n'), shown }
}

const one = { connections: [{ body: { connections: [{ id: 'default' }] } }] }
const two = { connections: [{ body: { connections: [{ id: 'staff' }, { id: 'guests' }] } }] }
const problem = (status: number, code: string, detail: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { type: `urn:entra-wordpress-sync:problem:${code}`, title: 'A title', status, detail },
})
const notBegun = problem(404, 'not-begun-yet', 'The cycle has not begun yet.', { 'retry-after': '2' })

const noCounters = {
  ...{ seen: 0, queued: 0, dropped: 0, siteRequests: 0, siteWrites: 0 },
  ...{ created: 0, adopted: 0, updated: 0, unchanged: 0, suspended: 0 },
  ...{ restored: 0, deleted: 0, held: 0, skipped: 0, failed: 0 },
}
const cycle = (state: string, more: object = {}) => ({
  ...{ id: 'c1', kind: 'full', trigger: 'on-demand', dryRun: false, state, error: null },
  ...{ startedAt: '2026-11-23T10:15:00.123Z', readAt: null, settledAt: null },
  counters: noCounters,
  progress: { done: 0, total: null, etaMilliseconds: null },
  ...more,
})
const status = (more: object = {}) => ({
  ...{ connection: 'default', site: { id: 'intranet', url: 'https://intranet.contoso.com' }, cycles: [] },
  ...{ waiting: { now: 0, soon: 2, bulk: 0 }, breaker: null, guard: { removals: 3, tripped: null } },
  ...{ held: 0, moreHeld: false, verify: null, ...more },
})

describe('wrong use ends with 2, and nothing is asked of anybody', () => {
  test.each([
    [[], 'Say what to do.'],
    [['dance'], 'no command "dance"'],
    [['status', 'now'], 'takes no "now"'],
    [['cycle'], 'incremental or full'],
    [['cycle', 'weekly'], 'incremental or full'],
    [['cycle', 'full', 'again'], 'incremental or full'],
    [['approve'], 'object ids'],
    [['reject', '--all', 'somebody'], 'or --all'],
    [['approve', '--all', '--dry-run'], '--dry-run goes with cycle and user only'],
    [['user', 'adele@contoso.example'], 'Syncing one person at once comes later'],
    [['user', '--dry-run'], 'Say whom'],
    [['preview'], 'Say whom'],
    [['preview', 'adele'], 'Say whom'],
    [['preview', '..'], 'Say whom'],
    [['preview', 'adele@contoso.example', 'alex@contoso.example'], 'Say whom'],
    [['held', '--wait'], '--wait goes with cycle only'],
    [['status', '--all'], '--all goes with approve and reject'],
    [['status', '--loud'], '--loud'],
    [['status', '--url', 'sync.example'], '--url (or SYNC_URL)'],
    [['status', '--url', 'http://sync.example'], 'in the clear'],
    [['status', '--url', 'https://sync.example/?code=planted'], 'SYNC_KEY'],
  ])('%j', async (argv, message) => {
    const { url, seen } = await app(one)
    const { code, out, err } = await sync(argv, { SYNC_URL: url })
    expect([code, out, seen]).toEqual([2, '', []])
    expect(err).toContain(message)
    expect(err).toContain('npm run sync -- COMMAND')
    expect(err).not.toContain('planted')
  })

  test('several connections: say which', async () => {
    const { url } = await app(two)
    for (const command of [['held'], ['approve', '--all'], ['cycle', 'full']]) {
      const { code, err } = await sync(command, { SYNC_URL: url })
      expect(code).toBe(2)
      expect(err).toContain('--connection: staff, guests')
    }
  })
})

test('--help prints the usage and ends with 0', async () => {
  const { code, out } = await sync(['--help'])
  expect(code).toBe(0)
  for (const word of ['status', 'cycle', 'held', 'approve', 'reject', '--json', 'Exit codes'])
    expect(out).toContain(word)
})

describe('the key', () => {
  test('goes into the header, from --key or else SYNC_KEY, and nowhere else', async () => {
    const { url, seen } = await app({ ...one, 'connections/default/status': [{ body: status() }] })
    const given = await sync(['status', '--key', 'first key'], { SYNC_URL: `${url}/api/`, SYNC_KEY: 'second key' })
    const env = await sync(['status', '--json'], { SYNC_URL: url, SYNC_KEY: 'second key' })
    expect([given.code, env.code]).toEqual([0, 0])
    expect(seen.map(({ key }) => key)).toEqual(['first key', 'first key', 'second key', 'second key'])
    expect(JSON.stringify([given, env, seen.map(({ path }) => path)])).not.toMatch(/first key|second key/)
  })

  test('does not go along a redirect', async () => {
    const elsewhere = await app(one)
    const { url } = await app({
      connections: [{ status: 307, headers: { location: `${elsewhere.url}/api/connections` } }],
    })
    const { code, err } = await sync(['status'], { SYNC_URL: url, SYNC_KEY: 'secret' })
    expect([code, elsewhere.seen]).toEqual([1, []])
    expect(err).toContain('redirects to another address')
  })

  test('does not go to an address of another app that an answer names', async () => {
    const elsewhere = await app(one)
    const location = elsewhere.url.replace('http:', '')
    const { url } = await app({ ...one, 'connections/default/cycles': [{ status: 202, body: { location } }] })
    expect((await sync(['cycle', 'full', '--wait'], { SYNC_URL: url })).code).toBe(1)
    expect(elsewhere.seen).toEqual([])
  })
})

describe('what went wrong ends with 1, with the cure', () => {
  test('nobody listens', async () => {
    const { url } = await app({})
    for (const stop of stops.splice(0)) await stop()
    const { code, err } = await sync(['status'], { SYNC_URL: url })
    expect(code).toBe(1)
    expect(err).toContain(`Nothing answers at ${url}. Is the app running there?`)
    expect(err).toContain('npm start')
  })

  test.each([
    [{ status: 401 }, '', 'wants a key. Put a function key of the app into SYNC_KEY'],
    [{ status: 401 }, 'wrong', 'refuses the key'],
    [{ status: 403, body: '<html>' }, '', 'access restrictions'],
    [{ status: 404 }, '', 'knows no such route'],
    [{ status: 503 }, '', 'answered 503. The log of the app tells why.'],
    [{ body: '<html>' }, '', 'Is it this app'],
    [problem(503, 'misconfigured', 'The settings have faults.'), '', 'A title: The settings have faults.'],
    [problem(502, 'bad', 'A \u001b[31mred\u001b[0m herring'), '', 'A ?[31mred?[0m herring'],
  ])('%j', async (reply, key, message) => {
    const { url } = await app({ connections: [reply] })
    const { code, err, out } = await sync(['status'], { SYNC_URL: url, SYNC_KEY: key })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(message)
    expect(err).not.toContain('\u001b')
  })

  test('each fault of a request', async () => {
    const errors = [{ in: 'body', path: 'ids.0', message: 'Too long' }]
    const reply = problem(400, 'invalid-request', 'The body is not as this route takes it.')
    const { url } = await app({
      ...one,
      'connections/default/held-removals/approve': [{ ...reply, body: { ...(reply.body as object), errors } }],
    })
    expect((await sync(['approve', 'x'], { SYNC_URL: url })).err).toContain('body ids.0: Too long')
  })
})

describe('status', () => {
  test('of every connection, or of the one that is named', async () => {
    const replies = {
      ...two,
      'connections/staff/status': [{ body: status({ connection: 'staff' }) }],
      'connections/guests/status': [{ body: status({ connection: 'guests' }) }],
    }
    const { url } = await app(replies)
    const all = await sync(['status', '--json'], { SYNC_URL: url })
    expect(JSON.parse(all.out)).toMatchObject({ connections: [{ connection: 'staff' }, { connection: 'guests' }] })
    const { out } = await sync(['status', '--connection', 'guests'], { SYNC_URL: url })
    expect(out).toContain('guests → https://intranet.contoso.com (site intranet)')
    expect(out).not.toContain('staff')
  })

  test('tells what is under way, what is in its way, and what waits for the operator', async () => {
    const at = '2026-11-23T10:10:00.000Z'
    const counters = { ...noCounters, created: 3, skipped: 1, dropped: 40 }
    const cycles = [
      cycle('read', { progress: { done: 1200, total: 5000, etaMilliseconds: 240_000 } }),
      cycle('settled', { kind: 'incremental', counters }),
      cycle('stopped', { dryRun: true, error: 'the delta token was reset' }),
    ]
    const { url } = await app({
      ...one,
      'connections/default/status': [
        {
          body: status({
            cycles,
            breaker: {
              openUntil: '2026-11-23T10:20:00.000Z',
              since: at,
              failures: 3,
              reason: 'timeout',
              message: 'No answer.',
            },
            guard: { removals: 12, tripped: { at, removals: 300, limit: 50 } },
            ...{ held: 10_000, moreHeld: true },
            verify: { startedAt: at, finishedAt: null, checked: 100, drifted: 2, missing: 1 },
          }),
        },
      ],
    })
    const { out } = await sync(['status'], { SYNC_URL: url })
    expect(out).toMatch(/cycles +2026-11-23 10:15:00 UTC {2}full +read +1,200 of 5,000 people, about 4 min left/)
    expect(out).toMatch(/incremental +settled +3 created, 1 skipped, 40 unchanged/)
    expect(out).toMatch(/full \(dry run\) +stopped +0 unchanged; the delta token was reset/)
    expect(out).toContain('waiting  now 0, soon 2, bulk 0')
    expect(out).toContain(
      'FAILS since 2026-11-23 10:10:00 UTC (3 faults, tried again at 2026-11-23 10:20:00 UTC): No answer.',
    )
    expect(out).toContain(
      'TRIPPED at 2026-11-23 10:10:00 UTC by 300 removals where 50 are allowed; 12 removals in its window',
    )
    expect(out).toContain('10,000 or more, waiting for you: npm run sync -- held')
    expect(out).toContain(
      'under way since 2026-11-23 10:10:00 UTC: 100 accounts compared, 2 changed by hand, 1 missing',
    )
  })
})

test.each([
  [{}, /photos +finished 2026-11-23 10:10:00 UTC: 1,000 people asked for, 3 with another photo/],
  [{ finishedAt: null }, /photos +under way since 2026-11-23 10:10:00 UTC/],
  [{ startedAt: null, finishedAt: null }, /photos +not yet/],
  [{ targets: [] }, /photos +NOWHERE TO GO: install the companion plugin/],
  [{ error: 'Graph answered 403.' }, /photos +NOT READ: Graph answered 403\./],
])('status of photos, %o', async (more, line) => {
  const at = '2026-11-23T10:10:00.000Z'
  const photos = {
    startedAt: at,
    finishedAt: at,
    asked: 1000,
    changed: 3,
    error: null,
    targets: ['companion'],
    ...more,
  }
  const { url } = await app({ ...one, 'connections/default/status': [{ body: status({ photos }) }] })
  expect((await sync(['status'], { SYNC_URL: url })).out).toMatch(line)
})

test('status of a tripped guard that holds nobody says how it is armed again', async () => {
  const tripped = { at: '2026-11-23T10:10:00.000Z', removals: 300, limit: 50 }
  const { url } = await app({
    ...one,
    'connections/default/status': [{ body: status({ guard: { removals: 0, tripped } }) }],
  })
  expect((await sync(['status'], { SYNC_URL: url })).out).toMatch(/held +nobody; .*npm run sync -- reject --all/)
})

describe('cycle', () => {
  const location = '/api/connections/default/cycles/next-x?kind=full&dryRun=true'
  const accepted = { status: 202, headers: { location }, body: { location } }
  const asked = { ...one, 'POST connections/default/cycles': [accepted] }
  const next = 'connections/default/cycles/next-x?kind=full&dryRun=true'
  const own = 'connections/default/cycles/c1'

  test('asks for one and ends; with --wait it follows it by its own name until it is settled', async () => {
    const progress = { done: 10, total: 40, etaMilliseconds: 30_000 }
    const { url, seen } = await app({
      ...asked,
      [next]: [notBegun, notBegun, { body: cycle('reading', { progress }) }],
      [own]: [
        { status: 503 },
        { body: cycle('read', { progress }) },
        { body: cycle('settled', { counters: { ...noCounters, updated: 2 } }) },
      ],
    })
    expect((await sync(['cycle', 'incremental'], { SYNC_URL: url })).out).toContain('npm run sync -- status')
    expect(seen.at(-1)).toMatchObject({ method: 'POST', body: { kind: 'incremental', dryRun: false } })
    const { code, out, shown } = await sync(['cycle', 'full', '--wait'], { SYNC_URL: url })
    expect([code, out]).toEqual([0, 'full cycle: 2 updated'])
    expect(shown).toEqual([
      'waiting for the cycle to begin',
      'waiting for the cycle to begin',
      'full cycle: 10 of 40 people, about 30 s left',
      'full cycle: 10 of 40 people, about 30 s left',
      'full cycle: 0 people',
      '',
    ])
  })

  test('a dry run waits, and lists who would become what, in an order that matters', async () => {
    const change = (objectId: string, did: string, more: object = {}) => ({
      ...{ objectId, status: did, reason: null, error: null, changes: [] },
      who: { userPrincipalName: `${objectId}@contoso.example`, email: null, username: objectId },
      ...more,
    })
    const changes = [
      change('fay', 'failed', { reason: 'mapping-failed: nickname', error: 'no text' }),
      change('sue', 'skipped', { reason: 'protected-account' }),
      change('amy', 'skipped', { reason: 'ambiguous-match' }),
      change('hal', 'held', { reason: 'deleted' }),
      change('del', 'deleted', { reason: 'absent' }),
      change('dis', 'suspended', { reason: 'disabled' }),
      change('upd', 'updated', {
        changes: [
          { field: 'email', from: 'a\u001b[2J', to: 'b' },
          { field: 'roles', from: null, to: null },
        ],
      }),
      change('ada', 'adopted'),
      change('bob', 'created'),
      change('same', 'unchanged'),
    ]
    const counters = { ...noCounters, unchanged: 1, dropped: 30 }
    const dry = cycle('settled', { dryRun: true, kind: 'initial', counters, changes, truncated: false })
    const { url, seen } = await app({ ...asked, [next]: [{ body: dry }] })
    const { code, out } = await sync(['cycle', 'full', '--dry-run'], { SYNC_URL: url })
    expect(code).toBe(0)
    expect(seen[1]?.body).toEqual({ kind: 'full', dryRun: true })
    expect(out.split('\n')).toEqual([
      'Dry run, initial cycle; nothing was written:',
      '1 would be created',
      '  bob  bob@contoso.example  bob',
      '1 would be adopted',
      '  ada  ada@contoso.example  ada',
      '1 would be updated',
      '  upd  upd@contoso.example  upd  email: a?[2J → b; roles',
      '1 would be suspended',
      '  dis  dis@contoso.example  dis  disabled',
      '1 would be deleted',
      '  del  del@contoso.example  del  absent',
      '1 would be held back by the deletion guard',
      '  hal  hal@contoso.example  hal  deleted',
      '1 found ambiguous: several accounts match',
      '  amy  amy@contoso.example  amy',
      '1 refused: protected-account',
      '  sue  sue@contoso.example  sue',
      '1 would fail: mapping-failed: nickname',
      '  fay  fay@contoso.example  fay  no text',
      '31 unchanged',
    ])
    expect(JSON.parse((await sync(['cycle', 'full', '--dry-run', '--json'], { SYNC_URL: url })).out)).toMatchObject({
      id: 'c1',
      changes: changes.map(({ objectId }) => ({ objectId })),
    })
  })

  test('of a large dry run it says what is missing', async () => {
    const counters = { ...noCounters, created: 1500, skipped: 3 }
    const { url } = await app({
      ...asked,
      [next]: [{ body: cycle('settled', { dryRun: true, counters, changes: [], truncated: true }) }],
    })
    expect((await sync(['cycle', 'full', '--dry-run'], { SYNC_URL: url })).out).toContain(
      'In all: 1,500 created, 3 skipped.',
    )
  })

  test('one that is stopped, never begins, or whose app is gone for good, is 1', async () => {
    const stopped = await app({ ...asked, [next]: [{ body: cycle('stopped', { error: 'replaced by a full cycle' }) }] })
    const one = await sync(['cycle', 'full', '--wait'], { SYNC_URL: stopped.url })
    expect([one.code, one.err]).toEqual([1, 'The full cycle c1 stopped: replaced by a full cycle'])

    const never = await app({ ...asked, [next]: [notBegun] })
    const two = await sync(['cycle', 'full', '--wait'], { SYNC_URL: never.url })
    expect(two.code).toBe(1)
    expect(two.err).toContain('did not begin within 15 minutes')

    const gone = await app({ ...asked, [next]: [{ status: 503 }] })
    expect((await sync(['cycle', 'full', '--wait'], { SYNC_URL: gone.url })).err).toContain('answered 503')
    expect(gone.seen.length).toBeGreaterThan(10)
  })
})

describe('preview', () => {
  const preview = (more: object = {}) => ({
    ...{ connection: 'default', dryRun: true, objectId: 'a1', userPrincipalName: null, standing: 'here' },
    ...{ memberships: [], outcome: 'unchanged', reason: null, error: null },
    ...{ wordpressId: 7, username: 'adele.vance', changes: [], warnings: [], ...more },
  })
  const guest = 'adele_home.example#EXT#@contoso.example'
  const path = `POST connections/default/users/${encodeURIComponent(guest)}/sync`
  const shown = async (more: object) => {
    const { url } = await app({ ...one, [path]: [{ body: preview(more) }] })
    const { code, out } = await sync(['preview', guest], { SYNC_URL: url })
    expect(code).toBe(0)
    return out.split('\n')
  }

  test('sends the name encoded, and asks for a dry run; user --dry-run is the same', async () => {
    const { url, seen } = await app({ ...one, [path]: [{ body: preview({ userPrincipalName: guest }) }] })
    const previewed = await sync(['preview', guest], { SYNC_URL: url })
    const dry = await sync(['user', guest, '--dry-run', '--json'], { SYNC_URL: url })
    expect([previewed.code, dry.code]).toEqual([0, 0])
    expect(seen.filter(({ method }) => method === 'POST').map(({ body }) => body)).toEqual([
      { dryRun: true },
      { dryRun: true },
    ])
    expect(previewed.out.split('\n')).toEqual([
      `Dry run of ${guest}; nothing was written:`,
      '  object id  a1',
      '  standing   belongs on the site',
      '  account    adele.vance (WordPress id 7)',
      '  outcome    nothing: the account is as it should be',
    ])
    expect(JSON.parse(dry.out)).toMatchObject({ objectId: 'a1', outcome: 'unchanged', wordpressId: 7 })
  })

  test('shows what made each field', async () => {
    const lines = await shown({
      fields: [
        { field: 'email', expression: null, value: 'a@x.example', once: false },
        { field: 'meta.badge', expression: 'employeeId', value: '0042', once: true },
        { field: 'acf.office', expression: 'officeLocation', value: '', once: false },
        { field: 'meta.desk', expression: 'desk', value: null, once: false },
      ],
    })
    expect(lines.slice(5)).toEqual([
      'What the mapping makes of them:',
      '  email       a@x.example         derived',
      '  meta.badge  0042                employeeId; set once',
      '  acf.office  (cleared)           officeLocation',
      '  meta.desk   (no result: stays)  desk',
    ])
  })

  test('shows the diff, why, and what there is to know; nothing reaches the terminal but text', async () => {
    const changes = [
      { field: 'first_name', from: '', to: 'Adele' },
      { field: 'name', from: 'A\u001b[2J', to: 'Adele Vance' },
      { field: 'nickname', from: null, to: 'Adele' },
    ]
    const lines = await shown({
      ...{ outcome: 'adopted', memberships: ['g1', 'g2'], wordpressId: null, changes },
      ...{ warnings: ['It takes more than one step.'] },
    })
    expect(lines.slice(3)).toEqual([
      '  groups      g1, g2',
      '  account     adele.vance (not there yet)',
      '  outcome     would be adopted',
      '  first_name  (empty) → Adele',
      '  name        A?[2J → Adele Vance',
      '  nickname    Adele',
      '  warning     It takes more than one step.',
    ])
  })

  test.each([
    [{ outcome: 'skipped', reason: 'email-taken' }, 'outcome    refused; email-taken'],
    [
      { outcome: 'failed', reason: 'heir-missing', error: 'Create it.' },
      'outcome    would fail; heir-missing; Create it.',
    ],
    [{ outcome: 'suspended', reason: 'disabled' }, 'outcome    would be suspended; disabled'],
    [{ outcome: 'none', standing: 'absent', objectId: null, username: null }, 'account    none'],
  ])('%j', async (more, line) => {
    expect(await shown(more)).toContain(`  ${line}`)
  })
})

describe('held, approve, reject', () => {
  const removal = (objectId: string, more: object = {}) => ({
    ...{ objectId, login: `login.${objectId}`, wordpressId: 7, action: 'suspend', reason: 'deleted', state: 'held' },
    ...{ since: '2026-11-23T10:00:00.000Z', decidedAt: null, ...more },
  })

  test('held lists every page, and why the guard tripped', async () => {
    const path = 'connections/default/held-removals'
    const tripped = { at: '2026-11-23T10:00:00.000Z', removals: 300, limit: 50 }
    const { url } = await app({
      ...one,
      [`${path}?top=1000`]: [{ body: { removals: [removal('a')], tripped, continuation: 'a' } }],
      [`${path}?top=1000&continuation=a`]: [{ body: { removals: [], tripped, continuation: 'b' } }],
      [`${path}?top=1000&continuation=b`]: [{ body: { removals: [removal('c', { state: 'rejected' })], tripped } }],
    })
    const { code, out } = await sync(['held'], { SYNC_URL: url })
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      'The deletion guard tripped at 2026-11-23 10:00:00 UTC: 300 removals where 50 are allowed.',
      '1 held back until you approve or reject them.',
      'state     action   reason   object id  since                    login',
      'held      suspend  deleted  a          2026-11-23 10:00:00 UTC  login.a',
      'rejected  suspend  deleted  c          2026-11-23 10:00:00 UTC  login.c',
    ])
    const { removals } = JSON.parse((await sync(['held', '--json'], { SYNC_URL: url })).out) as { removals: unknown[] }
    expect(removals).toHaveLength(2)
  })

  test('nobody is held', async () => {
    const { url } = await app({
      ...one,
      'connections/default/held-removals?top=1000': [{ body: { removals: [], tripped: null } }],
    })
    expect(await sync(['held'], { SYNC_URL: url })).toMatchObject({ code: 0, out: 'Nobody is held back.' })
  })

  test.each(['approve', 'reject'] as const)('%s sends ids, or all', async (decision) => {
    const { url, seen } = await app({
      [`POST connections/staff/held-removals/${decision}`]: [{ body: { decided: 2, lost: [], unknown: [] } }],
    })
    const { code, out } = await sync([decision, 'a', 'b', '--connection', 'staff'], { SYNC_URL: url })
    expect([code, out]).toEqual([0, `2 ${decision === 'approve' ? 'approved' : 'rejected'}.`])
    await sync([decision, '--all', '--connection', 'staff'], { SYNC_URL: url })
    expect(seen.map(({ body }) => body)).toEqual([{ ids: ['a', 'b'] }, { all: true }])
  })

  test('more ids than a request takes go in several', async () => {
    const { url, seen } = await app({
      'POST connections/staff/held-removals/approve': [
        { body: { decided: 999, lost: ['x'], unknown: [] } },
        { body: { decided: 0, lost: [], unknown: ['y'] } },
      ],
    })
    const ids = Array.from({ length: 1001 }, (_, at) => `person-${at}`)
    const { code, out } = await sync(['approve', ...ids, '--connection', 'staff'], { SYNC_URL: url })
    expect(seen.map(({ body }) => (body as { ids: string[] }).ids.length)).toEqual([1000, 1])
    // Not everything that was asked for is done.
    expect(code).toBe(1)
    expect(out.split('\n')).toEqual(['999 approved.', '1 changed meanwhile; look at "held" again: x', '1 not held: y'])
  })
})
