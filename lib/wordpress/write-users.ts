import * as z from 'zod'
import type { SiteUser } from '../domain/site-user.ts'
import type { SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import { parseDeleted, parseUser } from './parse-user.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'
import { withRefusedRoles } from './refused-roles.ts'
import { saysNotLoggedIn } from './site-fault.ts'
import { unsendable } from './unsendable.ts'
import { userFault, userFaultOfRequest } from './user-fault.ts'
import { writeRequest } from './write-request.ts'

/** The most requests that `/batch/v1` takes. https://developer.wordpress.org/reference/classes/wp_rest_server/get_max_batch_size/ */
export const mostInBatch = 25

const batchSchema = z.object({
  responses: z.array(z.object({ status: z.number().int(), body: z.unknown().optional() })),
})

/** Writes as one batch, without those that {@link unsendable} keeps back. @param network as of {@link writeRequest} */
export async function writeBatch(rest: Rest, writes: readonly SiteWrite[], network = false): Promise<SiteAnswer[]> {
  const faults = writes.map(unsendable)
  const sent = writes.filter((_, index) => faults[index] === null)
  const answers = sent.length === 0 ? [] : await sendBatch(rest, sent, network)
  let next = 0
  return faults.map((fault) => (fault === null ? answers[next++]! : { ok: false, fault }))
}

/** Every item of the 207 is that user's own answer. */
async function sendBatch(rest: Rest, writes: readonly SiteWrite[], network: boolean): Promise<SiteAnswer[]> {
  const requests = writes.map((write) => {
    const { method, route, query, headers, body } = writeRequest(write, rest.userFields, network)
    const path = `${route}?${new URLSearchParams(query).toString()}`
    return body === undefined ? { method, path, headers } : { method, path, headers, body }
  })
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
  return items.map(({ status, body, error }, index) => {
    const user = isSuccess(status) ? userIn(writes[index]!, body) : null
    if (user !== null) return { ok: true, user }
    return { ok: false, fault: withRefusedRoles(userFault(status, error), writes[index]!, body) }
  })
}

/** Sends one write as a request of its own. Answers whose code only an account can cause are the user's, others the site's. */
export async function writeOne(rest: Rest, write: SiteWrite, network = false): Promise<SiteAnswer> {
  const kept = unsendable(write)
  if (kept !== null) return { ok: false, fault: kept }
  const answer = await rest.send(writeRequest(write, rest.userFields, network))
  const body = parseJson(answer.text)
  if (isSuccess(answer.status)) {
    const user = userIn(write, body)
    if (user !== null) return { ok: true, user }
    throw body === undefined ? answer.fault() : answer.unexpected('gave a user without the fields that were asked for')
  }
  const fault = userFaultOfRequest(answer.status, parseErrorBody(body))
  if (fault === null) throw answer.fault()
  return { ok: false, fault: withRefusedRoles(fault, write, body) }
}

function userIn(write: SiteWrite, body: unknown): SiteUser | null {
  return write.kind === 'delete' ? parseDeleted(body) : parseUser(body)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
