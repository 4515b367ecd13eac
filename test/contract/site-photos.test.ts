import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { pngOf } from '../../dev/directory/picture.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import { routeOf } from '../../dev/wordpress/recorded-writes.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { SiteFault } from '../../lib/domain/faults.ts'
import type { Site } from '../../lib/sync/ports/site.ts'
import { createSite } from '../../lib/wordpress/site.ts'
import { metaOf, setAvatarPlugins, type AvatarPlugin } from '../support/avatar-plugins.ts'
import { useStops } from '../support/use-servers.ts'

/** Avatars, by what keeps them on the site. */

const stops = useStops()
let wordpress: WordPressSite
let proxy: RecordingProxy
let made = 0

beforeAll(async () => {
  wordpress = await startEmbeddedWordPress({ version: '6.6-RC3' })
  proxy = await startRecordingProxy(wordpress.url)
  stops.push(wordpress.stop, proxy.stop)
})

async function siteWith(plugins: readonly AvatarPlugin[]): Promise<{ site: Site; targets: string[]; id: number }> {
  await setAvatarPlugins(wordpress, plugins)
  const { username, applicationPassword } = wordpress
  const site = createSite({ url: proxy.url, username, applicationPassword, requestTimeout: 60_000, concurrency: 4 })
  const { photoTargets } = await site.discover()
  const login = `avatar-${++made}`
  const [answer] = await site.write([
    { kind: 'create', attempt: 'a', username: login, fields: { email: `${login}@people.test` } },
  ])
  if (!answer?.ok) throw new Error('the account was not made')
  await proxy.reset()
  return { site, targets: photoTargets, id: answer.user.id }
}

const photo = (look: string, edge = 240) => ({ bytes: pngOf(edge, look), type: 'image/png' as const })
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const sent = () => proxy.requests.map(({ method, path }) => `${method} ${routeOf(path)}`)

describe('with the companion', () => {
  test('one request a photo, whose tag and attempt go along; one to remove it', async () => {
    const { site, targets, id } = await siteWith(['companion', 'simple-local-avatars', 'buddypress'])
    expect(targets).toEqual(['companion'])
    const first = photo('a')
    expect(await site.writePhoto({ attempt: 'attempt-1', id, photo: first, tag: '"T1"' })).toEqual({ ok: true })
    expect(await metaOf(wordpress, id, 'test_avatar')).toEqual({
      etag: '"T1"',
      hash: md5(first.bytes),
      type: 'image/png',
    })
    expect(proxy.requests.flatMap(({ writes }) => writes)).toEqual([
      { attempt: 'attempt-1', method: 'PUT', path: `/entra-sync/v1/users/${id}/avatar`, status: 200 },
    ])
    expect(await site.removePhoto({ attempt: 'attempt-2', id })).toEqual({ ok: true })
    expect(await metaOf(wordpress, id, 'test_avatar')).toBe('')
    expect(sent()).toHaveLength(2)
  })

  test('an account that is gone, and an image that is refused, are that person’s faults', async () => {
    const { site, id } = await siteWith(['companion'])
    expect(await site.writePhoto({ attempt: 'a', id: 4_000_000, photo: photo('a'), tag: 't' })).toMatchObject({
      ok: false,
      fault: { kind: 'gone', code: 'rest_user_invalid_id' },
    })
    const broken = { bytes: new Uint8Array([0x89, 0x50]), type: 'image/png' as const }
    expect(await site.writePhoto({ attempt: 'a', id, photo: broken, tag: 't' })).toMatchObject({
      ok: false,
      fault: { code: 'entra_sync_invalid_image' },
    })
  })

  test('a route that was taken away since is no fault of the site; a lost credential is', async () => {
    const { site, id } = await siteWith(['companion'])
    await setAvatarPlugins(wordpress, [])
    const answer = await site.writePhoto({ attempt: 'a', id, photo: photo('a'), tag: 't' })
    expect(answer).toMatchObject({ ok: false, fault: { code: 'rest_no_route' } })
    await setAvatarPlugins(wordpress, ['companion'])
    await wordpress.setConditions(['authorization-stripped'])
    await expect(site.writePhoto({ attempt: 'a', id, photo: photo('a'), tag: 't' })).rejects.toThrow(SiteFault)
    await wordpress.setConditions([])
  })
})

