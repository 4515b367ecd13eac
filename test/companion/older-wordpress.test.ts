import { expect, test } from 'vitest'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { ask, attempt, idOf, makePeople, phpValue } from './companion-scene.ts'
import { png } from './images.ts'

const random = `${'Xq3_vD9-'.repeat(5)}aB3z`

test.for(['6.5.5', '6.6-RC3'] as const)('WordPress %s: the plugin does the same as on the newest', async (version) => {
  const site = await startEmbeddedWordPress({ companion: true, version, role: 'entra_sync' })
  try {
    const sync = (method: string, route: string, body?: unknown, headers: Record<string, string> = attempt) =>
      ask(site, site, method, route, { headers, ...(body === undefined ? {} : { body }) })
    const settings = { hash: 'x', meta: [{ key: 'tags', type: 'array' }], protectedRoles: [], protectedUsers: [] }
    expect(await sync('PUT', '/entra-sync/v1/settings', settings)).toEqual({ status: 200, body: { hash: 'x' } })

    const newcomer = (username: string) => ({ username, email: `${username}@example.test`, password: random })
    const made = await sync('POST', '/wp/v2/users', {
      ...newcomer('made'),
      roles: ['editor'],
      meta: { tags: ['a', 1] },
    })
    expect(made).toMatchObject({ status: 201, body: { roles: ['editor'], meta: { tags: ['a', 1] } } })
    await sync('POST', '/wp/v2/users', newcomer('dear'), {})
    // Portable phpass: the fourth character is the cost, "7" is 2^9 rounds, "B" WordPress' own 2^13.
    const hashes = await phpValue(
      site,
      "array_map( fn( $login ) => substr( get_user_by( 'login', $login )->user_pass, 0, 4 ), array( 'made', 'dear' ) )",
    )
    expect(hashes).toEqual(['$P$7', '$P$B'])
    expect(await phpValue(site, `wp_authenticate( 'made', '${random}' ) instanceof WP_User`)).toBe(true)

    const raised = await sync('POST', `/wp/v2/users/${idOf(made)}`, { roles: ['administrator'] })
    expect(raised).toMatchObject({ status: 403, body: { code: 'rest_user_invalid_role' } })
    const unregistered = await sync('POST', `/wp/v2/users/${idOf(made)}`, { meta: { other: 'x' } })
    expect(unregistered).toMatchObject({ status: 403, body: { code: 'rest_cannot_update' } })

    const { person } = await makePeople(site, { person: 'subscriber' })
    expect((await ask(site, person, 'GET', '/wp/v2/users/me')).status).toBe(200)
    await sync('POST', `/wp/v2/users/${person.id}`, { entra_sync: { suspended: true } })
    expect((await ask(site, person, 'GET', '/wp/v2/users/me')).status).toBe(401)
    expect(await phpValue(site, `is_wp_error( wp_authenticate( 'person', '${person.password}' ) )`)).toBe(true)

    const photo = await ask(site, site, 'PUT', `/entra-sync/v1/users/${person.id}/avatar`, {
      image: png('a'),
      headers: { 'content-type': 'image/png', 'X-Entra-Sync-Photo': 'one' },
    })
    expect(photo).toMatchObject({ status: 200, body: { avatar: 'one' } })
    expect(await phpValue(site, `get_avatar_url( ${person.id}, array( 'size' => 96 ) )`)).toMatch(/-96x96\.png$/)
    const removed = await sync('DELETE', `/entra-sync/v1/users/${person.id}?reassign=1`)
    expect(removed).toMatchObject({ status: 200, body: { deleted: true } })
    expect(await phpValue(site, "glob( WP_CONTENT_DIR . '/uploads/entra-sync/*' )")).toEqual([])
  } finally {
    await site.stop()
  }
})
