import { beforeEach, expect, test } from 'vitest'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { ask, idOf, logIn, makePeople, phpValue, useCompanionSite, type Person } from './companion-scene.ts'
import { png } from './images.ts'

const single = useCompanionSite()
const network = useCompanionSite({ multisite: true })

const uninstall = `
  require_once ABSPATH . 'wp-admin/includes/plugin.php';
  deactivate_plugins( 'entra-sync/entra-sync.php' );
  uninstall_plugin( 'entra-sync/entra-sync.php' );`
const activate = `
  require_once ABSPATH . 'wp-admin/includes/plugin.php';
  activate_plugin( 'entra-sync/entra-sync.php', '', is_multisite() );`

/** Names of everything in the database that is the plugin's. */
async function traces(site: WordPressSite): Promise<unknown> {
  const tables = (await site.sql?.("SHOW TABLES LIKE 'wp%options'"))?.flatMap((row) => Object.values(row)) ?? []
  const found: (Record<string, string | null>[] | undefined)[] = []
  for (const table of tables) {
    found.push(await site.sql?.(`SELECT option_name AS name FROM ${table} WHERE option_name LIKE '%entra_sync%'`))
    const holds = "option_name LIKE '%user_roles' AND option_value LIKE '%entra_sync%'"
    found.push(await site.sql?.(`SELECT option_name AS name FROM ${table} WHERE ${holds}`))
  }
  const meta = await site.sql?.(
    "SELECT meta_key AS name FROM wp_usermeta WHERE meta_key LIKE '%entra_sync%' OR meta_key LIKE 'aad%'",
  )
  return [...found, meta].flat().map((row) => row?.name)
}

let person: Person
let number = 0
beforeEach(async () => {
  for (const { site } of [single, network]) await site.php(activate)
  number += 1
  const login = `stayer${number}`
  const made = (await makePeople(single.site, { [login]: 'editor' }))[login]
  if (made === undefined) throw new Error('made nobody')
  person = made
})

test('uninstalling takes options, role, capability and photo marks, and leaves accounts, photos and suspensions', async () => {
  const { site } = single
  await ask(site, site, 'PUT', '/entra-sync/v1/settings', {
    body: { hash: 'x', meta: [{ key: 'department', type: 'string' }], protectedRoles: [], protectedUsers: [] },
  })
  await ask(site, site, 'PUT', `/entra-sync/v1/users/${person.id}/avatar`, {
    image: png('a'),
    headers: { 'content-type': 'image/png', 'X-Entra-Sync-Photo': 'one' },
  })
  const body = { meta: { department: 'IT' }, entra_sync: { suspended: true, objectId: 'o' } }
  expect(idOf(await ask(site, site, 'POST', `/wp/v2/users/${person.id}`, { body }))).toBe(person.id)
  expect(await logIn(site, person)).toBeNull()

  await site.php(uninstall)
  expect(await traces(site)).toEqual(['wp_entra_sync_suspended', 'aadObjectId'])
  expect(
    await phpValue(
      site,
      `array( get_userdata( ${person.id} )->roles, get_user_meta( ${person.id}, 'department', true ), count( glob( WP_CONTENT_DIR . '/uploads/entra-sync/*' ) ) )`,
    ),
  ).toEqual([['editor'], 'IT', 4])
  // Nobody is there any more to refuse it; who comes back to the plugin is refused again.
  expect(await logIn(site, person)).not.toBeNull()
  await site.php(activate)
  expect(await logIn(site, person)).toBeNull()
})

test('deactivating takes the role, activating brings it back, and accounts that have it with it', async () => {
  const { site } = single
  const { keeper } = await makePeople(site, { [`keeper${number}`]: 'entra_sync' }).then((made) => ({
    keeper: made[`keeper${number}`],
  }))
  const may = async () => (await ask(site, keeper ?? null, 'GET', '/wp/v2/users?context=edit')).status
  expect(await may()).toBe(200)
  await site.php(
    "require_once ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins( 'entra-sync/entra-sync.php' );",
  )
  expect([await may(), await phpValue(site, "get_role( 'entra_sync' )")]).toEqual([403, null])
  await site.php(activate)
  expect(await may()).toBe(200)
})

test('what the database holds of the role is "read", also after somebody changed roles', async () => {
  const stored = () => phpValue(single.site, "get_option( 'wp_user_roles' )['entra_sync']['capabilities']")
  expect(await stored()).toEqual({ read: true })
  await single.site.php(
    "get_role( 'editor' )->add_cap( 'something' ); get_role( 'entra_sync' )->add_cap( 'something' );",
  )
  expect(await stored()).toEqual({ read: true, something: true })
})

test('on a network every site is cleaned', async () => {
  const { site } = network
  await site.php(`wpmu_create_blog( '${new URL(site.url).host}', '/second/', 'Second', 1 );`)
  expect((await ask(site, null, 'GET', '/second/')).status).toBe(200)
  expect(await traces(site)).toHaveLength(4) // option and role of both
  await site.php(uninstall)
  expect(await traces(site)).toEqual([])
})
