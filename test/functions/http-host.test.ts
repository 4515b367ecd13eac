import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildIfStale } from '../../dev/build.ts'
import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/start.ts'
import { runCommand } from '../../dev/sync/run-command.ts'
import { timeStamp } from '../../lib/domain/attempt.ts'
import { addRemovals, cycleOf, personId, removalStates, settingsFor, useStorage } from './http-scene.ts'

const { base, connectionString } = useStorage()
const root = fileURLToPath(new URL('../..', import.meta.url))
/** Nothing runs but the routes: the test plays reader and lane. */
const others = [
  'sync-directory',
  'read-directory',
  'reconcile-users',
  'wake-lanes',
  'clean-up-audit',
  'verify-accounts',
]

let host: FunctionsHost
beforeAll(async () => {
  await buildIfStale()
  const disabled = Object.fromEntries(others.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']))
  host = await startFunctionsHost({ root, env: { ...settingsFor(connectionString()), ...disabled } })
})
afterAll(() => host?.stop())

const get = (path: string, init: RequestInit = {}) =>
  fetch(`${host.url}/api/${path}`, { headers: { 'x-functions-key': host.functionKey }, ...init })

/** The command line on the running app; `wait` is what happens while it waits. */
async function sync(argv: string[], wait: () => Promise<void> = () => Promise.resolve()) {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommand(
    argv,
    { SYNC_URL: host.url, SYNC_KEY: host.functionKey },
    {
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
      progress: () => {},
      now: Date.now,
      wait,
    },
  )
  return { code, out: out.join('\n'), err: err.join('\n') }
}

test('the routes ask for a key', async () => {
  const none = { headers: {} }
  expect((await get('connections', none)).status).toBe(401)
  expect((await get('connections/default/status', none)).status).toBe(401)
  for (const path of ['cycles', 'held-removals/approve', 'held-removals/reject'])
    expect((await get(`connections/default/${path}`, { ...none, method: 'POST', body: '{}' })).status).toBe(401)
})

test('a POST without a body is a problem too, never an empty 500', async () => {
  const headers = { 'x-functions-key': host.functionKey, 'content-type': 'application/json' }
  const response = await get('connections/default/cycles', { method: 'POST', headers })
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
  expect(await response.json()).toMatchObject({ status: 400, title: 'Bad Request' })
})

test('one person: the name arrives decoded, and without dryRun it is said that only that is there yet', async () => {
  const headers = { 'x-functions-key': host.functionKey, 'content-type': 'application/json' }
  const post = async (person: string, body: string, init: RequestInit = { headers }) => {
    const response = await get(`connections/default/users/${person}/sync`, { ...init, method: 'POST', body })
    const problem = response.status === 401 ? null : ((await response.json()) as { type: string })
    return [response.status, problem?.type.split(':').at(-1)]
  }
  // Whoever asks by name puts it into the host's own request log, here as on Azure; docs/operate.md says so.
  const named = ['guest_home.example%23EXT%23%40contoso.example', '%24guest@contoso.example', personId(1)]
  for (const name of named)
    for (const body of ['{}', '{"dryRun": false}']) expect(await post(name, body)).toEqual([400, 'dry-run-only'])
  for (const name of ['guest', 'guest%20%40contoso.example', 'a%2Fb%40contoso.example'])
    expect(await post(name, '{"dryRun": true}')).toEqual([400, 'invalid-request'])
  expect(await post(personId(1), '{"dryrun": true}')).toEqual([400, 'invalid-request'])
  expect(await post(personId(1), '{"dryRun": true}', { headers: {} })).toEqual([401, undefined])
})

test('status, of the connection that the settings name', async () => {
  const { code, out } = await sync(['status'])
  expect(code).toBe(0)
  expect(out).toContain('default → https://www.contoso.example')
  expect(out).toContain('held     nobody')
  expect((await get('Connections/default/STATUS')).status).toBe(200)
  expect((await get('connections/Default/status')).status).toBe(404)
})

test('a dry run is asked for, waited for, and told', async () => {
  const { stores } = base()
  const steps = [
    () => stores.cycles.put(cycleOf('default', Date.now(), { dryRun: true, kind: 'initial' })),
    async () => {
      const [row] = await stores.cycles.list('default', 1)
      const { id, startedAt } = row!
      const who = { userPrincipalName: 'adele.vance@contoso.example', email: null, username: 'adele.vance' }
      const outcome = {
        objectId: personId(1),
        status: 'created',
        reason: null,
        wordpressId: null,
        changes: [],
      } as const
      const origin = { connection: 'default', dryRun: id, cycle: id, attempt: `${timeStamp(startedAt)}-000000000001` }
      const rest = { at: startedAt, milliseconds: 1, trigger: 'cycle', tries: 1, error: null } as const
      await stores.audit.write([{ ...origin, ...outcome, ...rest, who, changes: [] }])
      await stores.cycles.add(
        'default',
        id,
        { created: 1 },
        { state: 'settled', readAt: startedAt, settledAt: startedAt },
      )
    },
  ]
  const { code, out } = await sync(['cycle', 'full', '--dry-run'], async () => await steps.shift()?.())
  expect(out.split('\n')).toEqual([
    'Dry run, initial cycle; nothing was written:',
    '1 would be created',
    `  ${personId(1)}  adele.vance@contoso.example  adele.vance`,
  ])
  expect(code).toBe(0)
  expect((await sync(['status'])).out).toMatch(/initial \(dry run\) +settled +1 created/)
})

test('held removals are listed, one is approved, the others rejected', async () => {
  const [connection] = base().connections
  const [first = '', second = ''] = await addRemovals(base(), connection!, 3)
  const tripped = { at: Date.now(), removals: 300, limit: 50 }
  await base().stores.links.writeGuard(connection!.site.id, 'default', { slots: [], tripped }, null)

  const held = await sync(['held'])
  expect(held.out).toContain('3 held back until you approve or reject them.')
  expect(held.out).toMatch(new RegExp(`held +suspend +disabled +${first} .* person\\.1`))
  expect((await sync(['status'])).out).toContain('TRIPPED')

  expect(await sync(['approve', first])).toEqual({ code: 0, out: '1 approved.', err: '' })
  expect(await sync(['approve', personId(99)])).toMatchObject({
    code: 1,
    out: expect.stringContaining('1 not held') as string,
  })
  expect(await sync(['reject', '--all'])).toMatchObject({ code: 0, out: '2 rejected.' })
  expect(Object.fromEntries(await removalStates(base(), connection!))).toMatchObject({
    [first]: 'approved',
    [second]: 'rejected',
  })
  expect((await sync(['status'])).out).toContain('held     nobody')
  expect((await sync(['status'])).out).not.toContain('TRIPPED')
})

test('neither the key nor a name reaches the log', () => {
  expect(host.output()).not.toContain(host.functionKey)
  expect(host.output()).not.toMatch(/adele|person\.1|planted/)
})
