import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import * as z from 'zod'
import type { SyncContext } from '../sync/context.ts'
import { previewUser as preview } from '../sync/preview-user.ts'
import { Problem } from './problem.ts'
import { readBody, readConnection } from './read-request.ts'

const bodySchema = z.strictObject({ dryRun: z.boolean().optional() })

/** No name holds these characters; the directory decides on the rest. A % would be one that nobody has decoded. */
const whoSchema = z.union([
  z.guid(),
  z
    .string()
    .max(1024)
    .regex(/^[^\s/?\\%@]+@[^\s/?\\%@]+$/),
])

/** `POST /connections/{connection}/users/{id or UPN}/sync` `{dryRun: true}`: what a look at this person would do. */
export async function previewUser(context: SyncContext, request: HttpRequest): Promise<HttpResponseInit> {
  const connection = readConnection(context, request)
  const who = whoSchema.safeParse(request.params['id'])
  if (!who.success)
    throw new Problem(
      400,
      'invalid-request',
      'Name the person by object id, or by user principal name. In the path a # is written %23.',
    )
  const { dryRun = false } = await readBody(request, bodySchema)
  if (!dryRun)
    throw new Problem(
      400,
      'dry-run-only',
      'Only the dry run of one person is there yet: send {"dryRun": true}. A cycle carries changes over.',
    )
  return { jsonBody: { connection: connection.id, dryRun, ...(await preview(context, connection, who.data)) } }
}
