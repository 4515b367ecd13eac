import { beforeEach, expect, test } from 'vitest'
import {
  addMuPlugin,
  ask,
  attempt,
  logIn,
  makePeople,
  phpValue,
  useCompanionSite,
  type Person,
} from './companion-scene.ts'

const scene = useCompanionSite({ role: 'entra_sync' })

let person: Person
let cookies: string
let number = 0
beforeEach(async () => {
  number += 1
  const login = `person${number}`
  const made = (await makePeople(scene.site, { [login]: 'editor' }))[login]
  if (made === undefined) throw new Error('made nobody')
  person = made
  const session = await logIn(scene.site, person)
  if (session === null) throw new Error('the log-in form refused a good password')
  cookies = session
})

const write = (entra_sync: object, more = {}) =>
  ask(scene.site, scene.site, 'POST', `/wp/v2/users/${person.id}?_fields=roles,entra_sync`, {
    body: { entra_sync, ...more },
    headers: attempt,
  })
/** How each door answers: the form, a page for those logged in, an application password, REST by cookie, XML-RPC. */
async function doors() {
  const page = await fetch(`${scene.site.url}/wp-admin/profile.php`, {
    headers: { cookie: cookies },
    redirect: 'manual',
  })
  const nonce = /"nonce":"(\w+)"|wpApiSettings[^;]*"nonce":"(\w+)"/.exec(await page.text())
  const rest = await fetch(`${scene.site.url}/wp-json/wp/v2/users/me?context=edit`, {
    headers: { cookie: cookies, 'x-wp-nonce': kept ?? nonce?.[1] ?? nonce?.[2] ?? 'none' },
  })
  const { status: application } = await ask(scene.site, person, 'GET', '/wp/v2/users/me')
  const xml = `<?xml version="1.0"?><methodCall><methodName>wp.getProfile</methodName><params><param><value>1</value></param>
    <param><value>${person.username}</value></param><param><value>${person.password}</value></param></params></methodCall>`
  const rpc = await fetch(`${scene.site.url}/xmlrpc.php`, { method: 'POST', body: xml })
  return {
    form: (await logIn(scene.site, person)) !== null,
    page: page.status,
    application,
    rest: rest.status,
    xmlrpc: !(await rpc.text()).includes('<fault>'),
  }
}
/** A nonce for REST that was given while the session was good. */
let kept: string | null
async function keepNonce() {
  const printed = await fetch(`${scene.site.url}/wp-admin/admin-ajax.php?action=rest-nonce`, {
    headers: { cookie: cookies },
  })
  kept = await printed.text()
}

const open = { form: true, page: 200, application: 200, rest: 200, xmlrpc: true }

test('a suspended account is refused at every door, and let in again after it is restored', async () => {
  await keepNonce()
  expect(await doors()).toEqual(open)
  expect(await write({ suspended: true }, { roles: [] })).toMatchObject({
    status: 200,
    body: { roles: [], entra_sync: { suspended: true } },
  })
  const closed = await doors()
  expect(closed).toEqual({ form: false, page: 302, application: 401, rest: expect.any(Number), xmlrpc: false })
  expect([401, 403]).toContain(closed.rest)
  expect(await write({ suspended: false }, { roles: ['editor'] })).toMatchObject({
    status: 200,
    body: { roles: ['editor'], entra_sync: { suspended: false } },
  })
  // The old session is over for good; a new one opens all doors.
  expect(await doors()).toMatchObject({ form: true, application: 200, page: 302 })
  cookies = (await logIn(scene.site, person)) ?? ''
  await keepNonce()
  expect(await doors()).toEqual(open)
})

test('its sessions end, and none begins behind the form’s back', async () => {
  await write({ suspended: true })
  expect(await phpValue(scene.site, `count( WP_Session_Tokens::get_instance( ${person.id} )->get_all() )`)).toBe(0)
  // As single sign-on plugins do it: a cookie without asking for a password.
  await addMuPlugin(
    scene.site,
    'sso',
    `add_action( 'init', static function () {
        if ( isset( $_GET['sso'] ) ) { wp_set_auth_cookie( (int) $_GET['sso'] ); echo 'done'; exit; }
        if ( isset( $_GET['made'] ) ) { echo wp_generate_auth_cookie( (int) $_GET['made'], time() + 600, 'logged_in' ), ' ', LOGGED_IN_COOKIE; exit; }
      } );`,
  )
  const sso = await fetch(`${scene.site.url}/?sso=${person.id}`)
  expect([await sso.text(), sso.headers.getSetCookie()]).toEqual(['done', []])
  // And a cookie that somebody got hold of all the same is worth nothing.
  const [value, name] = (await (await fetch(`${scene.site.url}/?made=${person.id}`)).text()).split(' ')
  const me = `${scene.site.url}/wp-admin/admin-ajax.php?action=rest-nonce`
  const asked = await fetch(me, { headers: { cookie: `${name}=${value}` } })
  expect(asked.status).toBe(400) // what admin-ajax.php says to visitors
  await write({ suspended: false })
  const restored = await fetch(`${scene.site.url}/?sso=${person.id}`)
  expect(restored.headers.getSetCookie().length).toBeGreaterThan(0)
})

test('it gets no mail to set a new password', async () => {
  await write({ suspended: true })
  const key = (of: string) =>
    phpValue(scene.site, `is_wp_error( get_password_reset_key( get_user_by( 'login', '${of}' ) ) )`)
  expect([await key(person.username), await key('admin')]).toEqual([true, false])
})

test('a wrong password tells nothing of the suspension', async () => {
  await write({ suspended: true })
  const errors = await phpValue(scene.site, `wp_authenticate( '${person.username}', 'wrong' )->get_error_codes()`)
  expect(errors).toEqual(['incorrect_password'])
  expect(
    await phpValue(scene.site, `wp_authenticate( '${person.username}', '${person.password}' )->get_error_codes()`),
  ).toEqual(['entra_sync_suspended'])
})

test('suspending twice keeps since when; the sync never suspends itself', async () => {
  const since = () => phpValue(scene.site, `get_user_meta( ${person.id}, 'wp_entra_sync_suspended', true )`)
  await scene.site.php(`update_user_meta( ${person.id}, 'wp_entra_sync_suspended', '1700000000' );`)
  await write({ suspended: true })
  expect(await since()).toBe('1700000000')
  const { admin } = await makePeople(scene.site, { [`admin${number}`]: 'administrator' }).then((made) => ({
    admin: made[`admin${number}`],
  }))
  const self = await ask(scene.site, admin ?? null, 'POST', `/wp/v2/users/${admin?.id}`, {
    body: { entra_sync: { suspended: true } },
  })
  expect(self.status).toBe(403)
})
