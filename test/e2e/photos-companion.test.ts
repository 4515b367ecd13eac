import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { pngOf } from '../../dev/directory/picture.ts'
import { startRecordingProxy } from '../../dev/wordpress/proxy.ts'
import { receiveRead } from '../../lib/sync/receive-message.ts'
import type { LeavingPolicy } from '../../lib/domain/leaving.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { useLaneServers, useStops } from '../support/use-servers.ts'

/** Photos with the companion plugin: what core shows as the avatar, and how many files there are. */

const stops = useStops()
const servers = useLaneServers(stops, { companion: true })

const md5 = (look: string) => createHash('md5').update(pngOf(240, look)).digest('hex')

test('the avatar is the directory’s photo: put there, replaced by one upload, repeated without another file, gone with it and with the account', async () => {
  const { site, directory } = servers
  const proxy = await startRecordingProxy(site.url)
  stops.push(proxy.stop)
  const remove: LeavingPolicy = { action: 'delete', deleteAfter: null }
  const policy = {
    photos: { everyMs: 0, size: 240 as const },
    leaving: { disabled: remove, deleted: remove, absent: remove, 'out-of-scope': remove },
    reassignTo: site.adminUsername,
  }
  const lane = createLaneScene(servers, 'companion', { siteUrl: proxy.url, policy })
  const anna = await lane.person('anna')
  const avatar = async (): Promise<unknown> => {
    const id = (await lane.link(anna))?.wordpressId ?? 0
    return JSON.parse(
      await site.php(`$media = get_posts(['post_type' => 'attachment', 'numberposts' => -1, 'post_status' => 'any']);
        $stored = get_user_option('entra_sync_avatar', ${id});
        echo json_encode(['files' => array_map(static fn($one) => md5_file(get_attached_file($one->ID)), $media),
          'tag' => $stored['etag'] ?? null, 'own' => str_contains(get_avatar_url(${id}), '/uploads/')]);`),
    )
  }
  const poll = async () => {
    await proxy.reset()
    await receiveRead(lane.context, { connection: lane.id, photos: true })
    await lane.quiet()
    return proxy.requests
      .filter(({ path }) => path.includes('/avatar'))
      .map(({ method, status }) => `${method} ${status}`)
  }

  await directory.admin.setPhoto(anna, { look: 'a' })
  await lane.settle(anna)
  await lane.quiet()
  const first = (await lane.link(anna))?.photo
  expect(await avatar()).toEqual({ files: [md5('a')], tag: first, own: true })
  expect(await poll()).toEqual([])

  await directory.admin.setPhoto(anna, { look: 'b' })
  expect(await poll()).toEqual(['PUT 200'])
  const second = (await lane.link(anna))?.photo
  expect(second).not.toBe(first)
  expect(await avatar()).toEqual({ files: [md5('b')], tag: second, own: true })

  // As after a death between upload and commit: the link knows the first photo only.
  const stored = (await lane.context.stores.links.read(lane.id, lane.id, [anna])).get(anna)!
  await lane.context.stores.links.write(lane.id, [
    { link: { ...stored.link, photo: first ?? null }, etag: stored.etag },
  ])
  expect(await poll()).toEqual(['PUT 200'])
  expect(await avatar()).toEqual({ files: [md5('b')], tag: second, own: true })

  await directory.admin.setPhoto(anna, { none: '1x1' })
  expect(await poll()).toEqual(['DELETE 200'])
  expect(await avatar()).toEqual({ files: [], tag: null, own: false })

  await directory.admin.setPhoto(anna, { look: 'c' })
  expect(await poll()).toEqual(['PUT 200'])
  await directory.admin.softDelete(anna)
  await lane.settle(anna)
  await lane.judge()
  expect(await lane.link(anna)).toMatchObject({ state: 'deleted', photo: null })
  expect(await avatar()).toMatchObject({ files: [] })
  expect(await lane.told(anna)).toEqual(['created', ...Array<string>(5).fill('updated'), 'deleted deleted'])
})
