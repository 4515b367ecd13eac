import { beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import type { LeavingPolicy } from '../../lib/domain/leaving.ts'
import { SiteFault } from '../../lib/domain/faults.ts'
import { createCycleScene, type CycleScene } from '../support/cycle-scene.ts'
import { doors, giveKeys } from '../support/site-doors.ts'
import { useStops } from '../support/use-servers.ts'

/** One site of a network, where core's REST API deletes nobody and shows no user of another site. */

const stops = useStops()
const servers = {} as { site: WordPressSite; storage: string }
beforeAll(async () => {
  const [azurite, site] = await Promise.all([
    startAzurite(),
    startNativeWordPress({ companion: true, role: 'entra_sync', multisite: true, workers: 4 }),
  ])
  stops.push(azurite.stop, site.stop)
  Object.assign(servers, { site, storage: azurite.connectionString })
  await site.php(`wpmu_create_user( 'archive', 'x', 'archive@example.test' );
    add_user_to_blog( 1, get_user_by( 'login', 'archive' )->ID, 'editor' );`)
})

const remove: LeavingPolicy = { action: 'delete', deleteAfter: null }
const leaving = { disabled: remove, deleted: remove, absent: remove, 'out-of-scope': remove }
const guard = { most: 100, percent: 100, fewest: 100 }
let scenes = 0
async function scene(options: Parameters<typeof createCycleScene>[2] = {}): Promise<CycleScene> {
  const policy = { guard, reassignTo: 'archive', ...options.policy }
  const made = await createCycleScene(servers, `net${++scenes}`, { ...options, policy })
  stops.push(made.stop)
  return made
}

const php = async (code: string): Promise<unknown> => JSON.parse(await servers.site.php(`echo json_encode( ${code} );`))
const inNetwork = (email: string) =>
  php(`(function () {
    $user = get_user_by( 'email', '${email}' );
    return $user ? array( 'id' => $user->ID, 'login' => $user->user_login, 'member' => is_user_member_of_blog( $user->ID ) ) : null;
  })()`)

/** A user of the network who is on none of its sites. */
async function outsider(login: string, email: string): Promise<number> {
  return Number(await php(`wpmu_create_user( '${login}', wp_generate_password(), '${email}' )`))
}

test('people are made, changed, suspended and given back', async () => {
  const lane = await scene()
  const anna = await lane.person('anna')
  expect((await lane.cycle('due')).counters).toMatchObject({ created: 1, failed: 0 })
  const id = (await lane.link(anna))!.wordpressId!
  expect(await lane.context.stores.sites.readCapabilities(lane.id)).toMatchObject({ capabilities: { multisite: true } })
  const keys = await giveKeys(servers.site, id)
  await lane.directory.admin.updateUser(anna, { accountEnabled: false, displayName: 'Anna Anew' })
  expect((await lane.cycle()).counters).toMatchObject({ suspended: 1 })
  expect(await doors(servers.site, keys)).toEqual({ form: false, rest: false })
  await lane.directory.admin.updateUser(anna, { accountEnabled: true })
  expect((await lane.cycle()).counters).toMatchObject({ restored: 1 })
  expect(await doors(servers.site, keys)).toEqual({ form: true, rest: true })
  expect(await lane.accountOf(anna)).toMatchObject({ roles: ['subscriber'], fields: { name: 'Anna Anew' } })
  expect((await lane.cycle('full')).counters).toMatchObject({ siteRequests: 0, siteWrites: 0 })
})

describe('whoever is deleted leaves the site, and stays in the network', () => {
  test('their content has the heir; back again they have the same account', async () => {
    const lane = await scene({ policy: { leaving } })
    const anna = await lane.person('anna')
    await lane.cycle('due')
    const { wordpressId: id, login } = (await lane.link(anna))!
    const post = Number(
      await php(`wp_insert_post( array( 'post_author' => ${id}, 'post_title' => 'x', 'post_status' => 'publish' ) )`),
    )
    await lane.directory.admin.updateUser(anna, { accountEnabled: false })
    expect((await lane.cycle()).counters).toMatchObject({ deleted: 1, failed: 0 })
    expect(await inNetwork(lane.address('anna'))).toEqual({ id, login, member: false })
    expect(await php(`get_userdata( get_post( ${post} )->post_author )->user_login`)).toBe('archive')
    expect(await lane.link(anna)).toMatchObject({ state: 'deleted', wordpressId: null })

    await lane.directory.admin.updateUser(anna, { accountEnabled: true, displayName: 'Anna Again' })
    await lane.cycle()
    expect(await inNetwork(lane.address('anna'))).toEqual({ id, login, member: true })
    expect(await lane.accountOf(anna)).toMatchObject({ id, roles: ['subscriber'], fields: { name: 'Anna Again' } })
    expect(await lane.link(anna)).toMatchObject({ state: 'active', wordpressId: id, intent: null })
    expect(await lane.told(anna)).toEqual(['created', 'deleted disabled', 'adopted', 'updated'])
    expect((await lane.cycle('full')).counters).toMatchObject({ siteWrites: 0 })
  })

  test('an answer to the removal that is lost is found again', async () => {
    const lane = await scene({ policy: { leaving } })
    const anna = await lane.person('anna')
    await lane.cycle('due')
    await lane.directory.admin.updateUser(anna, { accountEnabled: false })
    loseNext(lane)
    await lane.settle(anna)
    await lane.quiet()
    expect(await lane.told(anna)).toEqual(['created', 'deleted disabled'])
    expect(await inNetwork(lane.address('anna'))).toMatchObject({ member: false })
    expect(await lane.link(anna)).toMatchObject({ state: 'deleted', intent: null })
  })
})

describe('a user of the network who is not on the site', () => {
  test('joins it where the rules for adoption take them', async () => {
    const lane = await scene()
    const id = await outsider('annaoutside', lane.address('anna'))
    const anna = await lane.person('anna')
    expect((await lane.cycle('due')).counters).toMatchObject({ created: 0, failed: 0 })
    expect(await lane.link(anna)).toMatchObject({
      state: 'active',
      wordpressId: id,
      login: 'annaoutside',
      intent: null,
    })
    const { fields, roles } = (await lane.accountOf(anna))!
    expect([fields.first_name, roles]).toEqual(['anna', ['subscriber']])
    expect(await lane.told(anna)).toEqual(['adopted', 'updated'])
    expect((await lane.cycle('full')).counters).toMatchObject({ siteWrites: 0 })
  })

  test('keeps the address where they do not', async () => {
    const lane = await scene({ adoption: { members: [], guests: [] } })
    await outsider('bertoutside', lane.address('bert'))
    const bert = await lane.person('bert')
    await lane.cycle('due')
    expect(await lane.told(bert)).toEqual(['skipped email-taken'])
    expect(await inNetwork(lane.address('bert'))).toMatchObject({ member: false })
  })

  test('who has the login only makes a newcomer get another', async () => {
    const lane = await scene()
    await outsider(`carla${lane.id}`, 'somebody.else@example.test')
    const carla = await lane.person('carla', { userPrincipalName: `carla${lane.id}@contoso.example` })
    await lane.cycle('due')
    const link = await lane.link(carla)
    expect(link).toMatchObject({ state: 'active' })
    expect(link?.login).toMatch(new RegExp(`^carla${lane.id}.+`))
    expect(await lane.told(carla)).toEqual(['created'])
  })

  test('is found again by whoever comes after an answer that was lost', async () => {
    const lane = await scene()
    const id = await outsider('danaoutside', lane.address('dana'))
    const dana = await lane.person('dana')
    loseNext(lane, 'join')
    await lane.settle(dana)
    await lane.quiet()
    expect(await lane.link(dana)).toMatchObject({ state: 'active', wordpressId: id, intent: null })
    expect((await lane.accountOf(dana))?.fields.first_name).toBe('dana')
    expect((await lane.told(dana))[0]).toBe('adopted')
    expect((await lane.rows()).filter(({ status }) => status === 'failed')).toEqual([])
  })
})

/** The next write (of this kind) is done, and nobody hears of it. */
function loseNext(lane: CycleScene, kind?: string): void {
  const real = lane.context.site(lane.connection.site)
  let lost = false
  const write: typeof real.write = async (writes) => {
    const answers = await real.write(writes)
    if (lost || (kind !== undefined && !writes.some((one) => one.kind === kind))) return answers
    lost = true
    throw new SiteFault('wrong-credentials', 'The answer is lost, and the site with it.')
  }
  Object.assign(lane.context, { site: () => ({ ...real, write }) })
}
