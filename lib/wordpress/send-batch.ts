import * as z from 'zod'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson, type ErrorBody } from './site-answer.ts'
import { saysNotLoggedIn } from './site-fault.ts'

/** The most requests that `/batch/v1` takes. https://developer.wordpress.org/reference/classes/wp_rest_server/get_max_batch_size/ */
export const mostInBatch = 25

/** A write as a REST request, fit for a request of its own and for an item of a batch alike. */
export type WriteRequest = {
  method: 'POST' | 'DELETE'
  route: string
  query: Record<string, string>
  headers: Record<string, string>
  body?: Record<string, unknown>
}

export type BatchItem = { status: number; body?: unknown; error: ErrorBody | null }

const batchSchema = z.object({
  responses: z.array(z.object({ status: z.number().int(), body: z.unknown().optional() })),
})

/** Sends these as one request. Every item of the 207 is an answer of its own, in the order of the requests. */
export async function sendBatch(rest: Rest, writes: readonly WriteRequest[]): Promise<BatchItem[]> {
  const requests = writes.map(({ method, route, query, headers, body }) => {
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
  return items
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
