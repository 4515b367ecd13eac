import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import * as z from 'zod'
import type { SyncContext } from '../sync/context.ts'
import { decideRemovals, type Decision } from '../sync/decide-removals.ts'
import { readBody, readConnection } from './read-request.ts'

const bodySchema = z
  .strictObject({
    ids: z.array(z.string().min(1).max(100)).min(1).max(1000).optional(),
    all: z.literal(true).optional(),
  })
  .refine(({ ids, all }) => (ids === undefined) !== (all === undefined), 'Give either ids, or all: true.')

/** `POST /connections/{connection}/held-removals/approve|reject` `{ids} | {all: true}` */
export async function decide(
  context: SyncContext,
  request: HttpRequest,
  decision: Decision,
): Promise<HttpResponseInit> {
  const connection = readConnection(context, request)
  const { ids } = await readBody(request, bodySchema)
  return { jsonBody: await decideRemovals(context, connection, decision, ids ?? 'all') }
}
