import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import { previewUser } from '../../lib/http/preview-user.ts'
import type { Preview } from '../../lib/sync/preview-user.ts'
import { laneQueues } from '../../lib/domain/look.ts'
import { readAll } from '../chaos/chaos-tables.ts'
import { ask, type Answered } from '../functions/http-scene.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { listAccounts } from '../support/list-accounts.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'
import { useLaneServers, useStops } from '../support/use-servers.ts'

/** What would become of one person: told with values, and nothing is written anywhere. */

let proxy: RecordingProxy
const stops = useStops()
const servers = useLaneServers(stops)
let scenes = 0

beforeAll(async () => {
  proxy = await startRecordingProxy(servers.site.url)
  stops.push(proxy.stop)
})

function scene(options: Pick<SyncAppOptions, 'policy' | 'adoption' | 'timings'> = {}) {
  const id = `preview${++scenes}`
  const lane = createLaneScene(servers, id, { ...options, siteUrl: proxy.url })
  const { context } = lane
  const logged: string[] = []
  // What a preview tells is not the audit's: its detail level changes nothing.
  Object.assign(context, {
    audit: { ...context.audit, detail: 'minimal' },
    log: (...line: unknown[]) => void logged.push(JSON.stringify(line)),
  })

  /** Everything that anybody could have written. */
  async function everything() {
    const waiting = await Promise.all(
      ['read-directory', 'drain'].map((name) => context.queues.queue(name).approximateCount()),
    )
    const lanes = await Promise.all(laneQueues.map((name) => lane.waiting(name)))
    return {
      queues: [...waiting, ...lanes],
      tables: await readAll(servers.storage, id),
      accounts: await listAccounts(servers.site),
    }
  }
  /** Asks the route, and sees that nothing has changed. */
  async function asked(who: string): Promise<Answered> {
    const before = await everything()
    proxy.requests.length = 0
    const params = { connection: id, id: who }
    const answered = await ask((request) => previewUser(context, request), 'sync', params, { dryRun: true })
    expect(proxy.requests.flatMap(({ writes }) => writes)).toEqual([])
    expect(await everything()).toEqual(before)
    expect(logged.join()).not.toMatch(/contoso\.example|anna|bert|Ännchen/)
    return answered
  }
  return {
    ...lane,
    asked,
    async preview(who: string): Promise<Preview> {
      const { status, body } = await asked(who)
      expect({ status, ...body }).toMatchObject({ status: 200, connection: id, dryRun: true })
      return body as unknown as Preview
    },
    /** Somebody who has an account; returns object id and WordPress id. */
    async member(name: string, patch = {}): Promise<[string, number]> {
      const person = await lane.person(name, patch)
      await lane.settle(person)
      return [person, (await lane.link(person))!.wordpressId!]
    },
    change: servers.directory.admin.updateUser,
  }
}

test('somebody new is created; afterwards nothing is left to do; then old and new values of what changed', async () => {
  const lane = scene()
  const anna = await lane.person('anna')
  const email = lane.address('anna')
  const first = await lane.preview(anna)
  expect(first).toMatchObject({
    ...{ objectId: anna, userPrincipalName: email, standing: 'here', memberships: [] },
    ...{ outcome: 'created', reason: null, error: null, wordpressId: null, username: `anna.${lane.id}`, warnings: [] },
  })
  expect(first.changes).toContainEqual({ field: 'email', from: null, to: email })
  expect(first.changes).toContainEqual({ field: 'first_name', from: null, to: 'anna' })

  await lane.settle(anna)
  const account = (await lane.accountOf(anna))!
  expect(account.username).toBe(first.username)
  for (const { field, to } of first.changes)
    if (field in account.fields) expect([field, Reflect.get(account.fields, field)]).toEqual([field, to])
  // By its name, in any case.
  expect(await lane.preview(email.toUpperCase())).toMatchObject({
    ...{ objectId: anna, outcome: 'unchanged', changes: [], wordpressId: account.id, username: account.username },
  })

  await lane.change(anna, { givenName: 'Ännchen', mail: lane.address('new') })
  const { outcome, changes } = await lane.preview(anna.toUpperCase())
  expect(outcome).toBe('updated')
  expect(changes.sort((a, b) => a.field.localeCompare(b.field))).toEqual([
    { field: 'email', from: email, to: lane.address('new') },
    { field: 'first_name', from: 'anna', to: 'Ännchen' },
    { field: 'nickname', from: 'anna', to: 'Ännchen' },
  ])
  expect((await lane.accountOf(anna))?.fields.first_name).toBe('anna')
})

