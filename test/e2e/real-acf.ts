import { beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { addMuPlugin } from '../companion/companion-scene.ts'
import {
  anna,
  expected,
  fieldGroup,
  filtered,
  mapping,
  nobody,
  nothing,
  speaks,
  withoutBatches,
} from '../support/acf-staff.ts'
import { createCycleScene, type CycleScene } from '../support/cycle-scene.ts'
import { installPlugins, type RealPlugin } from '../support/real-plugins.ts'
import { useStops } from '../support/use-servers.ts'

/** Mapped values of every kind in the fields of a real ACF. */
export function realAcfSuite(name: string, options: { plugins: readonly RealPlugin[]; companion: boolean }): void {
  describe(`fields ${name}`, () => {
    const stops = useStops()
    const servers = {} as { site: WordPressSite; storage: string }
    const shown = options.companion ? filtered : expected
    let scenes = 0
    beforeAll(async () => {
      const { companion, plugins } = options
      const role = companion ? 'entra_sync' : 'administrator'
      const [azurite, site] = await Promise.all([startAzurite(), startNativeWordPress({ companion, role, workers: 3 })])
      stops.push(azurite.stop, site.stop)
      Object.assign(servers, { site, storage: azurite.connectionString })
      await installPlugins(site, plugins)
      await addMuPlugin(site, 'staff-fields', fieldGroup)
      await addMuPlugin(site, 'no-batches', withoutBatches)
    })

    async function scene(settings = mapping): Promise<CycleScene> {
      const lane = await createCycleScene(servers, `acf${++scenes}`, { mapping: settings })
      stops.push(lane.stop)
      return lane
    }
    /** What ACF's own REST answer says to an administrator, beside what its functions say to themes. */
    async function fieldsOf(lane: CycleScene, person: string): Promise<Record<string, unknown>> {
      const id = (await lane.link(person))!.wordpressId!
      return JSON.parse(
        await servers.site.php(`wp_set_current_user( 1 ); $request = new WP_REST_Request( 'GET', '/wp/v2/users/${id}' );
          echo json_encode( rest_do_request( $request )->get_data()['acf'] );`),
      )
    }
    const raw = async (lane: CycleScene, person: string, field: string) =>
      JSON.parse(
        await servers.site.php(
          `echo json_encode( get_field( '${field}', 'user_${(await lane.link(person))!.wordpressId!}', false ) );`,
        ),
      ) as unknown
    const byHand = async (lane: CycleScene, person: string, field: string, value: string) =>
      servers.site.php(`update_field( '${field}', ${value}, 'user_${(await lane.link(person))!.wordpressId!}' );`)
    /** As after a change of the configuration: nobody is taken for settled by the fingerprint. */
    async function everybodyAnew(lane: CycleScene) {
      Object.assign(lane.connection, { configurationHash: String(Math.random()).slice(2, 18) })
      return await lane.cycle('full')
    }
    async function verify(lane: CycleScene) {
      await lane.context.stores.sites.writeVerify(lane.id, lane.id, {
        ...{ startedAt: 0, after: null, finishedAt: 0, checked: 0, drifted: 0, missing: 0 },
      })
      await wakeLanes(lane.context)
      await lane.quiet()
      return await lane.context.stores.sites.readVerify(lane.id, lane.id)
    }
    const rowOf = async (lane: CycleScene, person: string) =>
      (await lane.rows()).find(({ objectId }) => objectId === person)

    test('values of every kind arrive with the accounts, 25 of them in one request, and are never written again', async () => {
      const lane = await scene()
      const people = await lane.people(24)
      const person = await lane.person('anna', anna)
      const first = await lane.cycle('due')
      expect(first.counters).toMatchObject({ created: 25, failed: 0, siteWrites: options.companion ? 2 : 3 })
      expect(await rowOf(lane, person)).toMatchObject({ status: 'created', error: null })
      expect(await fieldsOf(lane, person)).toEqual(shown)
      expect(await raw(lane, person, 'motto')).toBe(shown.motto)
      expect((await rowOf(lane, people[0]!))?.error).toBeNull()

      expect((await lane.cycle('full')).counters).toMatchObject({ siteRequests: 0, siteWrites: 0 })
      expect((await everybodyAnew(lane)).counters).toMatchObject({ queued: 25, unchanged: 25, siteWrites: 0 })
      expect(await verify(lane)).toMatchObject({ checked: 25, drifted: 0 })
      expect(await lane.rows()).toHaveLength(25)
    })

    test('null clears every kind of field, and what is cleared is not written again', async () => {
      const lane = await scene()
      const [person, other] = [await lane.person('anna', anna), await lane.person('bert', anna)]
      await lane.cycle('due')
      await byHand(lane, person, 'own', "'stays'")
      await lane.directory.admin.updateUser(person, nobody)
      await lane.directory.admin.updateUser(other, { postalCode: null })
      expect((await lane.cycle()).counters).toMatchObject({ updated: 2, siteWrites: 1 })
      for (const each of [person, other])
        expect(await rowOf(lane, each)).toMatchObject({ status: 'updated', error: null })
      expect(await fieldsOf(lane, other)).toEqual({ ...shown, place: { ...shown.place, zip: '' } })
      const { own, greeting: _greeting, ...mapped } = await fieldsOf(lane, person)
      expect([own, nothing(mapped)]).toEqual(['stays', true])
      expect((await everybodyAnew(lane)).counters).toMatchObject({ unchanged: 2, siteWrites: 0 })
      expect(await verify(lane)).toMatchObject({ checked: 2, drifted: 0 })
      expect(await lane.told(person)).toEqual(['created', 'updated'])
    })

    test('a change of one field is sent alone; a change by hand is found by the verify pass and mended', async () => {
      const lane = await scene()
      const person = await lane.person('anna', anna)
      await lane.cycle('due')
      await lane.directory.admin.updateUser(person, { [speaks]: ['en'] })
      expect((await lane.cycle()).counters).toMatchObject({ updated: 1, siteWrites: 1 })
      expect((await rowOf(lane, person))?.changes).toEqual([
        { field: 'acf.languages', from: '["de","fr"]', to: '["en"]' },
      ])
      await byHand(lane, person, 'floor', '99')
      await byHand(lane, person, 'place', "array( 'zip' => '99999' )")
      await byHand(lane, person, 'languages', "array( 'fr' )")
      await byHand(lane, person, 'own', "'mine'")
      expect(await verify(lane)).toMatchObject({ checked: 1, drifted: 1 })
      expect(await fieldsOf(lane, person)).toEqual({ ...shown, languages: ['en'], own: 'mine' })
      const row = await rowOf(lane, person)
      expect(row).toMatchObject({ status: 'updated', trigger: 'verify' })
      expect(row?.changes.map(({ field }) => field).sort()).toEqual(['acf.floor', 'acf.languages', 'acf.place'])
      expect(await verify(lane)).toMatchObject({ drifted: 0 })
    })

    test('where users can’t be batched, values are held against their types, and one thing is different: null in a group', async () => {
      await servers.site.php("update_option( 'test_no_batches', 1 );")
      try {
        const lane = await scene()
        const [person, other] = [await lane.person('anna', anna), await lane.person('bert', anna)]
        expect((await lane.cycle('due')).counters).toMatchObject({ created: 2, failed: 0 })
        expect((await lane.context.stores.sites.readCapabilities(lane.id))?.capabilities.batch).toBe(false)
        expect(await fieldsOf(lane, person)).toEqual(shown)
        await lane.directory.admin.updateUser(person, nobody)
        await lane.directory.admin.updateUser(other, { postalCode: null })
        expect((await lane.cycle()).counters).toMatchObject({ updated: 2, failed: 0 })
        expect((await rowOf(lane, person))?.error).toBeNull()
        const { greeting: _greeting, ...mapped } = await fieldsOf(lane, person)
        expect(nothing(mapped)).toBe(true)
        // Told, for ACF takes "keep" for "clear"; its filter for those without `unfiltered_html` makes an empty text of it.
        const kept = options.companion ? null : 'the site keeps something else in acf.place'
        expect((await rowOf(lane, other))?.error).toBe(kept)
      } finally {
        await servers.site.php("delete_option( 'test_no_batches' );")
      }
    })

    test('what ACF makes something else of is told: a default value that comes back, a choice that it takes for a number', async () => {
      const lane = await scene({ acf: { greeting: 'jobTitle', room: 'officeLocation' } })
      const person = await lane.person('anna', { jobTitle: 'Welcome', officeLocation: '8' })
      await lane.cycle('due')
      expect(await rowOf(lane, person)).toMatchObject({ status: 'created', error: null })
      await lane.directory.admin.updateUser(person, { jobTitle: null, officeLocation: '007' })
      await lane.cycle()
      const error = 'the site keeps something else in acf.greeting, acf.room'
      expect(await rowOf(lane, person)).toMatchObject({ status: 'updated', error })
      expect(await fieldsOf(lane, person)).toMatchObject({ greeting: 'Hello', room: 7 })
    })

    test('a field that ACF doesn’t show is told before anybody is written', async () => {
      const lane = await scene({ acf: { ...mapping.acf, garage: 'city' } })
      const person = await lane.person('anna', anna)
      await lane.settle(person)
      expect(await lane.link(person)).toBeUndefined()
      const [told] = lane.logged('the site does not take mapped fields')
      expect(told?.fields).toMatchObject({ fields: 'acf.garage', people: 1 })
    })
  })
}
