import { describe, expect, test } from 'vitest'
import {
  accountOf,
  ownColour,
  useAvatarSite,
  type AvatarKeeper,
  type AvatarSiteOptions,
} from '../support/avatar-site.ts'
import type { RealPlugin } from '../support/real-plugins.ts'

type Suite = AvatarSiteOptions & { targets: readonly string[]; keepers: readonly AvatarKeeper[] }

/** Photos of the directory on a native site with real plugins: shown, replaced, removed, and gone with the account. */
export function realAvatarsSuite(name: string, { targets, keepers, ...options }: Suite): void {
  describe(`avatars ${name}`, () => {
    const { servers, php, kept, counts, shown, choose, scene, expectShown } = useAvatarSite(options)

    test('a photo is the avatar that the plugin shows; the next one takes its place, and none leaves nothing', async () => {
      const { lane, look, noPhoto, poll } = await scene()
      const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
      const before = await counts()
      await look(anna, 'a')
      expect((await lane.cycle('due')).counters).toMatchObject({ created: 2, failed: 0 })
      const capabilities = await lane.context.stores.sites.readCapabilities(lane.id)
      expect(capabilities?.capabilities.photoTargets).toEqual(targets)
      const id = await accountOf(lane, anna)
      expect(await lane.told(anna)).toEqual(['created', 'updated'])
      await expectShown(keepers, id, 'a')
      await expectShown(keepers, await accountOf(lane, bert), null)
      const one = await counts()
      expect(one[0]).toBeGreaterThan(before[0]!)

      for (const next of ['b', 'c']) {
        await look(anna, next)
        await poll()
        await expectShown(keepers, id, next)
        expect(await counts()).toEqual(one)
      }
      expect(await lane.told(anna)).toEqual(['created', 'updated', 'updated', 'updated'])
      const files = await kept()
      await poll()
      expect((await lane.cycle('full')).counters).toMatchObject({ queued: 0, siteWrites: 0 })
      expect(await kept()).toEqual(files)
      expect(await lane.rows()).toHaveLength(5)

      await noPhoto(anna)
      await poll()
      await expectShown(keepers, id, null)
      expect(await counts()).toEqual(before)
      expect((await lane.link(anna))?.photo).toBeNull()
    })

    test('it goes with the account, and to no heir', async () => {
      const { lane, look } = await scene()
      const [anna, bert] = [await lane.person('anna'), await lane.person('bert')]
      const before = await kept()
      await look(anna, 'a')
      await lane.cycle('due')
      const id = await accountOf(lane, anna)
      await expectShown(keepers, id, 'a')
      await lane.directory.admin.softDelete(anna)
      expect((await lane.cycle()).counters).toMatchObject({ deleted: 1, failed: 0 })
      expect(await php(id, 'get_userdata( $id )')).toBe(false)
      expect(await kept()).toEqual(before)
      await expectShown(keepers, Number(await servers.site.php("echo get_user_by( 'login', 'admin' )->ID;")), null)
      await expectShown(keepers, await accountOf(lane, bert), null)
      expect(await lane.link(anna)).toMatchObject({ state: 'deleted', photo: null, intent: null })
    })

    const chosen = keepers.flatMap((keeper) => (keeper.upload === null ? [] : [{ keeper, upload: keeper.upload }]))
    test.runIf(chosen.length > 0)(
      'what somebody chose themselves stays when the directory has no photo any more, and goes with its next one',
      async () => {
        const { lane, look, noPhoto, poll } = await scene()
        const anna = await lane.person('anna')
        await look(anna, 'a')
        await lane.cycle('due')
        const id = await accountOf(lane, anna)
        for (const { upload } of chosen) await choose(id, upload)
        for (const { keeper } of chosen) expect(await shown(id, keeper)).toEqual([ownColour])
        await noPhoto(anna)
        await poll()
        for (const { keeper } of chosen) expect(await shown(id, keeper)).toEqual([ownColour])
        // Nothing of the directory's is kept, not even where the plugin puts earlier avatars aside.
        expect((await kept())[0].filter((file) => file.includes('entra-sync'))).toEqual([])
        await look(anna, 'b')
        await poll()
        await expectShown(keepers, id, 'b')
      },
    )
  })
}

