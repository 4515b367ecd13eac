import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { z } from 'zod'

/** One write that a request was to do. */
export type RecordedWrite = {
  attempt: string | null
  method: string
  /** The REST route without its query, `/wp/v2/users/7`, in whichever way it was asked for; else the path. */
  path: string
  /**
   * The site's own answer to this write, also where the caller never got it. 0: the site never heard of it, or ended without an
   * answer. A batch that the site answers as a whole (a fatal error, a refusal) gives its status to each of its items.
   */
  status: number
}

const batch = z.object({
  requests: z.array(
    z.object({
      method: z.string().default('POST'),
      path: z.string(),
      headers: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
})
const batchAnswer = z.object({ responses: z.array(z.object({ status: z.number().int() })) })

/** The requests of a batch's body; null where it can't be read: the site will say what is wrong with it. */
export function batchItems(body: Buffer): z.infer<typeof batch>['requests'] | null {
  try {
    return batch.parse(JSON.parse(body.toString('utf8'))).requests
  } catch {
    return null
  }
}

/** Both forms of a REST address, `/blog/wp-json/batch/v1` and `/?rest_route=/batch/v1`, and that of a batch's item. */
export function routeOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://site.invalid')
  return searchParams.get('rest_route') ?? /\/wp-json(\/.*)$/.exec(pathname)?.[1] ?? pathname
}

/** Gives the writes of one request the statuses of the site's answer. */
export function recordAnswers(
  writes: readonly RecordedWrite[],
  answer: { status: number; encoding: string | undefined; body: Buffer },
): void {
  const statuses = answer.status === 207 ? itemStatuses(decoded(answer.body, answer.encoding)) : null
  for (const [index, write] of writes.entries()) write.status = statuses?.[index] ?? answer.status
}

function itemStatuses(body: Buffer): number[] | null {
  try {
    return batchAnswer.parse(JSON.parse(body.toString('utf8'))).responses.map(({ status }) => status)
  } catch {
    return null
  }
}

const decoders = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
])

function decoded(body: Buffer, encoding = 'identity'): Buffer {
  return decoders.get(encoding)?.(body) ?? body
}
