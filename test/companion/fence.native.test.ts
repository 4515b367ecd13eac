import { beforeAll, beforeEach, expect, test } from 'vitest'
import { ask, attempt, idOf, makePeople, phpValue, useCompanionSite, type Person } from './companion-scene.ts'

const scene = useCompanionSite({ role: 'entra_sync' })

let people: Record<'boss' | 'named' | 'keeper' | 'other_sync' | 'plain', Person>
let own: number
beforeAll(async () => {
  await scene.site.php("add_role( 'keeper', 'Keeper', array( 'read' => true, 'activate_plugins' => true ) );")
  people = await makePeople(scene.site, {
    boss: 'administrator',
    named: 'subscriber',
    keeper: 'keeper',
    other_sync: 'entra_sync',
    plain: 'subscriber',
  })
  own = Number(await scene.site.php("echo get_user_by( 'login', 'entra-sync' )->ID;"))
  await scene.site.php(`get_user_by( 'login', 'named' )->add_cap( 'unrelated' );`)
})
beforeEach(async () => {
  expect(await putSettings({})).toMatchObject({ status: 200 })
})

const sync = (method: string, route: string, body?: unknown, headers = attempt) =>
  ask(scene.site, scene.site, method, route, { headers, ...(body === undefined ? {} : { body }) })
const putSettings = (more: object) =>
  sync('PUT', '/entra-sync/v1/settings', {
    hash: 'x',
    meta: [{ key: 'department', type: 'string' }],
    protectedRoles: ['author'],
    protectedUsers: ['Named'],
    ...more,
  })
/** All that the database holds of accounts. */
const accounts = async () => [
  await scene.site.sql?.('SELECT * FROM wp_users ORDER BY ID'),
  await scene.site.sql?.("SELECT * FROM wp_usermeta WHERE meta_key <> '_application_passwords' ORDER BY umeta_id"),
]

const newcomer = (login: string, more: object) => ({
  username: login,
  email: `${login}@example.test`,
  password: 'aB3_'.repeat(11),
  ...more,
})

test('it does what a sync needs: creates, edits, gives roles, deletes', async () => {
  const me = await sync('GET', '/wp/v2/users/me?context=edit&_fields=id,roles,capabilities')
  expect(me).toMatchObject({
    status: 200,
    body: { roles: ['entra_sync'], capabilities: { list_users: true, create_users: true, edit_users: true } },
  })
  const made = await sync('POST', '/wp/v2/users', newcomer('made', { roles: ['editor'], meta: { department: 'IT' } }))
  expect(made).toMatchObject({ status: 201, body: { roles: ['editor'] } })
  const id = idOf(made)
  expect(await sync('POST', `/wp/v2/users/${id}`, { email: 'new@example.test', roles: ['contributor'] })).toMatchObject(
    {
      status: 200,
      body: { email: 'new@example.test', roles: ['contributor'] },
    },
  )
  expect(await sync('GET', '/wp/v2/users?context=edit&_fields=id')).toMatchObject({ status: 200 })
  expect(await sync('GET', '/wp/v2/users/me/application-passwords/introspect')).toMatchObject({ status: 200 })
  expect(await sync('DELETE', `/wp/v2/users/${id}?force=true&reassign=${people.boss.id}`)).toMatchObject({
    status: 200,
  })
})

test.for(['administrator', 'entra_sync', 'keeper', 'author'])('nobody is made %s', async (role) => {
  const before = await accounts()
  for (const answer of [
    await sync('POST', '/wp/v2/users', newcomer('raised', { roles: [role] })),
    await sync('POST', '/wp/v2/users', newcomer('raised', { roles: ['subscriber', role] })),
    await sync('POST', `/wp/v2/users/${people.plain.id}`, { roles: [role] }),
    await sync('POST', `/wp/v2/users/${people.plain.id}`, { first_name: 'x', roles: ['editor', role] }),
  ])
    expect(answer).toMatchObject({ status: 403, body: { code: 'rest_user_invalid_role' } })
  const item = { method: 'POST', path: `/wp/v2/users/${people.plain.id}`, body: { roles: [role] } }
  expect(await sync('POST', '/batch/v1', { requests: [item] })).toMatchObject({
    body: { responses: [{ status: 403 }] },
  })
  expect(await accounts()).toEqual(before)
})

