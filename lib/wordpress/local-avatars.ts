import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Photo } from '../domain/photo.ts'
import { photoBody } from './photo-answer.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'
import type { Send } from './write-photo.ts'

const mediaSchema = z.object({ id: z.number().int().positive(), slug: z.string() })

/** null = none; it keeps what it was given, a number or a text. */
const avatarSchema = z.object({
  simple_local_avatar: z.object({ media_id: z.coerce.number() }).nullable().catch(null),
})

/**
 * Simple Local Avatars: a file of the media library, and a field of the user that names it. The file's name tells whose photo it is and
 * which one, so that whoever died between two requests leaves nothing behind: the next try finds the file, uses it, and takes all others.
 * https://github.com/10up/simple-local-avatars/blob/develop/includes/class-simple-local-avatars.php (set_avatar_rest)
 */
export function localAvatars(send: Send, ownUserId: number, headers: Record<string, string>) {
  /** Media of this person that the sync's account has uploaded. */
  async function existing(id: number): Promise<z.infer<typeof mediaSchema>[]> {
    const query = { search: prefix(id), author: String(ownUserId), per_page: '100', _fields: 'id,slug' }
    const body = photoBody(await send({ method: 'GET', route: '/wp/v2/media', query }))
    // A search finds longer names too.
    return z
      .array(mediaSchema)
      .parse(body)
      .filter(({ slug }) => new RegExp(`^${prefix(id)}[0-9a-f]{16}(-\\d+)?$`).test(slug))
  }

  async function name(id: number, media: number): Promise<void> {
    const body = { simple_local_avatar: { media_id: media } }
    const route = `/wp/v2/users/${id}`
    photoBody(await send({ method: 'POST', route, query: { _fields: 'id' }, headers, body }))
  }

  /** The file that the account shows; null = none, or there is no account any more. */
  async function shown(id: number): Promise<number | null> {
    const query = { context: 'edit', _fields: 'simple_local_avatar' }
    const answer = await send({ method: 'GET', route: `/wp/v2/users/${id}`, query })
    if (answer.status === 404 && parseErrorBody(parseJson(answer.text))?.code === 'rest_user_invalid_id') return null
    return avatarSchema.parse(photoBody(answer)).simple_local_avatar?.media_id ?? null
  }

  async function remove(media: readonly { id: number }[]): Promise<void> {
    for (const { id } of media) {
      const answer = await send({ method: 'DELETE', route: `/wp/v2/media/${id}`, query: { force: 'true' }, headers })
      // Somebody was faster.
      if (answer.status !== 404) photoBody(answer)
    }
  }

  async function upload(slug: string, { bytes, type }: Photo): Promise<number> {
    const file = `${slug}.${type === 'image/png' ? 'png' : 'jpg'}`
    const disposition = { 'Content-Disposition': `attachment; filename="${file}"` }
    const query = { title: slug, _fields: 'id,slug' }
    const request = { method: 'POST', route: '/wp/v2/media', query, content: { bytes, type } } as const
    return mediaSchema.parse(photoBody(await send({ ...request, headers: { ...headers, ...disposition } }))).id
  }

  return {
    async set(id: number, photo: Photo, tag: string): Promise<void> {
      const slug = prefix(id) + createHash('sha256').update(tag).update(photo.bytes).digest('hex').slice(0, 16)
      const media = await existing(id)
      const current = media.find((one) => one.slug.startsWith(slug))?.id ?? (await upload(slug, photo))
      await name(id, current)
      await remove(media.filter((one) => one.id !== current))
    },
    async clear(id: number): Promise<void> {
      const media = await existing(id)
      // Without a file of ours it is somebody's own avatar, or none; so it is where another one than ours shows.
      if (media.length === 0) return
      const current = await shown(id)
      if (media.some((one) => one.id === current)) await name(id, 0)
      await remove(media)
    },
  }
}

const prefix = (id: number): string => `entra-sync-photo-${id}-`
