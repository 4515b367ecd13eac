import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import * as z from 'zod'
import { timeStamp } from '../domain/attempt.ts'
import type { SyncContext } from '../sync/context.ts'
import { sendRead } from '../sync/read-directory.ts'
import { readBody, readConnection } from './read-request.ts'

const bodySchema = z.strictObject({ kind: z.enum(['incremental', 'full']), dryRun: z.boolean().optional() })

/** `POST /connections/{connection}/cycles`: asks the reader for one. It gets its id when it begins; until then `Location` names it by the time. */
export async function startCycle(context: SyncContext, request: HttpRequest): Promise<HttpResponseInit> {
  const { id: connection } = readConnection(context, request)
  const { kind, dryRun = false } = await readBody(request, bodySchema)
  const name = `next-${timeStamp(context.now())}`
  await sendRead(context, { connection, start: kind, ...(dryRun ? { dryRun } : {}) })
  const path = new URL(request.url).pathname.replace(/\/$/, '')
  const location = `${path}/${name}?${new URLSearchParams({ kind, dryRun: String(dryRun) }).toString()}`
  return { status: 202, headers: { Location: location }, jsonBody: { connection, kind, dryRun, location } }
}
