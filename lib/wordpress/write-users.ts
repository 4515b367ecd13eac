import * as z from 'zod'
import type { SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import { lengthFault } from './length-fault.ts'
import { parseUser, userFields } from './parse-user.ts'
import { randomPassword } from './random-password.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson, type ErrorBody } from './site-answer.ts'
import { saysNotLoggedIn } from './site-fault.ts'
import { userFault, userFaultOfRequest } from './user-fault.ts'

/** The most requests that `/batch/v1` takes. https://developer.wordpress.org/reference/classes/wp_rest_server/get_max_batch_size/ */
export const mostInBatch = 25

const batchSchema = z.object({
  responses: z.array(z.object({ status: z.number().int(), body: z.unknown().optional() })),
})

/** Writes as one batch, without those that {@link lengthFault} keeps back. */
export async function writeBatch(rest: Rest, writes: readonly SiteWrite[]): Promise<SiteAnswer[]> {
  const faults = writes.map(lengthFault)
  const sent = writes.filter((_, index) => faults[index] === null)
  const answers = sent.length === 0 ? [] : await sendBatch(rest, sent)
  let next = 0
  return faults.map((fault) => (fault === null ? answers[next++]! : { ok: false, fault }))
}

/** Every item of the 207 is that user's own answer. */
async function sendBatch(rest: Rest, writes: readonly SiteWrite[]): Promise<SiteAnswer[]> {
  const requests = writes.map((write) => ({
    method: 'POST',
    path: `${routeOf(write)}?_fields=${userFields}`,
    headers: attemptHeader(write),
    body: bodyOf(write),
  }))
  const answer = await rest.send({ method: 'POST', route: '/batch/v1', body: { requests } })
  const json = parseJson(answer.text)
  if (answer.status !== 207 || json === undefined) throw answer.fault()
  const parsed = batchSchema.safeParse(json)
  if (!parsed.success) throw answer.unexpected("gave a batch's answer that can't be read")
  const items = parsed.data.responses.map(({ status, body }) => ({ status, body, error: parseErrorBody(body) }))
  if (items.length !== writes.length)
    throw answer.unexpected(`gave ${items.length} answers to a batch of ${writes.length}`)
  // Who is asking is one for the whole batch: where nothing got through and core says "not logged in", the credential is lost.
  const anonymous = items.find(({ status, error }) => saysNotLoggedIn(status, error))
  if (anonymous !== undefined && !items.some(({ status }) => isSuccess(status)))
    throw answer.fault({ status: 401, headers: {}, text: JSON.stringify(anonymous.body) })
  return items.map(({ status, body, error }) => itemAnswer(status, body, error))
}

/** Sends one write as a request of its own. Answers whose code only an account can cause are the user's, others the site's. */
export async function writeOne(rest: Rest, write: SiteWrite): Promise<SiteAnswer> {
  const tooLong = lengthFault(write)
  if (tooLong !== null) return { ok: false, fault: tooLong }
  const answer = await rest.send({
    method: 'POST',
    route: routeOf(write),
    query: { _fields: userFields },
    headers: attemptHeader(write),
    body: bodyOf(write),
  })
  const body = parseJson(answer.text)
  if (isSuccess(answer.status)) {
    const user = parseUser(body)
    if (user !== null) return { ok: true, user }
    throw body === undefined ? answer.fault() : answer.unexpected('gave a user without the fields that were asked for')
  }
  const fault = userFaultOfRequest(answer.status, parseErrorBody(body))
  if (fault === null) throw answer.fault()
  return { ok: false, fault }
}

function itemAnswer(status: number, body: unknown, error: ErrorBody | null): SiteAnswer {
  const user = isSuccess(status) ? parseUser(body) : null
  return user === null ? { ok: false, fault: userFault(status, error) } : { ok: true, user }
}

function routeOf(write: SiteWrite): string {
  return write.kind === 'create' ? '/wp/v2/users' : `/wp/v2/users/${write.id}`
}

function bodyOf(write: SiteWrite): Record<string, string> {
  if (write.kind === 'update') return { ...write.fields }
  return { ...write.fields, username: write.username, password: randomPassword() }
}

function attemptHeader(write: SiteWrite): Record<string, string> {
  return { 'X-Entra-Sync-Attempt': write.attempt }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
