import { expect, test } from 'vitest'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { createLaneScene, type LaneScene } from '../support/lane-scene.ts'
import { useLaneServers } from '../support/use-servers.ts'

/** What somebody changed on the site is found by the verify pass, and by nothing else: no change in the directory names it. */

const servers = useLaneServers()
let scenes = 0

type Policy = NonNullable<Parameters<typeof createLaneScene>[2]>['policy']

/** Anna, whose account was changed by hand, Bert, whose was deleted, and Cleo, whom nobody touched. */
async function changedSite(policy: Policy) {
  const lane = createLaneScene(servers, `verify${++scenes}`, policy ? { policy } : {})
  const [anna, bert, cleo] = [await lane.person('anna'), await lane.person('bert'), await lane.person('cleo')]
  await lane.settle(anna, bert, cleo)
  const ids = { anna: (await lane.link(anna))!.wordpressId!, bert: (await lane.link(bert))!.wordpressId! }
  await servers.site.php(`require_once ABSPATH . 'wp-admin/includes/user.php';
    wp_update_user(['ID' => ${ids.anna}, 'first_name' => 'By hand', 'user_url' => 'https://anna.example']);
    wp_delete_user(${ids.bert}, 1);`)
  return { lane, anna, bert, cleo, ids }
}

/** The pass is due: as after its interval. */
async function verify(lane: LaneScene): Promise<void> {
  const { sites } = lane.context.stores
  await sites.writeVerify(lane.id, lane.id, {
    ...{ startedAt: 0, after: null, finishedAt: 0, checked: 0, drifted: 0, missing: 0 },
  })
  await wakeLanes(lane.context)
  await lane.quiet()
}

test('a hand edit is repaired, an unmapped field is left, and a missing account is told and left', async () => {
  const { lane, anna, bert, cleo, ids } = await changedSite(undefined)
  await verify(lane)
  expect((await lane.accountOf(anna))?.fields).toMatchObject({ first_name: 'anna', url: 'https://anna.example' })
  expect(await lane.told(anna)).toEqual(['created', 'updated'])
  expect(await lane.told(bert)).toEqual(['created', 'skipped account-missing'])
  expect(await lane.link(bert)).toMatchObject({ wordpressId: ids.bert, refused: 'account-missing' })
  expect(await lane.told(cleo)).toEqual(['created'])
  const row = await lane.context.stores.sites.readVerify(lane.id, lane.id)
  expect(row).toMatchObject({ checked: 3, drifted: 1, missing: 1, after: null })
  expect(row?.finishedAt).toBeGreaterThan(0)
})

test('a missing account is made again where the configuration says so', async () => {
  const { lane, bert, ids } = await changedSite({ whenAccountMissing: 'recreate' })
  await verify(lane)
  expect(await lane.told(bert)).toEqual(['created', 'skipped account-missing', 'created'])
  const link = await lane.link(bert)
  expect(link).toMatchObject({ state: 'active', intent: null })
  expect(link?.wordpressId).not.toBe(ids.bert)
  expect((await lane.accountOf(bert))?.username).toBe(`bert.${lane.id}`)
})

test('with "report" it is told, and nothing is written', async () => {
  const { lane, anna, bert } = await changedSite({ drift: 'report' })
  const before = [await lane.link(anna), await lane.link(bert)]
  await verify(lane)
  expect([await lane.link(anna), await lane.link(bert)]).toEqual(before)
  expect((await lane.accountOf(anna))?.fields.first_name).toBe('By hand')
  expect(await lane.told(anna)).toEqual(['created', 'skipped changed-on-site'])
  expect(await lane.told(bert)).toEqual(['created', 'skipped account-missing'])
  const [row] = (await lane.rows()).filter(({ reason }) => reason === 'changed-on-site')
  expect(row?.changes).toEqual([{ field: 'first_name', from: null, to: null }])
})

test('with "ignore" the site is not even asked', async () => {
  const { lane, anna } = await changedSite({ drift: 'ignore' })
  await verify(lane)
  expect((await lane.accountOf(anna))?.fields.first_name).toBe('By hand')
  expect(await lane.told(anna)).toEqual(['created'])
})

test.each(['repair', 'report'] as const)('an address that a hand gave to somebody else, with "%s"', async (drift) => {
  const lane = createLaneScene(servers, `verify${++scenes}`, { policy: { drift } })
  const [anna, owner] = [await lane.person('anna'), await lane.person('owner')]
  await lane.settle(anna, owner)
  const wanted = lane.address('wanted')
  await servers.site.php(
    `wp_update_user(['ID' => ${(await lane.link(owner))?.wordpressId}, 'user_email' => '${wanted}']);`,
  )
  await servers.directory.admin.updateUser(anna, { mail: wanted })
  await lane.settle(anna)
  await lane.quiet()
  const repaired = drift === 'repair'
  expect((await lane.accountOf(owner))?.fields.email).toBe(repaired ? lane.address('owner') : wanted)
  expect((await lane.accountOf(anna))?.fields.email).toBe(repaired ? wanted : lane.address('anna'))
  expect(await lane.told(anna)).toEqual(['created', repaired ? 'updated' : 'skipped email-taken'])
  expect(await lane.told(owner)).toEqual(repaired ? ['created', 'updated'] : ['created'])
})

test('roles given to a suspended account are taken again, and the first ones come back', async () => {
  const lane = createLaneScene(servers, `verify${++scenes}`)
  const anna = await lane.person('anna')
  await lane.settle(anna)
  const { wordpressId } = (await lane.link(anna))!
  await servers.site.php(`get_user_by('id', ${wordpressId})->add_role('author');`)
  await servers.directory.admin.updateUser(anna, { accountEnabled: false })
  await lane.settle(anna)
  expect((await lane.accountOf(anna))?.roles).toEqual([])
  await servers.site.php(`get_user_by('id', ${wordpressId})->set_role('editor');`)
  await verify(lane)
  await lane.judge()
  expect((await lane.accountOf(anna))?.roles).toEqual([])
  await servers.directory.admin.updateUser(anna, { accountEnabled: true })
  await lane.settle(anna)
  expect((await lane.accountOf(anna))?.roles.sort()).toEqual(['author', 'subscriber'])
  expect(await lane.told(anna)).toEqual(['created', 'suspended disabled', 'suspended disabled', 'restored'])
})

test('the first pass comes an interval after the connection is first seen', async () => {
  const lane = createLaneScene(servers, `verify${++scenes}`)
  await wakeLanes(lane.context)
  const row = await lane.context.stores.sites.readVerify(lane.id, lane.id)
  expect(row?.finishedAt).toBe(row?.startedAt)
  expect(await lane.context.queues.queue('drain').approximateCount()).toBe(0)
})