test('an account that is there already is adopted, with the diff; a protected one is refused', async () => {
  const lane = scene()
  const bert = await lane.person('bert')
  const account = await lane.stranger(`old.${lane.id}`, lane.address('bert'))
  const adopted = await lane.preview(bert)
  expect(adopted).toMatchObject({ outcome: 'adopted', wordpressId: account, username: `old.${lane.id}`, warnings: [] })
  expect(adopted.changes).toContainEqual({ field: 'first_name', from: '', to: 'bert' })
  expect(adopted.changes.map(({ field }) => field)).not.toContain('email')

  const chef = await lane.person('chef')
  await lane.stranger(`chef.${lane.id}`, lane.address('chef'), 'administrator')
  expect(await lane.preview(chef)).toMatchObject({ outcome: 'skipped', reason: 'protected-account', changes: [] })
})

test('a refusal is told with its reason, also where it was told before', async () => {
  const lane = scene({ adoption: { members: [], guests: [] } })
  const [carl, dora] = [await lane.person('carl'), await lane.person('dora', { accountEnabled: false })]
  await lane.stranger(`other.${lane.id}`, lane.address('carl'))
  const taken = { outcome: 'skipped', reason: 'email-taken', standing: 'here', wordpressId: null, changes: [] }
  const disabled = { outcome: 'skipped', reason: 'disabled', standing: 'disabled', username: null }
  expect(await lane.preview(carl)).toMatchObject(taken)
  expect(await lane.preview(dora)).toMatchObject(disabled)
  await lane.settle(carl, dora)
  expect(await lane.told(carl)).toEqual(['skipped email-taken'])
  expect(await lane.preview(carl)).toMatchObject(taken)
  expect(await lane.preview(dora)).toMatchObject(disabled)
})

test('who is unknown, deleted or renamed', async () => {
  const lane = scene()
  const never = randomUUID()
  const nobody = { standing: 'absent', outcome: 'none', reason: null, username: null, changes: [] }
  expect(await lane.preview(never)).toMatchObject({ ...nobody, objectId: never, warnings: [] })
  expect(await lane.preview('nobody@contoso.example')).toMatchObject({
    ...nobody,
    objectId: null,
    warnings: [expect.stringContaining('found by the object id')],
  })
  const gone = await lane.person('gone')
  await servers.directory.admin.softDelete(gone)
  expect(await lane.preview(gone)).toMatchObject({ ...nobody, objectId: gone, standing: 'deleted' })
})

test('a guest by a name with #, in a group or not, and out of scope', async () => {
  const { admin } = servers.directory
  const { id: group } = await admin.createGroup({ displayName: 'readers' })
  const lane = scene({ policy: { scope: { groups: [group] } } })
  const name = `gina_home.example#EXT#@${lane.id}.onmicrosoft.com`
  const gina = await lane.person('gina', { userPrincipalName: name, userType: 'Guest' })
  expect(await lane.preview(name)).toMatchObject({
    ...{ objectId: gina, userPrincipalName: name, standing: 'out-of-scope', memberships: [], outcome: 'none' },
  })
  await admin.addMembers(group, [gina])
  expect(await lane.preview(name)).toMatchObject({ standing: 'here', memberships: [group], outcome: 'created' })

  await admin.deleteGroup(group)
  const { status, body } = await lane.asked(name)
  expect([status, body['type']]).toEqual([502, 'urn:entra-wordpress-sync:problem:group-missing'])
})

