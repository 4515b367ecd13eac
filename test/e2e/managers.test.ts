import { beforeAll, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { createCycleScene } from '../support/cycle-scene.ts'
import { createMemorySite } from '../support/memory-site.ts'
import { useStops } from '../support/use-servers.ts'

/** The directory tells of a renamed manager by the manager alone: those who report to them must follow. */

const stops = useStops()
let storage = ''
beforeAll(async () => {
  const azurite = await startAzurite()
  stops.push(azurite.stop)
  storage = azurite.connectionString
})

async function firm(id: string, mapping: object) {
  const site = createMemorySite()
  const { discover } = site
  const takes = { ...site, discover: async () => ({ ...(await discover()), meta: ['boss'] }) }
  const nowhere = { url: 'http://127.0.0.1:9', username: 'sync', applicationPassword: 'none' }
  const scene = await createCycleScene({ site: nowhere as never, storage }, id, { mapping })
  stops.push(scene.stop)
  scene.context.site = () => takes
  const boss = await scene.person('max', { displayName: 'Max' })
  const reports = await scene.people(3, () => ({ manager: boss }))
  const alone = await scene.person('alone')
  const bossOf = async (objectId: string) => {
    const { wordpressId } = (await scene.link(objectId))!
    return site.accounts.get(wordpressId!)?.fields['meta.boss']
  }
  return { scene, site, boss, reports, alone, bossOf }
}

test('a manager’s new name reaches those who report to them in the next cycle; a full one has nothing to add', async () => {
  const { scene, site, boss, reports, alone, bossOf } = await firm('boss1', { meta: { boss: 'manager.displayName' } })
  await scene.cycle('due')
  expect(await Promise.all(reports.map(bossOf))).toEqual(['Max', 'Max', 'Max'])
  expect(await bossOf(alone)).toBeUndefined()

  await scene.directory.admin.updateUser(boss, { displayName: 'Maxine' })
  site.writes.length = 0
  await scene.cycle()
  expect(await Promise.all(reports.map(bossOf))).toEqual(['Maxine', 'Maxine', 'Maxine'])
  expect(site.writes).toHaveLength(4)

  // What a change of the person's own manager is, a page of changes says itself.
  await scene.directory.admin.updateUser(reports[0]!, { manager: alone })
  await scene.directory.admin.updateUser(reports[1]!, { manager: null })
  await scene.cycle()
  expect(await Promise.all(reports.map(bossOf))).toEqual([`alone ${scene.id}`, null, 'Maxine'])

  site.writes.length = 0
  const full = await scene.cycle('full')
  expect(full.counters).toMatchObject({ queued: 0, dropped: 5 })
  expect(site.writes).toEqual([])
})

test('where the mapping names no manager nobody asks for reports', async () => {
  const { scene, boss } = await firm('boss2', { nickname: 'displayName' })
  await scene.cycle('due')
  await scene.directory.admin.updateUser(boss, { displayName: 'Maxine' })
  await scene.directory.admin.resetCounters()
  await scene.cycle()
  const { requests, items } = await scene.directory.admin.counters()
  expect([requests['users/{id}/directReports'], items['users/{id}/directReports']]).toEqual([undefined, undefined])
})
