import { beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { SiteFault } from '../../lib/domain/faults.ts'
import { connectionStatus } from '../../lib/sync/connection-status.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { recordMail, takeMails } from '../companion/record-mail.ts'
import { createCycleScene, type CycleScene } from '../support/cycle-scene.ts'
import { doors, giveKeys } from '../support/site-doors.ts'
import { useStops } from '../support/use-servers.ts'

/** The app and the companion plugin together, the sync's account having the plugin's own role. */

const stops = useStops()
const servers = {} as { site: WordPressSite; storage: string }
beforeAll(async () => {
  const [azurite, site] = await Promise.all([
    startAzurite(),
    startNativeWordPress({ companion: true, role: 'entra_sync', workers: 4 }),
  ])
  stops.push(azurite.stop, site.stop)
  Object.assign(servers, { site, storage: azurite.connectionString })
  await recordMail(site)
})

const guard = { most: 100, percent: 100, fewest: 100 }
const open = { form: true, rest: true }
const shut = { form: false, rest: false }

let scenes = 0
async function scene(options: Parameters<typeof createCycleScene>[2] = {}): Promise<CycleScene> {
  const made = await createCycleScene(servers, `comp${++scenes}`, { ...options, policy: { guard, ...options.policy } })
  stops.push(made.stop)
  return made
}

const php = async (code: string): Promise<unknown> => JSON.parse(await servers.site.php(`echo json_encode( ${code} );`))
const metaOf = (id: number, key: string) => php(`get_user_meta( ${id}, '${key}', true )`)
const flagged = (id: number) => php(`'' !== (string) get_user_option( 'entra_sync_suspended', ${id} )`)
const idOf = async (lane: CycleScene, person: string): Promise<number> => (await lane.link(person))!.wordpressId!

const etagOf = async (lane: CycleScene, person: string): Promise<string> =>
  (await lane.context.stores.links.read(lane.id, lane.id, [person])).get(person)!.etag

/** The pass is due: as after its interval. */
async function verify(lane: CycleScene): Promise<void> {
  await lane.context.stores.sites.writeVerify(lane.id, lane.id, {
    ...{ startedAt: 0, after: null, finishedAt: 0, checked: 0, drifted: 0, missing: 0 },
  })
  await wakeLanes(lane.context)
  await lane.quiet()
}

test('the first sync makes marked accounts, and the next full cycle asks for nothing', async () => {
  const lane = await scene()
  const [anna, bert] = await lane.people(30)
  const first = await lane.cycle('due')
  expect(first.counters).toMatchObject({ created: 30, failed: 0 })
  // As many creates a request as a batch takes: two for 30, and one to tell the plugin its settings.
  expect(first.counters.siteWrites).toBe(3)
  const id = await idOf(lane, anna!)
  expect(await metaOf(id, 'aadObjectId')).toBe(anna)
  expect(await metaOf(id, 'userPrincipalName')).toBe(lane.address('p0'))
  expect(await metaOf(id, 'aadTenantId')).toBe(lane.connection.tenantId)
  expect(await metaOf(await idOf(lane, bert!), 'aadObjectId')).toBe(bert)

  const second = await lane.cycle('full')
  expect(second.counters).toMatchObject({ queued: 0, siteRequests: 0, siteWrites: 0 })
  expect(second.counters.dropped + second.counters.unchanged).toBe(30)
  await verify(lane)
  expect((await lane.rows()).filter(({ status }) => status !== 'created')).toEqual([])
  expect(await lane.context.stores.sites.readVerify(lane.id, lane.id)).toMatchObject({ checked: 30, drifted: 0 })

  await lane.directory.admin.updateUser(anna!, { userPrincipalName: lane.address('renamed') })
  const third = await lane.cycle()
  expect(third.counters).toMatchObject({ updated: 1, siteWrites: 1 })
  expect(await metaOf(id, 'userPrincipalName')).toBe(lane.address('renamed'))
  expect(await lane.told(anna!)).toEqual(['created', 'updated'])
  const { capabilities } = (await lane.context.stores.sites.readCapabilities(lane.id))!
  expect(capabilities).toMatchObject({ companion: { contract: 1 }, multisite: false })
  expect(capabilities.roles).toEqual(expect.arrayContaining(['subscriber', 'administrator', 'entra_sync']))
})

test('who is suspended gets in by no door, and gets everything back', async () => {
  const lane = await scene()
  const anna = await lane.person('anna')
  await lane.cycle('due')
  const id = await idOf(lane, anna)
  await php(
    `(function () { $user = new WP_User( ${id} ); $user->set_role( 'editor' ); $user->add_role( 'contributor' ); return 1; })()`,
  )
  const keys = await giveKeys(servers.site, id)
  expect(await doors(servers.site, keys)).toEqual(open)

  await lane.directory.admin.updateUser(anna, { accountEnabled: false })
  expect((await lane.cycle()).counters).toMatchObject({ suspended: 1, siteWrites: 1 })
  expect(await lane.accountOf(anna)).toMatchObject({ roles: [], suspended: true })
  expect(await doors(servers.site, keys)).toEqual(shut)
  expect(await lane.link(anna)).toMatchObject({ state: 'suspended', roles: ['editor', 'contributor'] })

  await lane.directory.admin.updateUser(anna, { accountEnabled: true })
  expect((await lane.cycle()).counters).toMatchObject({ restored: 1, siteWrites: 1 })
  expect(await lane.accountOf(anna)).toMatchObject({ roles: ['editor', 'contributor'], suspended: false })
  expect(await doors(servers.site, keys)).toEqual(open)
  expect(await lane.told(anna)).toEqual(['created', 'suspended disabled', 'restored'])
})

test('a new address is mailed to nobody, while a change by hand is', async () => {
  const lane = await scene()
  const anna = await lane.person('anna')
  await lane.cycle('due')
  const id = await idOf(lane, anna)
  await takeMails(servers.site)
  await lane.directory.admin.updateUser(anna, { mail: lane.address('other') })
  expect((await lane.cycle()).counters).toMatchObject({ updated: 1 })
  expect((await lane.accountOf(anna))?.fields.email).toBe(lane.address('other'))
  expect(await takeMails(servers.site)).toEqual([])
  await php(`wp_update_user( array( 'ID' => ${id}, 'user_email' => '${lane.address('hand')}' ) )`)
  expect(await takeMails(servers.site)).toEqual([lane.address('other')])
})

test('a suspension that somebody undid by hand is found by the verify pass, and the guard counts nobody twice', async () => {
  const lane = await scene({ policy: { singleSignOn: false } })
  const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
  await lane.cycle('due')
  await lane.directory.admin.updateUser(anna, { accountEnabled: false })
  await lane.cycle()
  const counted = await lane.counted()
  const id = await idOf(lane, anna)
  await php(`delete_user_option( ${id}, 'entra_sync_suspended' )`)
  await verify(lane)
  expect(await flagged(id)).toBe(true)
  expect(await lane.told(anna)).toEqual(['created', 'suspended disabled', 'suspended disabled'])
  expect(await lane.told(bert)).toEqual(['created'])
  expect(await lane.counted()).toBe(counted)
  expect(await lane.link(anna)).toMatchObject({ state: 'suspended', intent: null })

  // Locked out by hand: somebody who belongs on the site.
  await php(`update_user_option( ${await idOf(lane, bert)}, 'entra_sync_suspended', '1' )`)
  await verify(lane)
  expect(await lane.accountOf(bert)).toMatchObject({ suspended: false, roles: ['subscriber'] })
  expect(await lane.told(bert)).toEqual(['created', 'updated'])
})

describe('an answer that is lost', () => {
  /** The next write is done, and nobody hears of it; or it never comes there. */
  function loseNext(lane: CycleScene, arrives = true): void {
    const real = lane.context.site(lane.connection.site)
    let lost = false
    const write: typeof real.write = async (writes) => {
      if (lost) return await real.write(writes)
      lost = true
      if (arrives) await real.write(writes)
      throw new SiteFault('wrong-credentials', 'The answer is lost, and the site with it.')
    }
    Object.assign(lane.context, { site: () => ({ ...real, write }) })
  }

  test('to a suspension: it is told once, and taken back when they return in the meantime', async () => {
    const lane = await scene()
    const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
    await lane.cycle('due')
    for (const person of [anna, bert]) await lane.directory.admin.updateUser(person, { accountEnabled: false })
    loseNext(lane)
    await lane.settle(anna, bert)
    expect(await lane.link(anna)).toMatchObject({ state: 'active', intent: { verb: 'suspend', roles: ['subscriber'] } })
    expect(await flagged(await idOf(lane, anna))).toBe(true)
    await lane.directory.admin.updateUser(bert, { accountEnabled: true })
    await lane.quiet()
    expect(await lane.told(anna)).toEqual(['created', 'suspended disabled'])
    expect(await lane.link(anna)).toMatchObject({ state: 'suspended', intent: null, roles: ['subscriber'] })
    expect(await lane.told(bert)).toEqual(['created', 'suspended disabled', 'restored'])
    expect(await lane.accountOf(bert)).toMatchObject({ suspended: false, roles: ['subscriber'] })
  })

  test('to a flag alone: it is told once', async () => {
    const lane = await scene()
    const anna = await lane.person('anna')
    await lane.cycle('due')
    await lane.directory.admin.updateUser(anna, { accountEnabled: false })
    await lane.cycle()
    await php(`delete_user_option( ${await idOf(lane, anna)}, 'entra_sync_suspended' )`)
    loseNext(lane)
    await verify(lane)
    expect(await lane.told(anna)).toEqual(['created', 'suspended disabled', 'suspended disabled'])
    expect(await lane.link(anna)).toMatchObject({ state: 'suspended', intent: null, roles: ['subscriber'] })
    expect(await flagged(await idOf(lane, anna))).toBe(true)
  })

  test('to a flag alone that never came: nobody is told of it who is back by then', async () => {
    const lane = await scene()
    const anna = await lane.person('anna')
    await lane.cycle('due')
    await lane.directory.admin.updateUser(anna, { accountEnabled: false })
    await lane.cycle()
    await php(`delete_user_option( ${await idOf(lane, anna)}, 'entra_sync_suspended' )`)
    await lane.context.stores.links.write(lane.id, [
      { link: { ...(await lane.link(anna))!, fingerprint: null }, etag: await etagOf(lane, anna) },
    ])
    loseNext(lane, false)
    await lane.settle(anna)
    expect(await lane.link(anna)).toMatchObject({ state: 'suspended', intent: { verb: 'suspend', roles: null } })
    await lane.directory.admin.updateUser(anna, { accountEnabled: true })
    await lane.quiet()
    expect(await lane.told(anna)).toEqual(['created', 'suspended disabled', 'restored'])
    expect(await lane.accountOf(anna)).toMatchObject({ suspended: false, roles: ['subscriber'] })
  })

  test('to marks alone: they are sent again, and told once', async () => {
    const lane = await scene()
    const anna = await lane.person('anna')
    await lane.cycle('due')
    await lane.directory.admin.updateUser(anna, { userPrincipalName: lane.address('renamed') })
    loseNext(lane)
    await lane.settle(anna)
    await lane.quiet()
    expect(await metaOf(await idOf(lane, anna), 'userPrincipalName')).toBe(lane.address('renamed'))
    expect(await lane.told(anna)).toEqual(['created', 'updated'])
    expect(await lane.link(anna)).toMatchObject({ intent: null })
  })
})

test('an account that was made an administrator is seen, left alone, and keeps nobody waiting', async () => {
  const lane = await scene()
  const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
  await lane.cycle('due')
  const id = await idOf(lane, anna)
  await php(`( new WP_User( ${id} ) )->set_role( 'administrator' )`)
  await lane.directory.admin.updateUser(anna, { accountEnabled: false })
  await lane.directory.admin.updateUser(bert, { displayName: 'Bert Anew' })
  expect((await lane.cycle()).counters).toMatchObject({ updated: 1, skipped: 1, failed: 0 })
  expect(await lane.told(anna)).toEqual(['created', 'skipped protected-account'])
  expect(await lane.accountOf(anna)).toMatchObject({ roles: ['administrator'], suspended: false })
  expect((await lane.accountOf(bert))?.fields.name).toBe('Bert Anew')
  await verify(lane)
  expect((await lane.context.stores.sites.readBreaker(lane.id))?.failures ?? 0).toBe(0)
})

test('a plugin of another contract is told, and nothing of it is used', async () => {
  const file = `WPMU_PLUGIN_DIR . '/other-contract.php'`
  await servers.site.php(`file_put_contents( ${file}, <<<'PHP'
    <?php
    add_filter( 'rest_post_dispatch', static function ( $answer, $server, $request ) {
      if ( '/entra-sync/v1/site' === $request->get_route() ) { $answer->set_data( array( 'version' => '9.0.0', 'contract' => 9 ) ); }
      return $answer;
    }, 10, 3 );
    PHP );`)
  const lane = await scene()
  const anna = await lane.person('anna')
  await lane.cycle('due')
  const id = await idOf(lane, anna)
  expect(await metaOf(id, 'aadObjectId')).toBe('')
  await lane.directory.admin.updateUser(anna, { accountEnabled: false })
  expect((await lane.cycle()).counters).toMatchObject({ suspended: 1 })
  expect([await flagged(id), (await lane.link(anna))?.roles]).toEqual([false, ['subscriber']])
  const status = await connectionStatus(lane.context, lane.connection)
  expect(status).toMatchObject({ companion: { version: '9.0.0', contract: 9 } })
  expect(status.warnings).toEqual([expect.stringMatching(/9\.0\.0 is too new .*update the app/)])
  await servers.site.php(`unlink( ${file} );`)
})

test('the plugin comes later and goes again: who was suspended before is locked out, and nobody else is written to', async () => {
  const lane = await scene({ policy: { singleSignOn: false }, timings: { capabilitiesFresh: 1 } })
  const activate = `require_once ABSPATH . 'wp-admin/includes/plugin.php';`
  // The plugin's role goes with it: for this test the sync is an administrator.
  await servers.site
    .php(`( new WP_User( get_user_by( 'login', '${servers.site.username}' )->ID ) )->set_role( 'administrator' );
    ${activate} deactivate_plugins( 'entra-sync/entra-sync.php' );`)
  const [anna, bert, cleo] = [await lane.person('anna'), await lane.person('bert'), await lane.person('cleo')]
  await lane.cycle('due')
  await lane.directory.admin.updateUser(anna, { accountEnabled: false })
  await lane.cycle()
  const keys = await giveKeys(servers.site, await idOf(lane, anna))
  expect(await lane.accountOf(anna)).toMatchObject({ roles: [], suspended: null })
  expect((await doors(servers.site, keys)).form).toBe(true)

  await servers.site.php(`${activate} activate_plugin( 'entra-sync/entra-sync.php' );`)
  await lane.directory.admin.updateUser(bert, { displayName: 'Bert Anew' })
  await lane.cycle()
  await lane.quiet()
  expect(await doors(servers.site, keys)).toEqual(shut)
  expect(await lane.told(anna)).toEqual(['created', 'suspended disabled', 'suspended disabled'])
  expect([await lane.told(bert), await lane.told(cleo)]).toEqual([['created', 'updated'], ['created']])

  await servers.site.php(`${activate} deactivate_plugins( 'entra-sync/entra-sync.php' );`)
  await lane.directory.admin.updateUser(bert, { accountEnabled: false })
  await lane.directory.admin.updateUser(anna, { accountEnabled: true })
  expect((await lane.cycle()).counters).toMatchObject({ suspended: 1, restored: 1, failed: 0 })
  expect(await lane.accountOf(bert)).toMatchObject({ roles: [], suspended: null })
  expect(await lane.accountOf(anna)).toMatchObject({ roles: ['subscriber'] })
  await verify(lane)
  expect(await lane.told(bert)).toEqual(['created', 'updated', 'suspended disabled'])
  await servers.site.php(`${activate} activate_plugin( 'entra-sync/entra-sync.php' );`)
})
