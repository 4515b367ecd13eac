import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ask, makePeople, phpValue, useCompanionSite, type Credential } from './companion-scene.ts'

const scene = useCompanionSite()

/** `helpdesk` may do all that WordPress knows to accounts, but isn't the sync. */
const everybody = [
  'anonymous',
  'subscriber',
  'contributor',
  'author',
  'editor',
  'helpdesk',
  'administrator',
  'sync',
] as const
type Who = (typeof everybody)[number]
const managers: Who[] = ['administrator', 'sync']

let credentials: Record<Who, Credential | null>
let target: number
beforeAll(async () => {
  const caps = ['list', 'create', 'edit', 'promote', 'delete', 'remove'].map((verb) => `'${verb}_users' => true`)
  await scene.site.php(`add_role( 'helpdesk', 'Helpdesk', array( 'read' => true, ${caps.join(', ')} ) );`)
  const made = await makePeople(scene.site, {
    subscriber: 'subscriber',
    contributor: 'contributor',
    author: 'author',
    editor: 'editor',
    helpdesk: 'helpdesk',
    administrator: 'administrator',
    sync: 'entra_sync',
    target: 'subscriber',
  })
  credentials = { anonymous: null, ...made }
  target = made.target.id
})

const settings = { hash: 'one', meta: [], protectedRoles: [], protectedUsers: [] }

/** Every permission callback of the plugin: what is asked of it here does nothing, or comes to nothing. */
const walk: Record<string, { route: () => string; body?: unknown; status: number }> = {
  'GET /entra-sync/v1/site': { route: () => '/entra-sync/v1/site', status: 200 },
  'PUT /entra-sync/v1/settings': { route: () => '/entra-sync/v1/settings', body: settings, status: 200 },
  'GET /entra-sync/v1/network-users': {
    route: () => '/entra-sync/v1/network-users?email=no@example.test',
    status: 200,
  },
  'PUT /entra-sync/v1/users/(?P<id>[\\d]+)/avatar': {
    route: () => `/entra-sync/v1/users/${target}/avatar`,
    status: 400, // without an image
  },
  'DELETE /entra-sync/v1/users/(?P<id>[\\d]+)/avatar': {
    route: () => `/entra-sync/v1/users/${target}/avatar`,
    status: 200,
  },
  'POST /entra-sync/v1/users/(?P<id>[\\d]+)/membership': {
    route: () => `/entra-sync/v1/users/${target}/membership`,
    status: 409, // belongs to the site already
  },
  'DELETE /entra-sync/v1/users/(?P<id>[\\d]+)': {
    route: () => `/entra-sync/v1/users/${target}?reassign=999999`,
    status: 400, // no such heir
  },
}

test('every route of the namespace is in the walk', async () => {
  const { body } = await ask(scene.site, null, 'GET', '/entra-sync/v1')
  const { routes } = z.object({ routes: z.record(z.string(), z.object({ methods: z.array(z.string()) })) }).parse(body)
  const all = Object.entries(routes).flatMap(([path, { methods }]) => methods.map((method) => `${method} ${path}`))
  expect(all.filter((route) => route !== 'GET /entra-sync/v1').sort()).toEqual(Object.keys(walk).sort())
})

test.for(Object.entries(walk))('%s lets in who may sync, and nobody else', async ([name, { route, body, status }]) => {
  const method = name.split(' ')[0] ?? ''
  for (const who of everybody) {
    const answer = await ask(scene.site, credentials[who], method, route(), body === undefined ? {} : { body })
    const refused = who === 'anonymous' ? 401 : 403
    expect([who, answer.status]).toEqual([who, managers.includes(who) ? status : refused])
  }
})

test('every route has a schema', async () => {
  for (const route of new Set(Object.values(walk).map((each) => each.route().split('?')[0] ?? ''))) {
    const answer = await ask(scene.site, credentials.administrator, 'OPTIONS', route)
    expect(answer).toMatchObject({ status: 200, body: { schema: { title: expect.any(String) } } })
  }
})

test('the field entra_sync is written and read by who may sync, and nobody else', async () => {
  const { id } = (await makePeople(scene.site, { fielded: 'subscriber' })).fielded
  const field = { objectId: '11111111-2222-3333-4444-555555555555' }
  for (const who of everybody) {
    const answer = await ask(scene.site, credentials[who], 'POST', `/wp/v2/users/${id}`, {
      body: { entra_sync: field },
    })
    const refused = who === 'anonymous' ? 401 : 403
    expect([who, answer.status]).toEqual([who, managers.includes(who) ? 200 : refused])
  }
  // Nobody but an editor of the account can ask for the context "edit"; of one's own account everybody may.
  const own = await ask(scene.site, credentials.subscriber, 'GET', '/wp/v2/users/me?context=edit&_fields=id,entra_sync')
  expect(own).toMatchObject({ status: 200, body: { entra_sync: null } })
  const seen = await ask(scene.site, credentials.sync, 'GET', `/wp/v2/users/${id}?context=edit&_fields=entra_sync`)
  expect(seen.body).toEqual({ entra_sync: { suspended: false, avatar: null, ...field } })
  const visible = await ask(scene.site, credentials.sync, 'GET', `/wp/v2/users/${id}`)
  expect(visible.body).not.toHaveProperty('entra_sync')
})

test('the marks of single sign-on are written where its plugins look, kept where not named, and taken away by an empty text', async () => {
  const { id } = (await makePeople(scene.site, { marked: 'subscriber' })).marked
  const write = (entra_sync: object) =>
    ask(scene.site, credentials.sync, 'POST', `/wp/v2/users/${id}`, { body: { entra_sync } })
  const marks = () =>
    phpValue(
      scene.site,
      `array_map( fn( $key ) => get_user_meta( ${id}, $key, true ), array( 'aadObjectId', 'userPrincipalName', 'aadTenantId' ) )`,
    )
  await write({ objectId: 'o', userPrincipalName: "o'neil\\x@example.test", tenantId: 't' })
  expect(await marks()).toEqual(['o', "o'neil\\x@example.test", 't'])
  await write({ suspended: false, tenantId: '' })
  expect(await marks()).toEqual(['o', "o'neil\\x@example.test", ''])
  expect(await write({ objectid: 'typo' })).toMatchObject({ status: 400, body: { code: 'rest_invalid_param' } })
})

test('the site tells what the app needs to know', async () => {
  const { body } = await ask(scene.site, credentials.sync, 'GET', '/entra-sync/v1/site')
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    contract: 1,
    multisite: false,
    roles: expect.arrayContaining([
      { slug: 'editor', name: 'Editor' },
      { slug: 'entra_sync', name: 'Entra Sync' },
    ]),
    plugins: { buddypress: false, buddyboss: false, ultimateMember: false, simpleLocalAvatars: false, acf: false },
    settingsHash: 'one',
    fenced: true,
  })
  const { body: index } = await ask(scene.site, null, 'GET', '/')
  expect(index).toMatchObject({ namespaces: expect.arrayContaining(['entra-sync/v1']) })
})
