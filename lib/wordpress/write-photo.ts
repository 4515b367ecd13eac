import { companionNamespace } from '../domain/companion.ts'
import type { Photo } from '../domain/photo.ts'
import type { Capabilities } from '../domain/site-user.ts'
import type { PhotoAnswer, PhotoWrite } from '../sync/ports/site.ts'
import { localAvatars } from './local-avatars.ts'
import { answered, photoBody, Refused } from './photo-answer.ts'
import { buddyPressNamespace } from './photo-targets.ts'
import type { Rest } from './rest.ts'

type Removal = Omit<PhotoWrite, 'photo' | 'tag'>

/** What each request of one write goes through: the lane may end it between two. */
export type Send = Rest['send']

/** Avatars by whatever keeps them on the site: the companion, else every plugin that is there. */
export function photoWriter(rest: Rest, capabilities: () => Capabilities | null) {
  const run = (work: (send: Send, found: Capabilities) => Promise<void>, proceed: () => void): Promise<PhotoAnswer> => {
    const found = capabilities()
    if (found === null) throw new Error('a photo was written before the site was asked what it has')
    let first = true
    const send: Send = (request) => {
      if (!first) proceed()
      first = false
      return rest.send(request)
    }
    return answered(() => work(send, found))
  }

  return {
    write: ({ attempt, id, photo, tag }: PhotoWrite, proceed = () => {}): Promise<PhotoAnswer> =>
      run(async (send, { photoTargets, namespaces, ownUserId }) => {
        const headers = attemptHeader(attempt)
        for (const target of photoTargets)
          if (target === 'companion') {
            const content = { bytes: photo.bytes, type: photo.type }
            const tagged = { ...headers, 'X-Entra-Sync-Photo': tag }
            photoBody(await send({ method: 'PUT', route: companionRoute(id), headers: tagged, content }))
          } else if (target === 'simple-local-avatars') await localAvatars(send, ownUserId, headers).set(id, photo, tag)
          else {
            const content = multipart(photo)
            photoBody(await send({ method: 'POST', route: memberRoute(id, namespaces), headers, content }))
          }
      }, proceed),
    remove: ({ attempt, id }: Removal, proceed = () => {}): Promise<PhotoAnswer> =>
      run(async (send, { photoTargets, namespaces, ownUserId }) => {
        const headers = attemptHeader(attempt)
        for (const target of photoTargets)
          if (target === 'companion') photoBody(await send({ method: 'DELETE', route: companionRoute(id), headers }))
          else if (target === 'simple-local-avatars') await localAvatars(send, ownUserId, headers).clear(id)
          else await removeMember(send, memberRoute(id, namespaces), headers)
      }, proceed),
  }
}

const attemptHeader = (attempt: string) => ({ 'X-Entra-Sync-Attempt': attempt })

const companionRoute = (id: number) => `/${companionNamespace}/users/${id}/avatar`

/** https://developer.buddypress.org/bp-rest-api/reference/attachments/member-avatar/ ; BuddyBoss has the same route under its name. */
function memberRoute(id: number, namespaces: readonly string[]): string {
  const namespace = namespaces.includes('buddyboss/v1') ? 'buddyboss/v1' : buddyPressNamespace(namespaces)
  return `/${namespace}/members/${id}/avatar`
}

async function removeMember(send: Send, route: string, headers: Record<string, string>): Promise<void> {
  try {
    photoBody(await send({ method: 'DELETE', route, headers }))
  } catch (error) {
    // There is none: that is what was wanted.
    if (!(error instanceof Refused) || !error.fault.code.endsWith('_no_uploaded_avatar')) throw error
  }
}

/** A form with the file and the action that BuddyPress checks the upload by. */
function multipart({ bytes, type }: Photo): { bytes: Uint8Array; type: string } {
  const boundary = 'entra-sync-photo-5c1d2f7e9b'
  const file = type === 'image/png' ? 'photo.png' : 'photo.jpg'
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="action"\r\n\r\nbp_avatar_upload\r\n` +
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${file}"\r\nContent-Type: ${type}\r\n\r\n`
  const form = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
  return { bytes: form, type: `multipart/form-data; boundary=${boundary}` }
}