describe('somebody who leaves is suspended', () => {
  const warnings = async (lane: ReturnType<typeof scene>, person: string) => {
    const { outcome, reason, changes, warnings } = await lane.preview(person)
    expect({ outcome, reason, changes }).toEqual({
      outcome: 'suspended',
      reason: 'disabled',
      changes: [{ field: 'roles', from: 'subscriber', to: '' }],
    })
    return warnings
  }

  test('within the limit, and back again', async () => {
    const lane = scene()
    const [anna, account] = await lane.member('anna')
    await lane.change(anna, { accountEnabled: false })
    expect(await warnings(lane, anna)).toEqual([])
    await lane.settle(anna)
    expect(await lane.preview(anna)).toMatchObject({ outcome: 'unchanged', reason: 'disabled', standing: 'disabled' })
    await lane.change(anna, { accountEnabled: true })
    const restored = await lane.preview(anna)
    expect(restored).toMatchObject({ outcome: 'restored', wordpressId: account })
    expect(restored.changes).toContainEqual({ field: 'roles', from: '', to: 'subscriber' })
  })

  test('what the deletion guard would say comes with it', async () => {
    const lane = scene({ policy: { guard: { most: 0, percent: 0, fewest: 0 } } })
    const [[anna], [bert]] = [await lane.member('anna'), await lane.member('bert')]
    await lane.change(anna, { accountEnabled: false })
    await lane.change(bert, { accountEnabled: false })
    expect(await warnings(lane, anna)).toEqual([expect.stringContaining('has no room left')])
    await lane.settle(anna)
    expect(await warnings(lane, anna)).toEqual([expect.stringContaining('holds this removal')])
    expect(await warnings(lane, bert)).toEqual([expect.stringContaining('has tripped')])

    const { links } = lane.context.stores
    const { removal, etag } = (await links.readRemovals(lane.id, lane.id, [anna])).get(anna)!
    const decided = { ...removal, state: 'rejected', decidedAt: Date.now() } as const
    await links.decide(lane.id, [{ removal: decided, etag }])
    expect(await warnings(lane, anna)).toEqual([expect.stringContaining('has rejected this removal')])
  })
})

test('a deletion without an heir fails, and says what to do', async () => {
  const remove = { action: 'delete', deleteAfter: null } as const
  const leaving = { disabled: remove, deleted: remove, absent: remove, 'out-of-scope': remove }
  const lane = scene({ policy: { leaving, reassignTo: 'nobody.there' } })
  const [anna, account] = await lane.member('anna')
  await lane.change(anna, { accountEnabled: false })
  const failed = await lane.preview(anna)
  expect(failed).toMatchObject({ outcome: 'failed', reason: 'heir-missing', wordpressId: account })
  expect(failed.error).toContain('Create it or name another')
})

describe('an address that somebody else has now', () => {
  test('and gives up: it is as if they had been looked at before', async () => {
    const lane = scene()
    const [[anna], [bert]] = [await lane.member('anna'), await lane.member('bert')]
    const carl = await lane.person('carl', { mail: lane.address('anna') })
    await lane.change(anna, { mail: lane.address('elsewhere') })
    const told = [expect.stringMatching(new RegExp(`^${anna} .* gets another one`))]
    const created = await lane.preview(carl)
    expect(created).toMatchObject({ outcome: 'created', warnings: told })
    expect(created.changes).toContainEqual({ field: 'email', from: null, to: lane.address('anna') })

    await lane.change(bert, { mail: lane.address('anna') })
    expect(await lane.preview(bert)).toMatchObject({
      outcome: 'updated',
      changes: [{ field: 'email', from: lane.address('bert'), to: lane.address('anna') }],
      warnings: told,
    })
  })

  test('and keeps: refused', async () => {
    const lane = scene()
    const [[anna], [bert]] = [await lane.member('anna'), await lane.member('bert')]
    await lane.change(bert, { mail: lane.address('anna') })
    expect(await lane.preview(bert)).toMatchObject({ outcome: 'skipped', reason: 'email-taken', changes: [] })
    expect(await lane.preview(anna)).toMatchObject({ outcome: 'unchanged' })
  })

  test('two who swap theirs: the first of several steps', async () => {
    const lane = scene()
    const [[anna], [bert]] = [await lane.member('anna'), await lane.member('bert')]
    await lane.change(anna, { mail: lane.address('bert') })
    await lane.change(bert, { mail: lane.address('anna') })
    const { outcome, warnings } = await lane.preview(anna)
    expect(outcome).toBe('updated')
    expect(warnings).toContainEqual(expect.stringContaining('more than one step'))
  })
})

