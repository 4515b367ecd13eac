import * as z from 'zod'
import { RetryLater } from '../domain/faults.ts'
import type { Asked } from './classify-graph-fault.ts'
import type { GraphAnswer, GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { sendMany } from './send-many.ts'
import { gatherPhotos, settlePhoto, type PhotoOutcome } from './settle-photos.ts'

export const askedPhoto: Asked = { what: 'the photo of a person', kind: 'read', permission: 'ProfilePhoto.Read.All' }

const metadataSchema = z.object({ '@odata.mediaEtag': z.string().default(''), id: z.string() })

/**
 * The tag of each person's photo, 20 people a `$batch`. It changes with the photo, and nothing else tells: delta queries never do.
 * https://learn.microsoft.com/graph/delta-query-users
 * @param defaultWait milliseconds for an id in `later` whose answer had no Retry-After
 */
export async function readPhotoTags(
  graph: GraphClient,
  ids: readonly string[],
  defaultWait: number,
): Promise<{ found: Map<string, string | null>; later: Map<string, number> }> {
  const people = [...new Set(ids)].filter(isObjectId)
  const answers = await sendMany(
    graph,
    people.map((id) => ({ url: `/users/${id}/photo` })),
  )
  const outcomes = people.map((id, index) => [id, settlePhoto(answers[index], id, askedPhoto, tagOf)] as const)
  return gatherPhotos(new Map(outcomes), defaultWait)
}

/** No photo can also be a 200 with a picture of one pixel and an empty tag, as documented. */
function tagOf({ body }: GraphAnswer): PhotoOutcome<string> {
  const metadata = metadataSchema.safeParse(body)
  if (!metadata.success)
    return { kind: 'later', fault: new RetryLater(`The answer to ${askedPhoto.what} is not as documented.`, null) }
  const { id, '@odata.mediaEtag': tag } = metadata.data
  if (/^1x1$/i.test(id)) return { kind: 'none' }
  // A photo that can't be told from another one: nothing follows.
  return tag === '' ? { kind: 'absent' } : { kind: 'photo', value: tag }
}
