import type { PhotoAnswer, UserFault } from '../sync/ports/site.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'
import { userFault } from './user-fault.ts'

export type RestAnswer = Awaited<ReturnType<Rest['send']>>

/** Thrown between the requests of one photo, answered at its end. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly fault: UserFault
  constructor(fault: UserFault) {
    super(fault.code)
    this.fault = fault
  }
}

/** BuddyPress' codes: who isn't there, and what is wrong with the image (500 for most of it). */
const ownCodes =
  /^(bp_rest_(member_invalid_id|attachments_\w+)|rest_upload_\w+|rest_user_\w+|entra_sync_\w+|rest_no_route)$/

/**
 * The parsed body of a success. A code that only this photo or account can cause is its own fault: a plugin that was taken away since the
 * site was asked what it has (`rest_no_route`) must not close the site to everybody else.
 * @throws Refused, SiteFault
 */
export function photoBody(answer: RestAnswer): unknown {
  const body = parseJson(answer.text)
  if (answer.status >= 200 && answer.status < 300 && body !== undefined) return body
  const error = parseErrorBody(body)
  const { status } = answer
  if (error && status !== 401 && (ownCodes.test(error.code) || status === 400 || status === 422))
    throw new Refused({
      ...userFault(status, error),
      ...(error.code === 'bp_rest_member_invalid_id' && { kind: 'gone' }),
    })
  // A web server's own limit.
  if (status === 413 || status === 415)
    throw new Refused({ kind: 'invalid', status, code: 'photo-refused', params: [] })
  throw answer.fault()
}

export async function answered(work: () => Promise<void>): Promise<PhotoAnswer> {
  try {
    await work()
    return { ok: true }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault }
    throw error
  }
}
