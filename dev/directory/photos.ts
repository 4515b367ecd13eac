import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { AdminError } from './admin-error.ts'
import type { photoSchema } from './admin-schemas.ts'
import { visible } from './entries.ts'
import { type Answer, type Call, graphError, notFound, ok } from './graph-answer.ts'
import { chargeMailbox } from './mailbox-limits.ts'
import { gifOf, pngOf } from './picture.ts'
import { type DirectoryState, entryOf } from './state.ts'

export type Photo = z.infer<typeof photoSchema>

/** Of pictures in mailboxes. https://learn.microsoft.com/graph/api/profilephoto-get */
const sizes = [648, 504, 432, 360, 240, 120, 96, 64, 48]

export function setPhoto(state: DirectoryState, id: string, photo: Photo): void {
  const entry = entryOf(state, id)
  if (!entry) throw new AdminError(404, 'There is nobody with this object id.')
  state.photos.set(entry.person.id, photo)
}

/** `GET /users/{id}/photo`: the largest there is. */
export function photoMetadata(state: DirectoryState, call: Call, key: string): Answer {
  const found = photoOf(state, call, key)
  if ('answer' in found) {
    const { none } = found
    if (none !== '1x1') return found.answer
    return ok({
      ...context(state, key),
      '@odata.mediaContentType': 'image/gif',
      '@odata.mediaEtag': '',
      id: '1x1',
      width: 1,
      height: 1,
    })
  }
  const { photo } = found
  const edge = edgesOf(photo)[0] ?? 1
  return ok({
    ...context(state, key),
    '@odata.mediaContentType': 'image/jpeg',
    '@odata.mediaEtag': `"${tagOf(photo)}"`,
    id: `${edge}X${edge}`,
    width: edge,
    height: edge,
  })
}

/** `GET /users/{id}/photo/$value`, `GET /users/{id}/photos/{size}/$value`. */
export function photoValue(state: DirectoryState, call: Call, key: string): Answer {
  const found = photoOf(state, call, key)
  if ('answer' in found) return found.answer
  const { photo } = found
  const asked = /\/photos\/(\d+)x\1\//.exec(call.path)?.[1]
  const edges = edgesOf(photo)
  const edge = asked === undefined ? edges[0] : edges.find((one) => one === Number(asked))
  if (edge === undefined) return missing('ErrorItemNotFound')
  const picture = photo.type === 'gif' ? gifOf() : pngOf(edge, photo.look)
  return { status: 200, headers: { 'Content-Type': 'image/jpeg', ETag: `"${tagOf(photo)}"` }, body: picture }
}

type Upload = Exclude<Photo, { none: unknown }>

function photoOf(
  state: DirectoryState,
  call: Call,
  key: string,
): { photo: Upload } | { answer: Answer; none: string | null } {
  const entry = entryOf(state, key)
  const shown = entry && visible(entry, Date.now())
  const nobody = !shown?.person || shown.status !== 'active' || state.foreignTenant
  if (!entry || nobody) return { answer: notFound(key), none: '' }
  // https://github.com/microsoftgraph/microsoft-graph-docs/issues/12219: an error of Exchange as a text.
  if (state.options.kind === 'b2c') {
    const inner = { error: { code: 'OrganizationFromTenantGuidNotFound', message: 'The tenant does not exist.' } }
    return { answer: graphError(404, 'UnknownError', JSON.stringify(inner)), none: '' }
  }
  const refused = chargeMailbox(state, call, Date.now())
  if (refused) return { answer: refused, none: '' }
  const photo = state.photos.get(entry.person.id) ?? { none: 'ImageNotFound' as const }
  return 'none' in photo ? { answer: missing(photo.none), none: photo.none } : { photo }
}

function missing(code: string | null): Answer {
  if (code === null) return { status: 404, headers: {}, body: null }
  if (code === 'Request_ResourceNotFound') return notFound('photo')
  return graphError(404, code === '1x1' ? 'ImageNotFound' : code, 'The photo was not found.')
}

function edgesOf({ edge, kept }: Upload): number[] {
  return kept === 'directory' ? [edge] : sizes.filter((size) => size <= edge)
}

function tagOf(photo: Upload): string {
  return createHash('sha256').update(JSON.stringify(photo)).digest('hex').slice(0, 16).toUpperCase()
}

function context(state: DirectoryState, key: string) {
  return { '@odata.context': `${state.origin}/v1.0/$metadata#users('${key}')/photo/$entity` }
}