describe('with Simple Local Avatars', () => {
  /** Files of the media library, by the account's own word and by the library's. */
  const media = async () =>
    JSON.parse(
      await wordpress.php(
        `echo json_encode(get_posts(['post_type' => 'attachment', 'numberposts' => -1, 'fields' => 'ids', 'post_status' => 'any']));`,
      ),
    ) as number[]
  const shown = async (id: number) =>
    await wordpress.php(
      `$m = get_user_meta(${id}, 'simple_local_avatar', true); echo $m && $m['media_id'] ? md5_file(get_attached_file($m['media_id'])) : 'none';`,
    )

  test('one file a person: replaced, removed, and never another’s', async () => {
    const { site, targets, id } = await siteWith(['simple-local-avatars'])
    expect(targets).toEqual(['simple-local-avatars'])
    const before = await media()
    const other = (await siteWith(['simple-local-avatars'])).id
    await site.writePhoto({ attempt: 'a', id: other, photo: photo('other'), tag: 'o' })
    for (const look of ['a', 'b']) {
      expect(await site.writePhoto({ attempt: 'a', id, photo: photo(look), tag: look })).toEqual({ ok: true })
      expect(await shown(id)).toBe(md5(photo(look).bytes))
      expect(await media()).toHaveLength(before.length + 2)
    }
    expect(await site.removePhoto({ attempt: 'a', id })).toEqual({ ok: true })
    expect(await shown(id)).toBe('none')
    expect(await media()).toHaveLength(before.length + 1)
    expect(await shown(other)).toBe(md5(photo('other').bytes))
  })

  test('ended between any two of its requests, the next try leaves one file', async () => {
    const { site, id } = await siteWith(['simple-local-avatars'])
    const before = (await media()).length
    await site.writePhoto({ attempt: 'a', id, photo: photo('old'), tag: 'old' })
    // Four requests: look, upload, name, delete the old one.
    for (const most of [1, 2, 3]) {
      let left = most - 1
      const proceed = () => {
        if (left-- === 0) throw new Error('the process died')
      }
      const write = { attempt: 'a', id, photo: photo(`new ${most}`), tag: `new ${most}` }
      await expect(site.writePhoto(write, proceed)).rejects.toThrow('the process died')
      await proxy.reset()
      expect(await site.writePhoto(write)).toEqual({ ok: true })
      expect(sent().filter((one) => one === 'POST /wp/v2/media')).toHaveLength(most === 1 ? 1 : 0)
      expect(await shown(id)).toBe(md5(write.photo.bytes))
      expect(await media()).toHaveLength(before + 1)
    }
  })

  test('an avatar that somebody chose is not removed, though the file before it is', async () => {
    const { site, id } = await siteWith(['simple-local-avatars'])
    const before = (await media()).length
    for (const ours of [false, true]) {
      if (ours) await site.writePhoto({ attempt: 'a', id, photo: photo('a'), tag: 'a' })
      await wordpress.php(`update_user_meta(${id}, 'simple_local_avatar', ['media_id' => 5, 'full' => 'x']);`)
      expect(await site.removePhoto({ attempt: 'a', id })).toEqual({ ok: true })
      expect(await metaOf(wordpress, id, 'simple_local_avatar')).toEqual({ media_id: 5, full: 'x' })
      expect(await media()).toHaveLength(before)
    }
  })

  test('the file of an account that is gone is removed', async () => {
    const { site, id } = await siteWith(['simple-local-avatars'])
    const before = (await media()).length
    await site.writePhoto({ attempt: 'a', id, photo: photo('a'), tag: 'a' })
    await wordpress.php(`require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(${id}, 1);`)
    for (let times = 0; times < 2; times++) expect(await site.removePhoto({ attempt: 'a', id })).toEqual({ ok: true })
    expect(await media()).toHaveLength(before)
  })
})

describe('with BuddyPress', () => {
  test('a form with the file; too small is that person’s fault; removed once or twice', async () => {
    const { site, targets, id } = await siteWith(['buddypress'])
    expect(targets).toEqual(['buddypress'])
    expect(await site.writePhoto({ attempt: 'a', id, photo: photo('a'), tag: 't' })).toEqual({ ok: true })
    expect(await metaOf(wordpress, id, 'test_member_avatar')).toEqual({ edge: 240, hash: md5(photo('a').bytes) })
    expect(await site.writePhoto({ attempt: 'a', id, photo: photo('a', 96), tag: 't' })).toMatchObject({
      fault: { code: 'bp_rest_attachments_user_avatar_error' },
    })
    for (let times = 0; times < 2; times++) expect(await site.removePhoto({ attempt: 'a', id })).toEqual({ ok: true })
    expect(await metaOf(wordpress, id, 'test_member_avatar')).toBe('')
    expect(await site.writePhoto({ attempt: 'a', id: 4_000_000, photo: photo('a'), tag: 't' })).toMatchObject({
      fault: { kind: 'gone' },
    })
  })
})

test('several that keep avatars get it each; without any there is nowhere', async () => {
  const { site, targets, id } = await siteWith(['simple-local-avatars', 'buddypress'])
  expect(targets).toEqual(['simple-local-avatars', 'buddypress'])
  expect(await site.writePhoto({ attempt: 'a', id, photo: photo('a'), tag: 't' })).toEqual({ ok: true })
  expect(await metaOf(wordpress, id, 'test_member_avatar')).toMatchObject({ edge: 240 })
  expect(await metaOf(wordpress, id, 'simple_local_avatar')).toMatchObject({ media_id: expect.any(Number) })
  expect((await siteWith([])).targets).toEqual([])
})
