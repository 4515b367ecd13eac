import type { SiteUser } from '../domain/site-user.ts'
import type { SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import { parseDeleted, parseUser } from './parse-user.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'
import { withRefusedRoles } from './refused-roles.ts'
import { isSuccess, sendBatch } from './send-batch.ts'
import { unsendable } from './unsendable.ts'
import { userFault, userFaultOfRequest } from './user-fault.ts'
import { writeRequest } from './write-request.ts'

/** Writes as one batch, without those that {@link unsendable} keeps back. @param network as of {@link writeRequest} */
export async function writeBatch(rest: Rest, writes: readonly SiteWrite[], network = false): Promise<SiteAnswer[]> {
  const faults = writes.map(unsendable)
  const sent = writes.filter((_, index) => faults[index] === null)
  const answers = sent.length === 0 ? [] : await sendMany(rest, sent, network)
  let next = 0
  return faults.map((fault) => (fault === null ? answers[next++]! : { ok: false, fault }))
}

/** Every item of the 207 is that user's own answer. */
async function sendMany(rest: Rest, writes: readonly SiteWrite[], network: boolean): Promise<SiteAnswer[]> {
  const items = await sendBatch(
    rest,
    writes.map((write) => writeRequest(write, rest.userFields, network)),
  )
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
  const answer = await rest.send(writeRequest(write, rest.userFields, network, true))
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