test('nor by the role that the site gives to whoever comes without one', async () => {
  await scene.site.php("update_option( 'default_role', 'administrator' );")
  const made = await sync('POST', '/wp/v2/users', newcomer('bydefault', {}))
  await scene.site.php("update_option( 'default_role', 'subscriber' );")
  expect(made).toMatchObject({ status: 201, body: { roles: [] } })
})

test('nor itself', async () => {
  const before = await accounts()
  for (const body of [
    { roles: ['administrator'] },
    { roles: ['editor'] },
    { password: 'aB3_'.repeat(11) },
    { email: 'mine@example.test' },
  ])
    for (const route of ['/wp/v2/users/me', `/wp/v2/users/${own}`])
      expect((await sync('POST', route, body)).status).toBe(403)
  expect((await sync('DELETE', `/wp/v2/users/${own}?force=true&reassign=1`)).status).toBe(403)
  expect((await sync('DELETE', `/entra-sync/v1/users/${own}?reassign=1`)).status).toBe(403)
  expect(await accounts()).toEqual(before)
})

test.for(['boss', 'keeper', 'named', 'other_sync'] as const)('nothing is done to %s', async (who) => {
  const before = await accounts()
  const { id } = people[who]
  const route = `/wp/v2/users/${id}`
  for (const [method, path, body] of [
    ['POST', route, { email: 'stolen@example.test' }],
    ['POST', route, { password: 'aB3_'.repeat(11) }],
    ['POST', route, { roles: ['subscriber'] }],
    ['POST', route, { roles: [] }],
    ['PUT', route, { first_name: 'x' }],
    ['PATCH', route, { meta: { department: 'x' } }],
    ['POST', route, { entra_sync: { suspended: true } }],
    ['DELETE', `${route}?force=true&reassign=1`],
    ['DELETE', `/entra-sync/v1/users/${id}?reassign=1`],
    ['DELETE', `/entra-sync/v1/users/${id}/avatar`],
    ['PUT', `/entra-sync/v1/users/${id}/avatar`],
    ['POST', `/entra-sync/v1/users/${id}/membership`, {}],
    ['POST', `${route}/application-passwords`, { name: 'door' }],
    ['GET', `${route}/application-passwords`],
  ] as const) {
    const answer = await sync(method, path, body)
    expect([method, path, body, answer.status]).toEqual([method, path, body, 403])
    if (method === 'GET' || path.includes('application-passwords')) continue
    const item = { method, path, body: body ?? {}, headers: attempt }
    const batched = await sync('POST', '/batch/v1', { requests: [item] })
    expect(JSON.stringify(batched.body)).toMatch(/"status":40[03]/)
  }
  expect(await accounts()).toEqual(before)
})

test('it sees whom it has to leave alone', async () => {
  for (const { id, username } of [people.boss, people.named, people.other_sync]) {
    const seen = await sync('GET', `/wp/v2/users/${id}?context=edit&_fields=id,username`)
    expect(seen).toEqual({ status: 200, body: { id, username } })
  }
  const listed = await sync('GET', '/wp/v2/users?context=edit&slug=boss&_fields=username,roles,meta')
  expect(listed).toMatchObject({ status: 200, body: [{ username: 'boss', roles: ['administrator'] }] })
})

test('no account gets a door from it, not even its own', async () => {
  for (const id of [people.plain.id, own, 'me']) {
    const answer = await sync('POST', `/wp/v2/users/${id}/application-passwords`, { name: 'door' })
    expect([id, answer.status]).toEqual([id, 403])
  }
  expect((await sync('GET', `/wp/v2/users/${people.plain.id}/application-passwords`)).status).toBe(403)
  expect((await sync('DELETE', `/wp/v2/users/${people.plain.id}/application-passwords`)).status).toBe(403)
  expect((await sync('DELETE', '/wp/v2/users/me/application-passwords')).status).toBe(403)
  expect(
    await phpValue(scene.site, `count( WP_Application_Passwords::get_user_application_passwords( ${own} ) )`),
  ).toBe(1)
})