test('an account that was deleted on the site is made anew where that is configured', async () => {
  const lane = scene({ policy: { whenAccountMissing: 'recreate' } })
  const [anna, account] = await lane.member('anna')
  await servers.site.php(`require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(${account});`)
  await lane.change(anna, { givenName: 'Anne' })
  const { outcome, wordpressId, changes, warnings } = await lane.preview(anna)
  expect([outcome, wordpressId, warnings]).toEqual(['created', null, [expect.stringContaining('another one is made')]])
  expect(changes).toContainEqual({ field: 'first_name', from: null, to: 'Anne' })
})

test('a write whose answer never came is looked for, and said to be open', async () => {
  const lane = scene()
  const anna = await lane.person('anna')
  await proxy.setFault({ kind: 'cut-after', only: 'writes', requests: 1 })
  await lane.settle(anna)
  expect((await lane.link(anna))?.intent?.verb).toBe('create')
  const { outcome, wordpressId, warnings } = await lane.preview(anna)
  expect(outcome).toBe('created')
  expect(warnings).toEqual([expect.stringContaining('is under way')])
  const [made] = (await listAccounts(servers.site)).filter(({ email }) => email === lane.address('anna'))
  expect(wordpressId).toBe(made?.id)
})

describe('what fails is a problem', () => {
  const problem = async (lane: ReturnType<typeof scene>, who: string) => {
    const { status, headers, body } = await lane.asked(who)
    const type = String(body['type']).split(':').at(-1)
    return { status, type, detail: String(body['detail']), after: headers.get('retry-after') }
  }

  test('of the site', async () => {
    const lane = scene()
    const anna = await lane.person('anna')
    for (const fault of [{ kind: 'status', status: 503 }, { kind: 'html' }, { kind: 'strip-authorization' }] as const) {
      await proxy.setFault(fault)
      const { status, detail } = await problem(lane, anna)
      expect([fault, status]).toEqual([fault, 502])
      expect(detail).not.toBe('')
      expect(detail).not.toContain(servers.site.applicationPassword)
    }
    // A reading that fails late is the site's fault, never the person's.
    await proxy.setFault(null)
    await lane.settle(await lane.person('first'))
    const real = lane.context.site(lane.connection.site)
    await proxy.setFault({ kind: 'status', status: 500 })
    Object.assign(lane.context, { site: () => ({ ...real, probe: () => Promise.resolve() }) })
    expect(await problem(lane, anna)).toMatchObject({ status: 502, type: 'server-error' })
    await proxy.setFault(null)
  })

  test('of the directory', async () => {
    const lane = scene()
    const { admin } = servers.directory
    const anna = await lane.person('anna')
    const throttled = { route: 'users', status: 429, times: 1, headers: { 'Retry-After': '7' } } as const
    await admin.setFault(throttled)
    expect(await problem(lane, anna)).toMatchObject({ status: 503, type: 'try-again', after: '7' })
    await admin.setFault({ ...throttled, route: 'users/{id}' })
    expect(await problem(lane, lane.address('anna'))).toMatchObject({ status: 503, type: 'try-again', after: '7' })
    await admin.setFault({ route: 'users', status: 403, times: 1, code: 'Authorization_RequestDenied' })
    expect(await problem(lane, anna)).toMatchObject({ status: 502, type: 'permission-missing' })
    await admin.setForeignTenant(true)
    expect(await problem(lane, anna)).toMatchObject({ status: 502, type: 'wrong-tenant' })
    await admin.setForeignTenant(false)
  })

  test('a site whose breaker is open is left alone', async () => {
    const lane = scene()
    const breaker = { openUntil: Date.now() + 600_000, failures: 2, since: Date.now(), reason: 'timeout' }
    await lane.context.stores.sites.writeBreaker(lane.id, { ...breaker, message: 'No answer in 60 s.' })
    const { status, detail } = await problem(lane, await lane.person('anna'))
    expect([status, detail]).toEqual([503, 'Nothing is sent to the site for now: No answer in 60 s.'])
    expect(proxy.requests).toEqual([])
  })
})
