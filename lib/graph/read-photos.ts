import { RetryLater } from '../domain/faults.ts'
import { photoTypeOf, type Photo, type PhotoSize } from '../domain/photo.ts'
import type { GraphAnswer, GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { askedPhoto } from './read-photo-tags.ts'
import { sendMany } from './send-many.ts'
import { gatherPhotos, settlePhoto, type PhotoOutcome } from './settle-photos.ts'

/**
 * Photos in one size. Who uploaded a smaller one has the smaller sizes only, and who has it in the directory alone has one of any size:
 * then the largest that there is.
 * https://learn.microsoft.com/graph/api/profilephoto-get
 * @param defaultWait milliseconds for an id in `later` whose answer had no Retry-After
 */
export async function readPhotos(
  graph: GraphClient,
  ids: readonly string[],
  size: PhotoSize,
  defaultWait: number,
): Promise<{ found: Map<string, Photo | null>; later: Map<string, number> }> {
  const people = [...new Set(ids)].filter(isObjectId)
  const outcomes = await read(graph, people, `photos/${size}x${size}`)
  const without = people.filter((id) => outcomes.get(id)?.kind === 'none')
  for (const [id, outcome] of await read(graph, without, 'photo')) outcomes.set(id, outcome)
  return gatherPhotos(outcomes, defaultWait)
}

async function read(
  graph: GraphClient,
  people: readonly string[],
  which: string,
): Promise<Map<string, PhotoOutcome<Photo>>> {
  const urls = people.map((id) => `/users/${id}/${which}/$value`)
  const answers = await sendMany(
    graph,
    urls.map((url) => ({ url, binary: true as const })),
  )
  const outcomes = new Map<string, PhotoOutcome<Photo>>()
  for (const [index, id] of people.entries()) {
    const answer = answers[index]
    let outcome = settlePhoto(answer, id, askedPhoto, (answered) => photoOf(textBytes(answered.body)))
    // Base64 in a `$batch` is how it is done, not how it is documented: alone the bytes come as they are.
    if (outcome.kind === 'later' && answer && 'status' in answer && answer.status === 200)
      outcome = settlePhoto(await alone(graph, urls[index]!), id, askedPhoto, ({ bytes }) =>
        photoOf(bytes, { kind: 'absent' }),
      )
    outcomes.set(id, outcome)
  }
  return outcomes
}

async function alone(graph: GraphClient, url: string): Promise<GraphAnswer | RetryLater> {
  try {
    return await graph.getBytes(url)
  } catch (error) {
    if (error instanceof RetryLater) return error
    throw error
  }
}

function textBytes(body: unknown): Uint8Array | undefined {
  return typeof body === 'string' ? Buffer.from(body, 'base64') : undefined
}

/** `otherwise`: what it is where it is no image that a site takes. */
function photoOf(bytes: Uint8Array | undefined, otherwise: PhotoOutcome<Photo> = unreadable): PhotoOutcome<Photo> {
  const type = bytes && photoTypeOf(bytes)
  return bytes && type ? { kind: 'photo', value: { bytes, type } } : otherwise
}

const unreadable: PhotoOutcome<Photo> = {
  kind: 'later',
  fault: new RetryLater('A photo in a $batch is neither JPEG nor PNG.', null),
}
