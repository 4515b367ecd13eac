import { beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import {
  ask,
  attempt,
  idOf,
  makePeople,
  phpValue,
  useCompanionSite,
  type Credential,
  type Person,
} from './companion-scene.ts'
import { png } from './images.ts'
import { recordMail, takeMails } from './record-mail.ts'

const scene = useCompanionSite({ multisite: true })

/** The second site's own sync account, behind the fence. */
let sync: Person
/** Administrator of the second site, and of nothing else. */
let siteAdmin: Person
let heir: number
beforeAll(async () => {
  await recordMail(scene.site)
  await scene.site.php(`
    $second = wpmu_create_blog( '${new URL(scene.site.url).host}', '/second/', 'Second', get_user_by( 'login', 'admin' )->ID );
    if ( is_wp_error( $second ) ) { throw new RuntimeException( $second->get_error_message() ); }
    update_site_option( 'registrationnotification', 'yes' );`)
  const made = await makePeople(scene.site, { syncer: '', chief: '', heir: '' })
  sync = made.syncer
  siteAdmin = made.chief
  heir = made.heir.id
  // The first request on a site makes its roles.
  expect((await ask(scene.site, null, 'GET', '/second/')).status).toBe(200)
  await scene.site.php(`
    add_user_to_blog( 2, ${sync.id}, 'entra_sync' );
    add_user_to_blog( 2, ${siteAdmin.id}, 'administrator' );
    add_user_to_blog( 2, ${heir}, 'editor' );
    foreach ( array( ${sync.id}, ${siteAdmin.id}, ${heir} ) as $id ) { remove_user_from_blog( $id, 1 ); }`)
})
beforeEach(() => takeMails(scene.site))

const second = (who: Credential, method: string, route: string, body?: unknown) =>
  ask(scene.site, who, method, `/second${route}`, { headers: attempt, ...(body === undefined ? {} : { body }) })
const newcomer = (username: string, more = {}) => ({
  username,
  email: `${username}@example.test`,
  password: 'aB3_'.repeat(11),
  ...more,
})
/** Role of an account on each of its sites. */
const roles = (id: number) =>
  phpValue(
    scene.site,
    `array_map( fn( $site ) => ( new WP_User( ${id}, '', $site->userblog_id ) )->roles, get_blogs_of_user( ${id} ) )`,
  )
/** An account of the first site only. */
async function stranger(login: string, role = 'subscriber') {
  return (await makePeople(scene.site, { [login]: role }))[login]?.id ?? 0
}

test('the fenced account creates and edits on its site, cheaply and quietly', async () => {
  const made = await second(sync, 'POST', '/wp/v2/users', newcomer('created', { roles: ['author'] }))
  expect(made).toMatchObject({ status: 201, body: { roles: ['author'] } })
  const id = idOf(made)
  const hash = await scene.site.sql?.(`SELECT user_pass FROM wp_users WHERE ID = ${id}`)
  expect(hash?.[0]?.user_pass).toMatch(/^\$wp\$2y\$04\$/)
  const edited = await second(sync, 'POST', `/wp/v2/users/${id}`, { email: 'changed@example.test', roles: ['editor'] })
  expect(edited).toMatchObject({ status: 200, body: { roles: ['editor'], email: 'changed@example.test' } })
  expect(await takeMails(scene.site)).toEqual([])
  // Everybody else's new accounts mail the network's administrator, and core tells the account of its first password.
  await ask(scene.site, scene.site, 'POST', '/wp/v2/users', { body: newcomer('announced') })
  expect(await takeMails(scene.site)).toEqual(['admin@example.test', 'announced@example.test'])
})

test('an account of the network is found by address or name, and added with its roles', async () => {
  const id = await stranger('elsewhere')
  const found = { id, username: 'elsewhere', email: 'elsewhere@example.test', member: false }
  for (const query of ['email=Elsewhere@example.test', 'username=elsewhere'])
    expect(await second(sync, 'GET', `/entra-sync/v1/network-users?${query}`)).toMatchObject({
      status: 200,
      body: [found],
    })
  expect(await second(sync, 'GET', '/entra-sync/v1/network-users?email=else')).toEqual({ status: 200, body: [] })
  expect((await second(sync, 'GET', `/wp/v2/users/${id}?context=edit`)).status).toBe(404)

  const added = await second(sync, 'POST', `/entra-sync/v1/users/${id}/membership?_fields=id,username,roles`, {
    roles: ['author', 'editor'],
  })
  expect(added).toEqual({ status: 201, body: { id, username: 'elsewhere', roles: ['author', 'editor'] } })
  expect(await roles(id)).toEqual({ 1: ['subscriber'], 2: ['author', 'editor'] })
  // Added already: left alone, whatever is asked.
  expect((await second(sync, 'POST', `/entra-sync/v1/users/${id}/membership`, { roles: ['subscriber'] })).status).toBe(
    409,
  )
  expect(await roles(id)).toEqual({ 1: ['subscriber'], 2: ['author', 'editor'] })
})

test('adding works in a batch; a role that is not there or not to be given adds nobody', async () => {
  const [one, two, three] = [await stranger('batchone'), await stranger('batchtwo'), await stranger('batchthree')]
  const item = (id: number, role: string) => ({
    method: 'POST',
    path: `/entra-sync/v1/users/${id}/membership`,
    body: { roles: [role] },
    headers: attempt,
  })
  const requests = [item(one, 'author'), item(two, 'administrator'), item(three, 'nonsense')]
  const { body } = await second(sync, 'POST', '/batch/v1', { requests })
  expect(body).toMatchObject({ responses: [{ status: 201 }, { status: 403 }, { status: 400 }] })
  expect([await roles(one), await roles(two), await roles(three)]).toEqual([
    { 1: ['subscriber'], 2: ['author'] },
    { 1: ['subscriber'] },
    { 1: ['subscriber'] },
  ])
})

test('removing ends the membership of this site only, gives the content away, takes photo and suspension along', async () => {
  const id = await stranger('leaver')
  await second(sync, 'POST', `/entra-sync/v1/users/${id}/membership`, { roles: ['author'] })
  await second(sync, 'POST', `/wp/v2/users/${id}`, { entra_sync: { suspended: true } })
  const photo = await ask(scene.site, sync, 'PUT', `/second/entra-sync/v1/users/${id}/avatar`, {
    image: png('a'),
    headers: { 'content-type': 'image/png', 'X-Entra-Sync-Photo': 'one' },
  })
  expect(photo.status).toBe(200)
  const counted = `switch_to_blog( 2 ); echo json_encode( array(
    (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->posts} WHERE post_type = 'attachment'" ),
    (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->posts} WHERE post_type = 'post' AND post_author = ${heir}" ) ) );`
  await scene.site.php(
    `switch_to_blog( 2 ); wp_insert_post( array( 'post_title' => 'x', 'post_status' => 'publish', 'post_author' => ${id} ) );`,
  )
  expect(JSON.parse(await scene.site.php(counted))).toEqual([1, 0])

  const removed = await second(
    sync,
    'DELETE',
    `/entra-sync/v1/users/${id}?reassign=${heir}&_fields=deleted,previous,id,roles`,
  )
  expect(removed).toEqual({ status: 200, body: { deleted: true, previous: { id, roles: ['author'] } } })
  expect(await roles(id)).toEqual({ 1: ['subscriber'] })
  expect(JSON.parse(await scene.site.php(counted))).toEqual([0, 1])
  const left = await scene.site.sql?.(
    `SELECT meta_key FROM wp_usermeta WHERE user_id = ${id} AND meta_key LIKE '%entra_sync%'`,
  )
  expect(left).toEqual([])
  // Gone is gone, as with core.
  expect(await second(sync, 'DELETE', `/entra-sync/v1/users/${id}?reassign=${heir}`)).toMatchObject({
    status: 404,
    body: { code: 'rest_user_invalid_id' },
  })
})

test('with "network" an account that belongs to no other site is deleted, one that does only leaves', async () => {
  const both = await stranger('member')
  await second(sync, 'POST', `/entra-sync/v1/users/${both}/membership`)
  const only = idOf(await second(sync, 'POST', '/wp/v2/users', newcomer('onlyhere', { roles: ['author'] })))
  const remove = (id: number, network: boolean) =>
    second(sync, 'DELETE', `/entra-sync/v1/users/${id}?reassign=${heir}&network=${network}`)
  expect([(await remove(both, true)).status, (await remove(only, true)).status]).toEqual([200, 200])
  expect([await roles(both), await phpValue(scene.site, `get_userdata( ${only} )`)]).toEqual([
    { 1: ['subscriber'] },
    false,
  ])
  // The name is free again.
  const again = await second(sync, 'POST', '/wp/v2/users', newcomer('onlyhere'))
  expect(again.status).toBe(201)
  await remove(idOf(again), false)
  expect(await phpValue(scene.site, `get_userdata( ${idOf(again)} ) instanceof WP_User`)).toBe(true)
})

test.for([
  ['nobody', 999999],
  ['itself', 0],
  ['somebody of another site', 1],
] as const)('content never goes to %s', async ([who, id]) => {
  const made = idOf(await second(sync, 'POST', '/wp/v2/users', newcomer(`leaves${id}x`, { roles: ['author'] })))
  const to = who === 'itself' ? made : who === 'nobody' ? id : await stranger('nothere')
  const answer = await second(sync, 'DELETE', `/entra-sync/v1/users/${made}?reassign=${to}`)
  expect(answer).toMatchObject({ status: 400, body: { code: 'rest_user_invalid_reassign' } })
  expect(await roles(made)).toEqual({ 2: ['author'] })
})

test('who is somebody on any site of the network is out of the fenced account’s reach', async () => {
  const boss = await stranger('bossofone', 'administrator')
  const superior = Number(await scene.site.php("echo get_user_by( 'login', 'admin' )->ID;"))
  for (const id of [boss, superior])
    expect((await second(sync, 'POST', `/entra-sync/v1/users/${id}/membership`)).status).toBe(403)
  await scene.site.php(`add_user_to_blog( 2, ${boss}, 'subscriber' );`)
  for (const id of [boss, superior, siteAdmin.id]) {
    expect((await second(sync, 'POST', `/wp/v2/users/${id}`, { email: 'stolen@example.test' })).status).toBe(403)
    expect((await second(sync, 'DELETE', `/entra-sync/v1/users/${id}?reassign=${heir}`)).status).toBe(403)
  }
})

test('on other sites of the network the fenced account is nobody', async () => {
  const id = await stranger('overthere')
  const there = (method: string, route: string) => ask(scene.site, sync, method, route, { headers: attempt })
  expect((await there('GET', '/entra-sync/v1/site')).status).toBe(403)
  expect((await there('DELETE', `/entra-sync/v1/users/${id}?reassign=1`)).status).toBe(403)
  expect((await there('POST', `/wp/v2/users/${id}`)).status).toBe(403)
})

test('a site’s administrator gains nothing: no strangers, no such role to give', async () => {
  const id = await stranger('private')
  expect((await second(siteAdmin, 'POST', `/entra-sync/v1/users/${id}/membership`)).status).toBe(403)
  expect((await second(siteAdmin, 'GET', '/entra-sync/v1/network-users?email=private@example.test')).status).toBe(403)
  const made = idOf(await second(sync, 'POST', '/wp/v2/users', newcomer('ordinary', { roles: ['author'] })))
  expect((await second(siteAdmin, 'POST', `/wp/v2/users/${made}`, { roles: ['entra_sync'] })).status).toBe(403)
  expect((await second(siteAdmin, 'PUT', `/entra-sync/v1/users/${made}/avatar`)).status).toBe(403)
  const removal = `/entra-sync/v1/users/${made}?reassign=${heir}`
  expect((await second(siteAdmin, 'DELETE', `${removal}&network=true`)).status).toBe(403)
  expect(await roles(made)).toEqual({ 2: ['author'] })
})

test('a suspension holds for the site that suspended', async () => {
  const id = await stranger('partly', 'author')
  await second(sync, 'POST', `/entra-sync/v1/users/${id}/membership`, { roles: ['author'] })
  await second(sync, 'POST', `/wp/v2/users/${id}`, { entra_sync: { suspended: true } })
  const printed = await scene.site.php(`
    list( $secret ) = WP_Application_Passwords::create_new_application_password( ${id}, array( 'name' => 'test' ) ); echo $secret;`)
  const person = { username: 'partly', applicationPassword: z.string().min(20).parse(printed) }
  expect((await second(person, 'GET', '/wp/v2/users/me')).status).toBe(401)
  expect((await ask(scene.site, person, 'GET', '/wp/v2/users/me')).status).toBe(200)
})
