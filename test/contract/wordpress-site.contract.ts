import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'

/** Asks a REST route as the sync's own account. */
export async function askSite(site: WordPressSite, path: string, through = site.url): Promise<[number, unknown]> {
  const authorization = `Basic ${Buffer.from(`${site.username}:${site.applicationPassword}`).toString('base64')}`
  const answer = await fetch(through + path, { headers: { authorization } })
  return [answer.status, await answer.json()]
}

async function accepts(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return connected
}

/**
 * What tests, demo and bench expect of a WordPress that they start.
 *
 * @param expected.start a module and the name of its export that starts such a site
 */
export function wordpressSiteContract(
  start: () => Promise<WordPressSite>,
  expected: { version: RegExp; batch: boolean; start: { module: string; name: string } },
): void {
  describe(`a WordPress started by ${expected.start.name}, version ${expected.version.source}`, () => {
    let site: WordPressSite
    beforeAll(async () => {
      site = await start()
    }, 600_000)
    afterAll(() => site?.stop(), 60_000)

    test('answers the application password of an administrator who is not the person', async () => {
      expect(site.version).toMatch(expected.version)
      const me = await askSite(site, '/wp-json/wp/v2/users/me?context=edit&_fields=username,roles')
      expect(me).toEqual([200, { username: site.username, roles: ['administrator'] }])
      expect(site.username).not.toBe(site.adminUsername)
      const [status, index] = await askSite(site, '/wp-json/?_fields=home')
      expect([status, index]).toEqual([200, { home: site.url }])
    })

    test('lets the person in', async () => {
      const form = new URLSearchParams({ log: site.adminUsername, pwd: site.adminPassword, testcookie: '1' })
      const answer = await fetch(`${site.url}/wp-login.php`, {
        method: 'POST',
        body: form,
        headers: { cookie: 'wordpress_test_cookie=WP%20Cookie%20check' },
        redirect: 'manual',
      })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, `${site.url}/wp-admin/`])
    })

    test('takes users in batches, or not', async () => {
      const answer = await fetch(`${site.url}/wp-json/wp/v2/users`, { method: 'OPTIONS' })
      const routes = (await answer.json()) as { endpoints: { allow_batch?: { v1: boolean } }[] }
      expect(routes.endpoints.some((endpoint) => endpoint.allow_batch?.v1 === true)).toBe(expected.batch)
    })

    test('runs PHP, and says what went wrong in it', async () => {
      expect(await site.php('echo wp_get_environment_type(), json_encode( get_available_languages() );')).toBe(
        'local["de_DE"]',
      )
      await expect(site.php("throw new RuntimeException( 'so it failed' );")).rejects.toThrow(/so it failed/)
      expect(await site.php('echo 2 + 3;')).toBe('5')
    })

    test('builds its addresses from the proxy through which it is asked', async () => {
      const proxy = await startRecordingProxy(site.url)
      try {
        expect(await askSite(site, '/wp-json/?_fields=home', proxy.url)).toEqual([200, { home: proxy.url }])
        expect(proxy.requests).toMatchObject([{ method: 'GET', path: '/wp-json/?_fields=home', status: 200 }])
      } finally {
        await proxy.stop()
      }
    })

    test('brings about what owners of sites do, and takes it back', async () => {
      await site.setConditions(['application-passwords-off'])
      expect(await askSite(site, '/wp-json/?_fields=authentication')).toEqual([200, { authentication: [] }])
      await site.setConditions(['authorization-stripped'])
      expect(await askSite(site, '/wp-json/wp/v2/users/me')).toMatchObject([401, { code: 'rest_not_logged_in' }])
      await site.setConditions(['rest-closed'])
      expect(await askSite(site, '/wp-json/')).toMatchObject([403, { code: 'rest_disabled' }])
      await site.setConditions([])
      expect(await askSite(site, '/wp-json/wp/v2/users/me?_fields=name')).toEqual([200, { name: site.username }])
    })

    test('refuses connections while it is paused and comes back at the same address with the same data', async () => {
      await site.php("update_option( 'blogname', 'Kept' );")
      await site.pause()
      expect(await accepts(site.url)).toBe(false)
      await site.resume()
      const home = await fetch(`${site.url}/wp-json/?_fields=name`)
      expect(await home.json()).toEqual({ name: 'Kept' })
    })

    test('runs beside another with data of its own, and ends when the process that started it is killed', async () => {
      const { module, name } = expected.start
      const script = `import { ${name} } from ${JSON.stringify(join(import.meta.dirname, '../..', module))}
        console.log((await ${name}({ version: ${JSON.stringify(site.version)} })).url)
        setInterval(() => undefined, 1000)`
      const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [url] = (await once(createInterface(parent.stdout), 'line')) as [string]
      const title = async (of: string) => (await fetch(`${of}/wp-json/?_fields=name`)).json()
      expect([await title(url), await title(site.url)]).toEqual([
        { name: expect.not.stringMatching('Kept') },
        { name: 'Kept' },
      ])
      parent.kill('SIGKILL')
      await expect.poll(() => accepts(url), { timeout: 30_000 }).toBe(false)
      expect(await accepts(site.url)).toBe(true)
    })
  })
}
