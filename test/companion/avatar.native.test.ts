import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { ask, makePeople, phpValue, useCompanionSite, type Person } from './companion-scene.ts'
import { png } from './images.ts'

const scene = useCompanionSite({ role: 'entra_sync' })

let person: Person
let number = 0
beforeEach(async () => {
  number += 1
  const login = `pictured${number}`
  const made = (await makePeople(scene.site, { [login]: 'author' }))[login]
  if (made === undefined) throw new Error('made nobody')
  person = made
})

const route = () => `/entra-sync/v1/users/${person.id}/avatar`
const put = (image: Uint8Array<ArrayBuffer>, etag = 'W/"one"', type = 'image/png') =>
  ask(scene.site, scene.site, 'PUT', route(), {
    image,
    headers: { 'content-type': type, ...(etag === '' ? {} : { 'X-Entra-Sync-Photo': etag }) },
  })
const etag = async () => {
  const { body } = await ask(scene.site, scene.site, 'GET', `/wp/v2/users/${person.id}?context=edit&_fields=entra_sync`)
  return z.object({ entra_sync: z.object({ avatar: z.string().nullable() }) }).parse(body).entra_sync.avatar
}
const urls = async () =>
  z
    .array(z.string())
    .parse(
      await phpValue(
        scene.site,
        `array_map( fn( $size ) => get_avatar_url( ${person.id}, array( 'size' => $size ) ), array( 24, 96, 500 ) )`,
      ),
    )
/** Files and attachments, of everybody. */
const kept = () =>
  phpValue(
    scene.site,
    `array( count( glob( WP_CONTENT_DIR . '/uploads/entra-sync/*' ) ), (int) $GLOBALS['wpdb']->get_var( "SELECT COUNT(*) FROM wp_posts WHERE post_type = 'attachment'" ) )`,
  )
const size = async (url: string) =>
  phpValue(
    scene.site,
    `array_slice( getimagesizefromstring( file_get_contents( str_replace( content_url(), WP_CONTENT_DIR, '${url.replace(/^http:\/\/[^/]+/, "' . site_url() . '")}' ) ) ), 0, 2 )`,
  )

test('a photo becomes the avatar in the sizes that WordPress shows, at addresses that tell nothing', async () => {
  const answer = await put(png('a'))
  expect(answer).toMatchObject({ status: 200, body: { media: expect.any(Number), avatar: 'W/"one"' } })
  expect(await etag()).toBe('W/"one"')
  const [small, middle, large] = await urls()
  expect([await size(small ?? ''), await size(middle ?? ''), await size(large ?? '')]).toEqual([
    [48, 48],
    [96, 96],
    [240, 240],
  ])
  for (const url of [small, middle, large]) {
    expect(url).toMatch(/\/wp-content\/uploads\/entra-sync\/\w{24}(-\d+x\d+)?\.png$/)
    const served = await fetch(new URL(new URL(url ?? '').pathname, scene.site.url))
    expect([served.status, served.headers.get('content-type')]).toEqual([200, 'image/png'])
  }
  // Visitors can't list them, nor can other authors.
  for (const who of [null, person]) {
    const listed = await ask(scene.site, who, 'GET', '/wp/v2/media')
    expect(JSON.stringify(listed.body)).not.toContain('entra-sync/')
  }
})

test('everything that WordPress takes for a person shows it', async () => {
  await put(png('a'))
  await scene.site.php(`
    wp_insert_comment( array( 'comment_post_ID' => 1, 'user_id' => ${person.id}, 'comment_content' => 'x' ) );
    wp_insert_post( array( 'post_title' => 'x', 'post_status' => 'publish', 'post_author' => ${person.id} ) );`)
  const shown = await phpValue(
    scene.site,
    `array_map( fn( $of ) => (bool) strpos( (string) get_avatar_url( $of ), '/entra-sync/' ), array( ${person.id}, '${person.id}',
      get_userdata( ${person.id} ), '${person.username}@example.test', get_posts( array( 'author' => ${person.id} ) )[0],
      get_comments( array( 'user_id' => ${person.id} ) )[0], 1, 'stranger@example.test' ) )`,
  )
  expect(shown).toEqual([true, true, true, true, true, true, false, false])
  const forced = await phpValue(scene.site, `get_avatar_url( ${person.id}, array( 'force_default' => true ) )`)
  expect(forced).toMatch(/gravatar/)
})