test('it neither reads nor writes meta that the settings do not register', async () => {
  const before = await accounts()
  for (const key of ['wp_capabilities', 'session_tokens', 'persisted_preferences', 'anything']) {
    for (const route of [`/wp/v2/users/${people.plain.id}`, '/wp/v2/users'])
      expect(await sync('POST', route, newcomer('metaman', { meta: { department: 'x', [key]: 'x' } }))).toMatchObject({
        status: 403,
        body: { code: 'rest_cannot_update' },
      })
    const item = { method: 'POST', path: `/wp/v2/users/${people.plain.id}`, body: { meta: { [key]: 'x' } } }
    expect(await sync('POST', '/batch/v1', { requests: [item] })).toMatchObject({
      body: { responses: [{ status: 403 }] },
    })
  }
  expect(await accounts()).toEqual(before)
  const read = await sync('GET', `/wp/v2/users/${people.plain.id}?context=edit&_fields=meta`)
  expect(read).toEqual({ status: 200, body: { meta: { department: null } } })
  const list = await sync('GET', `/wp/v2/users?context=edit&include=${people.plain.id}&_fields=meta`)
  expect(list.body).toEqual([{ meta: { department: null } }])
})

test('the database refuses the meta too, whichever plugin asks on its behalf', async () => {
  const may = (cap: string, key: string) => `user_can( ${own}, '${cap}', ${people.plain.id}, '${key}' )`
  expect(
    await phpValue(scene.site, `array( ${may('edit_user_meta', 'department')}, ${may('edit_user_meta', 'other')} )`),
  ).toEqual([true, false])
})

test('it can protect more accounts, never fewer: that is an administrator’s', async () => {
  expect((await putSettings({ protectedRoles: [], protectedUsers: [] })).status).toBe(200)
  expect((await sync('POST', `/wp/v2/users/${people.named.id}`, { first_name: 'x' })).status).toBe(403)
  const admin = await makePeople(scene.site, { chief: 'administrator' })
  const settings = { hash: 'y', meta: [], protectedRoles: [], protectedUsers: [] }
  expect((await ask(scene.site, admin.chief, 'PUT', '/entra-sync/v1/settings', { body: settings })).status).toBe(200)
  expect((await sync('POST', `/wp/v2/users/${people.named.id}`, { first_name: 'x' })).status).toBe(200)
})

test('nothing else of the site is open to it', async () => {
  for (const [method, route] of [
    ['GET', '/wp/v2/settings'],
    ['POST', '/wp/v2/settings'],
    ['GET', '/wp/v2/plugins'],
    ['POST', '/wp/v2/posts'],
    ['POST', '/wp/v2/media'],
    ['GET', '/wp/v2/themes'],
  ] as const)
    expect([route, (await sync(method, route, method === 'POST' ? { title: 'x' } : undefined)).status]).toEqual([
      route,
      403,
    ])
})

test('an administrator is not behind the fence, even with the role beside', async () => {
  const { both } = await makePeople(scene.site, { both: 'administrator' })
  await scene.site.php(`( new WP_User( ${both.id} ) )->add_role( 'entra_sync' );`)
  const answer = await ask(scene.site, both, 'POST', `/wp/v2/users/${people.plain.id}`, {
    body: { roles: ['administrator'] },
  })
  expect(answer.status).toBe(200)
  await scene.site.php(`( new WP_User( ${people.plain.id} ) )->set_role( 'subscriber' );`)
})

test('without the plugin the role is worth nothing', async () => {
  // As when its files are taken away: nothing of the plugin runs.
  await scene.site.php("update_option( 'active_plugins', array() );")
  const raised = await sync('POST', '/wp/v2/users', newcomer('raised', { roles: ['administrator'] }))
  const edited = await sync('POST', `/wp/v2/users/${people.plain.id}`, { first_name: 'x' })
  expect([raised.status, edited.status]).toEqual([403, 403])
  await scene.site.php("update_option( 'active_plugins', array( 'entra-sync/entra-sync.php' ) );")
  expect((await sync('POST', `/wp/v2/users/${people.plain.id}`, { first_name: 'x' })).status).toBe(200)
})