/** Plugins that only the companion reaches. */
export function realAvatarsNowhere(name: string, plugins: readonly RealPlugin[]): void {
  describe(`avatars ${name}`, () => {
    const { kept, scene } = useAvatarSite({ plugins, companion: false })

    test('photos have nowhere to go, which is told once and fails nobody', async () => {
      const { lane, look } = await scene()
      const before = await kept()
      const people = [await lane.person('anna'), await lane.person('bert')]
      for (const person of people) await look(person, 'a')
      expect((await lane.cycle('due')).counters).toMatchObject({ created: 2, failed: 0 })
      expect((await lane.context.stores.sites.readCapabilities(lane.id))?.capabilities.photoTargets).toEqual([])
      expect(lane.logged('photos have nowhere to go')).toHaveLength(1)
      for (const person of people) expect(await lane.told(person)).toEqual(['created'])
      expect(await kept()).toEqual(before)
    })
  })
}

/** Simple Local Avatars and the companion: what one of them leaves to the other. */
export function realLocalAvatarsSuite(plugins: readonly RealPlugin[], keeper: AvatarKeeper & { upload: string }): void {
  describe('avatars with the companion plugin beside it', () => {
    const { servers, counts, shown, choose, scene, expectShown } = useAvatarSite({ plugins, companion: true })
    const activation = (call: string) =>
      servers.site.php(`require_once ABSPATH . 'wp-admin/includes/plugin.php'; ${call}( 'entra-sync/entra-sync.php' );
        ( new WP_User( get_user_by( 'login', '${servers.site.username}' )->ID ) )->set_role( 'administrator' );`)

    test('photos from before the companion came are replaced, removed and gone with their accounts', async () => {
      await activation('deactivate_plugins')
      const { lane, look, noPhoto, poll } = await scene({ timings: { capabilitiesFresh: 1 } })
      const people = [await lane.person('anna'), await lane.person('bert'), await lane.person('cleo')] as const
      const [anna, bert, cleo] = people
      const before = await counts()
      for (const person of people) await look(person, 'a')
      await lane.cycle('due')
      for (const person of people) await expectShown([keeper], await accountOf(lane, person), 'a')
      const perPerson = ((await counts())[1]! - before[1]!) / 3
      expect(perPerson).toBe(1)

      await activation('activate_plugin')
      await look(anna, 'b')
      await noPhoto(bert)
      await poll()
      await lane.directory.admin.softDelete(cleo)
      expect((await lane.cycle()).counters).toMatchObject({ deleted: 1 })
      await expectShown([keeper], await accountOf(lane, anna), 'b')
      await expectShown([keeper], await accountOf(lane, bert), null)
      expect((await counts())[1]).toBe(before[1]! + 1)
      await noPhoto(anna)
      await poll()
      expect(await counts()).toEqual(before)
    })

    test('who takes their own avatar away is shown with the directory’s again, in every size', async () => {
      const { lane, look } = await scene()
      const anna = await lane.person('anna')
      await look(anna, 'a')
      await lane.cycle('due')
      const id = await accountOf(lane, anna)
      await expectShown([keeper], id, 'a')
      await choose(id, keeper.upload)
      expect(await shown(id, keeper)).toEqual([ownColour])
      await servers.site.php(`$GLOBALS['simple_local_avatars']->avatar_delete( ${id} );`)
      expect(await shown(id, keeper)).not.toContain('broken')
      expect(await shown(id, keeper)).toHaveLength(1)
      expect(await shown(id, keeper)).not.toEqual(['none'])
    })
  })
}
