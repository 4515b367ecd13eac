import { postTexts, type PostValues } from '../domain/post.ts'
import { postsPerRequest, type PostAnswer, type PostWrite } from '../sync/ports/site-posts.ts'
import { parsePost, postFields } from './parse-post.ts'
import { postFault, postFaultOfRequest } from './post-fault.ts'
import type { Rest } from './rest.ts'
import { isSuccess, sendBatch, type WriteRequest } from './send-batch.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'
import { inPlaces } from './write-request.ts'

/** Writes posts as one request: a batch, or alone where its type can't be batched. */
export async function writePosts(rest: Rest, writes: readonly PostWrite[]): Promise<PostAnswer[]> {
  const [first] = writes
  if (first === undefined) return []
  const most = Math.min(...writes.map(({ type }) => postsPerRequest(type)))
  if (writes.length > most) throw new RangeError(`${writes.length} posts, but one request takes ${most}`)
  return most === 1 ? [await writeOne(rest, first)] : await writeBatch(rest, writes)
}

async function writeBatch(rest: Rest, writes: readonly PostWrite[]): Promise<PostAnswer[]> {
  const items = await sendBatch(
    rest,
    writes.map((write) => requestOf(write, false)),
  )
  return items.map(({ status, body, error }) => {
    const post = isSuccess(status) ? parsePost(body) : null
    return post === null ? { ok: false, fault: postFault(status, error) } : { ok: true, post }
  })
}

async function writeOne(rest: Rest, write: PostWrite): Promise<PostAnswer> {
  const answer = await rest.send(requestOf(write, true))
  const body = parseJson(answer.text)
  if (isSuccess(answer.status)) {
    const post = parsePost(body)
    if (post !== null) return { ok: true, post }
    throw body === undefined ? answer.fault() : answer.unexpected('gave a post without the fields that were asked for')
  }
  const fault = postFaultOfRequest(answer.status, parseErrorBody(body))
  if (fault === null) throw answer.fault()
  return { ok: false, fault }
}

/** @param checked as of acfBody() */
function requestOf(write: PostWrite, checked: boolean): WriteRequest {
  const { route } = write.type
  const headers = { 'X-Entra-Sync-Attempt': write.attempt }
  const query = { _fields: postFields }
  if (write.kind === 'create')
    return { method: 'POST', route, query, headers, body: { slug: write.slug, ...bodyOf(write.values, checked) } }
  const own = `${route}/${write.id}`
  // Without `force` into the trash.
  if (write.kind === 'trash') return { method: 'DELETE', route: own, query, headers }
  return { method: 'POST', route: own, query, headers, body: bodyOf(write.values, checked) }
}

/** A text is cleared by an empty one; null is for meta. */
function bodyOf(values: PostValues, checked: boolean): Record<string, unknown> {
  const texts = Object.fromEntries(postTexts.flatMap((field) => (values[field] === null ? [[field, ''] as const] : [])))
  return inPlaces({ ...values, ...texts }, checked)
}
