import { beforeAll, expect, test } from 'vitest'
import {
  addMuPlugin,
  ask,
  attempt,
  idOf,
  makePeople,
  phpValue,
  useCompanionSite,
  type Credential,
  type Person,
} from './companion-scene.ts'

const scene = useCompanionSite()

let sync: Credential
let people: Record<'reader' | 'published', Person>
beforeAll(async () => {
  sync = scene.site
  people = await makePeople(scene.site, { reader: 'subscriber', published: 'author' })
})

type Settings = { meta: { key: string; type: string }[]; protectedRoles?: string[]; protectedUsers?: string[] }
const put = (settings: Settings, who = sync) =>
  ask(scene.site, who, 'PUT', '/entra-sync/v1/settings', {
    body: { hash: JSON.stringify(settings).slice(0, 200), protectedRoles: [], protectedUsers: [], ...settings },
  })

const all = {
  text: 'Ünï"c\\ode',
  amount: 0.5,
  flag: false,
  list: ['a', 1, true, null, { deep: [1, { deeper: null }] }],
  map: { street: 'Weg 1', parts: [1, { x: 'y' }], none: null },
}
const meta = [
  { key: 'text', type: 'string' },
  { key: 'amount', type: 'number' },
  { key: 'flag', type: 'boolean' },
  { key: 'list', type: 'array' },
  { key: 'map', type: 'object' },
]

test('registered meta of every type comes back as it was sent, absent is null, null clears', async () => {
  expect((await put({ meta })).status).toBe(200)
  const made = await ask(scene.site, sync, 'POST', '/wp/v2/users', {
    body: { username: 'typed', email: 'typed@example.test', password: 'a'.repeat(40), meta: { text: all.text } },
    headers: attempt,
  })
  const route = `/wp/v2/users/${idOf(made)}?context=edit&_fields=meta`
  const read = () => ask(scene.site, sync, 'GET', route)
  expect(await read()).toMatchObject({
    body: { meta: { text: all.text, amount: null, flag: null, list: null, map: null } },
  })
  await ask(scene.site, sync, 'POST', route, { body: { meta: all } })
  expect(await read()).toMatchObject({ body: { meta: all } })
  await ask(scene.site, sync, 'POST', route, { body: { meta: { ...all, text: '', amount: 0 } } })
  expect(await read()).toMatchObject({ body: { meta: { ...all, text: '', amount: 0 } } })
  const clear = Object.fromEntries(Object.keys(all).map((key) => [key, null]))
  // The second time there is nothing left to clear.
  for (const _ of [1, 2])
    expect(await ask(scene.site, sync, 'POST', route, { body: { meta: clear } })).toMatchObject({ status: 200 })
  expect(await read()).toMatchObject({ body: { meta: clear } })
})

test('a batch writes fields, roles, meta and entra_sync of an account in one item', async () => {
  await put({ meta })
  const { id } = (await makePeople(scene.site, { batched: 'subscriber' })).batched
  const item = {
    method: 'POST',
    path: `/wp/v2/users/${id}?_fields=first_name,roles,meta,entra_sync`,
    headers: attempt,
    body: {
      first_name: 'Adele',
      roles: ['editor'],
      meta: { text: 'x' },
      entra_sync: { suspended: true, objectId: 'o' },
    },
  }
  const { body } = await ask(scene.site, sync, 'POST', '/batch/v1', { body: { requests: [item] } })
  expect(body).toMatchObject({
    responses: [
      {
        status: 200,
        body: {
          first_name: 'Adele',
          roles: ['editor'],
          meta: { text: 'x' },
          entra_sync: { suspended: true, objectId: 'o' },
        },
      },
    ],
  })
})

test('visitors and the account itself neither read nor write what the directory says', async () => {
  await put({ meta })
  const { published, reader } = people
  await scene.site.php(`
    update_user_meta( ${published.id}, 'text', 'confidential' );
    wp_insert_post( array( 'post_title' => 'x', 'post_status' => 'publish', 'post_author' => ${published.id} ) );`)
  const seen = await ask(scene.site, null, 'GET', `/wp/v2/users/${published.id}`)
  expect(seen.status).toBe(200)
  expect(JSON.stringify(seen.body)).not.toMatch(/confidential|"text"/)
  const own = await ask(scene.site, reader, 'POST', '/wp/v2/users/me', { body: { meta: { text: 'mine' } } })
  expect(own).toMatchObject({ status: 403, body: { code: 'rest_cannot_update' } })
})

test('the same settings twice change nothing, and others replace them whole', async () => {
  const stored = () => phpValue(scene.site, "get_option( 'entra_sync_settings' )")
  const settings = { meta, protectedRoles: ['editor'], protectedUsers: ['Boss', 'boss'] }
  await put(settings)
  const first = await stored()
  expect(first).toMatchObject({ protectedUsers: ['boss'], protectedRoles: ['editor'] })
  await put(settings)
  expect(await stored()).toEqual(first)
  await put({ meta: [{ key: 'other', type: 'string' }] })
  expect(await stored()).toMatchObject({ meta: { other: 'string' }, protectedRoles: [], protectedUsers: [] })
})

test.for([
  'wp_capabilities',
  'WP_Capabilities',
  'wp_2_capabilities',
  'other_capabilities',
  'wp_user_level',
  'wp_user-settings',
  'session_tokens',
  '_application_passwords',
  'default_password_nag',
  'use_ssl',
  'locale',
  'Locale',
  '_new_email',
  'first_name',
  'aadObjectId',
  'entra_sync_suspended',
  'wp_entra_sync_avatar',
  '_two_factor_totp_key',
  'my_secret',
  'reset_token',
  'with space',
  'umläut',
])('%s is never registered, whoever asks', async (key) => {
  const before = await phpValue(scene.site, "get_option( 'entra_sync_settings' )")
  const answer = await put({
    meta: [
      { key: 'fine', type: 'string' },
      { key, type: 'string' },
    ],
  })
  expect(answer).toMatchObject({ status: 400, body: { code: 'rest_invalid_param', data: { params: { meta: key } } } })
  expect(await phpValue(scene.site, "get_option( 'entra_sync_settings' )")).toEqual(before)
})

test.for(['department', '_staff_number', 'billing_phone', 'key_account', 'extension_0123abc_costCenter', 'keyboard'])(
  '%s may be registered',
  async (key) => {
    expect((await put({ meta: [{ key, type: 'string' }] })).status).toBe(200)
    const { body } = await ask(scene.site, sync, 'GET', '/entra-sync/v1/site')
    expect(body).toMatchObject({ meta: expect.arrayContaining([key]) })
  },
)

test.for(['', 'user'])('what another plugin registered (subtype "%s") keeps its definition', async (subtype) => {
  await addMuPlugin(
    scene.site,
    'other',
    `add_action( 'init', static fn() => register_meta( 'user', 'their_key', array(
        'type' => 'integer', 'single' => true, 'object_subtype' => '${subtype}', 'show_in_rest' => array( 'name' => 'theirName' ) ) ) );`,
  )
  await put({ meta: [{ key: 'their_key', type: 'string' }] })
  const { id } = people.reader
  const write = (value: unknown) =>
    ask(scene.site, sync, 'POST', `/wp/v2/users/${id}?_fields=meta`, { body: { meta: { theirName: value } } })
  expect(await write('seven')).toMatchObject({ status: 400 })
  expect(await write(7)).toMatchObject({ status: 200, body: { meta: { theirName: 7 } } })
  const { body } = await ask(scene.site, sync, 'GET', '/entra-sync/v1/site')
  expect(body).toMatchObject({ meta: expect.arrayContaining(['theirName']) })
})
