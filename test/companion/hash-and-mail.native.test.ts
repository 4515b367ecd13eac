import { beforeAll, beforeEach, expect, test } from 'vitest'
import {
  addMuPlugin,
  ask,
  attempt,
  idOf,
  logIn,
  makePeople,
  useCompanionSite,
  type Credential,
} from './companion-scene.ts'
import { recordMail, takeMails } from './record-mail.ts'

const scene = useCompanionSite({ role: 'entra_sync' })
/** As the app makes them up: 44 characters of base64url. */
const random = `${'Xq3_vD9-'.repeat(5)}aB3z`

let admin: Credential
beforeAll(async () => {
  await recordMail(scene.site)
  admin = (await makePeople(scene.site, { chief: 'administrator' })).chief
})
beforeEach(() => takeMails(scene.site))

let number = 0
async function create(who: Credential, headers: Record<string, string>, password: string, batch = false) {
  number += 1
  const login = `hashed${number}`
  const body = { username: login, email: `${login}@example.test`, password }
  const answer = batch
    ? await ask(scene.site, who, 'POST', '/batch/v1', {
        body: { requests: [{ method: 'POST', path: '/wp/v2/users', headers, body }] },
      })
    : await ask(scene.site, who, 'POST', '/wp/v2/users', { body, headers })
  expect([201, 207]).toContain(answer.status)
  return login
}
async function hashOf(login: string): Promise<string> {
  const rows = await scene.site.sql?.(`SELECT user_pass FROM wp_users WHERE user_login = '${login}'`)
  return rows?.[0]?.user_pass ?? 'nobody'
}
const cheap = /^\$wp\$2y\$04\$/
const dear = /^\$wp\$2y\$1\d\$/

test('the sync’s own random passwords are hashed cheaply, alone and in a batch', async () => {
  expect(await hashOf(await create(scene.site, attempt, random))).toMatch(cheap)
  expect(await hashOf(await create(scene.site, attempt, random, true))).toMatch(cheap)
  expect(await hashOf(await create(admin, attempt, random))).toMatch(cheap)
})

test('all others at full cost: shorter ones, those of requests without the mark, those that a person sets', async () => {
  expect(await hashOf(await create(scene.site, attempt, random.slice(0, 31)))).toMatch(dear)
  expect(await hashOf(await create(scene.site, {}, random))).toMatch(dear)
  expect(await hashOf(await create(admin, {}, random, true))).toMatch(dear)
  const { self } = await makePeople(scene.site, { self: 'subscriber' })
  const changed = await ask(scene.site, self, 'POST', '/wp/v2/users/me', {
    body: { password: random },
    headers: attempt,
  })
  expect(changed.status).toBe(200)
  expect(await hashOf('self')).toMatch(dear)
})

test('a batch’s items are each their own: one with the mark doesn’t cheapen the next', async () => {
  const item = (login: string, headers: object) => ({
    method: 'POST',
    path: '/wp/v2/users',
    headers,
    body: { username: login, email: `${login}@example.test`, password: random },
  })
  const requests = [item('first', attempt), item('second', {}), item('third', attempt)]
  await ask(scene.site, scene.site, 'POST', '/batch/v1', { body: { requests }, headers: attempt })
  expect([await hashOf('first'), await hashOf('second'), await hashOf('third')]).toEqual([
    expect.stringMatching(cheap),
    expect.stringMatching(dear),
    expect.stringMatching(cheap),
  ])
})

test('a cheap hash opens the form, and WordPress hashes anew at full cost', async () => {
  const login = await create(scene.site, attempt, random)
  const person = { id: 0, username: login, password: random, applicationPassword: '' }
  expect(await logIn(scene.site, person)).not.toBeNull()
  expect(await hashOf(login)).toMatch(dear)
})

test('nobody hears of a new address or password that the sync writes', async () => {
  const { quiet } = await makePeople(scene.site, { quiet: 'subscriber' })
  const change = (who: Credential, body: object, headers = {}) =>
    ask(scene.site, who, 'POST', `/wp/v2/users/${quiet.id}`, { body, headers })
  expect(idOf(await change(scene.site, { email: 'new@example.test', password: random }, attempt))).toBe(quiet.id)
  await create(scene.site, attempt, random)
  const item = {
    method: 'POST',
    path: `/wp/v2/users/${quiet.id}`,
    headers: attempt,
    body: { email: 'newer@example.test' },
  }
  await ask(scene.site, scene.site, 'POST', '/batch/v1', { body: { requests: [item] } })
  expect(await takeMails(scene.site)).toEqual([])
  // Everybody else's edits mail as ever: without the mark, by an administrator, by the account itself with the mark.
  await change(scene.site, { email: 'newest@example.test' })
  expect(await takeMails(scene.site)).toEqual(['newer@example.test'])
  await change(admin, { password: `${random}x` })
  expect(await takeMails(scene.site)).toEqual(['newest@example.test'])
  await change(quiet, { email: 'own@example.test' }, attempt)
  expect(await takeMails(scene.site)).toEqual(['newest@example.test'])
})

test('what a plugin asks the REST API meanwhile is not the sync’s, and what follows is', async () => {
  const { outer, inner } = await makePeople(scene.site, { outer: 'subscriber', inner: 'subscriber' })
  await addMuPlugin(
    scene.site,
    'nested',
    `add_filter( 'wp_pre_insert_user_data', static function ( $data, $update, $id ) {
      if ( ${outer.id} === $id ) {
        $request = new WP_REST_Request( 'POST', '/wp/v2/users/${inner.id}' );
        $request->set_param( 'email', 'nested@example.test' );
        rest_do_request( $request );
      }
      return $data;
    }, 10, 3 );`,
  )
  const body = { email: 'changed@example.test' }
  await ask(scene.site, scene.site, 'POST', `/wp/v2/users/${outer.id}`, { body, headers: attempt })
  expect(await takeMails(scene.site)).toEqual(['inner@example.test'])
})