test('the next photo replaces the file, the same photo writes nothing', async () => {
  const before = z.tuple([z.number(), z.number()]).parse(await kept())
  const one = await put(png('a'))
  const files = z.tuple([z.number(), z.number()]).parse(await kept())
  expect(files).toEqual([before[0] + 4, before[1] + 1])
  expect(await put(png('a'))).toEqual(one)
  const two = await put(png('b'), 'W/"two"')
  expect(two).toMatchObject({ body: { avatar: 'W/"two"' } })
  expect(two).not.toEqual(one)
  expect(await kept()).toEqual(files)
  expect(await etag()).toBe('W/"two"')
})

test('what an upload that broke off left behind goes with the next one', async () => {
  await put(png('a'))
  const files = await kept()
  // The new file was there, the account didn't know it yet.
  await scene.site.php(
    `EntraSync\\Avatar_Media::add( ${person.id}, base64_decode( '${Buffer.from(png('x')).toString('base64')}' ) );`,
  )
  expect(await kept()).not.toEqual(files)
  expect(await etag()).toBe('W/"one"')
  await put(png('b'), 'W/"two"')
  expect(await kept()).toEqual(files)
})

test('no photo any more: the file goes, twice too', async () => {
  const before = await kept()
  await put(png('a'))
  for (const _ of [1, 2])
    expect(await ask(scene.site, scene.site, 'DELETE', route())).toEqual({
      status: 200,
      body: { media: null, avatar: null },
    })
  expect(await kept()).toEqual(before)
  expect(await etag()).toBeNull()
  expect((await urls())[0]).toMatch(/gravatar\.com/)
})

test.for(['core', 'companion', 'a person in wp-admin'])(
  'the file goes with the account that %s deletes, and to no heir',
  async (by) => {
    const before = await kept()
    await put(png('a'))
    if (by === 'core') await ask(scene.site, scene.site, 'DELETE', `/wp/v2/users/${person.id}?force=true&reassign=1`)
    else if (by === 'companion') {
      const answer = await ask(
        scene.site,
        scene.site,
        'DELETE',
        `/entra-sync/v1/users/${person.id}?reassign=1&_fields=deleted,previous,id,username`,
      )
      expect(answer).toEqual({
        status: 200,
        body: { deleted: true, previous: { id: person.id, username: person.username } },
      })
    } else
      await scene.site.php(`require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( ${person.id}, 1 );`)
    expect(await phpValue(scene.site, `get_userdata( ${person.id} )`)).toBe(false)
    expect(await kept()).toEqual(before)
  },
)

test('a file that somebody deletes by hand is no avatar, and the directory’s is taken again', async () => {
  await put(png('a'))
  await scene.site.php(`wp_delete_attachment( get_user_option( 'entra_sync_avatar', ${person.id} )['media'], true );`)
  expect([await etag(), (await urls())[0]]).toEqual([null, expect.stringMatching(/gravatar/)])
  expect(await put(png('a'))).toMatchObject({ status: 200 })
  expect(await etag()).toBe('W/"one"')
})

test.for([
  ['text', Buffer.from('<?php echo 1;'), 'rest_upload_invalid_image'],
  ['nothing', Buffer.alloc(0), 'rest_upload_invalid_image'],
  ['a GIF', Buffer.from('R0lGODlhAQABAAAAACw=', 'base64'), 'rest_upload_invalid_image'],
  [
    'an SVG',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    'rest_upload_invalid_image',
  ],
  [
    'a picture that unpacks to 100 megapixels',
    Buffer.from(png('x', 1, 1).map((byte, at) => (at === 17 || at === 21 ? 1 : byte))),
    null,
  ],
] as const)('%s is refused, whatever it says it is', async ([, bytes, code]) => {
  const before = await kept()
  const answer = await put(new Uint8Array(bytes), 'W/"one"', 'image/jpeg')
  expect(answer).toMatchObject({ status: 400, body: { code: code ?? 'rest_upload_invalid_image' } })
  expect(await kept()).toEqual(before)
  expect(await etag()).toBeNull()
})

test('a photo without its mark is refused', async () => {
  expect(await put(png('a'), '')).toMatchObject({ status: 400, body: { code: 'rest_invalid_param' } })
  expect((await ask(scene.site, scene.site, 'DELETE', '/entra-sync/v1/users/999999/avatar')).status).toBe(404)
})
