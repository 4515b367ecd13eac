import type { HttpRequest } from '@azure/functions'
import type * as z from 'zod'
import type { Connection } from '../domain/connection.ts'
import { connectionOf, type SyncContext } from '../sync/context.ts'
import { Problem } from './problem.ts'

const mostBytes = 64 * 1024

/** The connection that the route names. @throws Problem 404 */
export function readConnection(context: SyncContext, request: HttpRequest): Connection {
  const connection = connectionOf(context, request.params['connection'] ?? '')
  if (connection) return connection
  throw new Problem(
    404,
    'unknown-connection',
    'No connection of this name is configured. GET /connections lists those that are.',
  )
}

/** The JSON body, parsed. @throws Problem 400, 413, 415 */
export async function readBody<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type))
    throw new Problem(415, 'not-json', 'Send JSON, with the header Content-Type: application/json.')
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge()
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength > mostBytes) throw tooLarge()
  return parsed(schema, toJson(bytes), 'body')
}

/** The query as an object, parsed. Keys that the schema doesn't know are left alone: the function key may be one. @throws Problem 400 */
export function readQuery<T>(request: HttpRequest, schema: z.ZodType<T>): T {
  return parsed(schema, Object.fromEntries(request.query), 'query')
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: 'body' | 'query'): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({
    in: where,
    path: path.map(String).join('.'),
    message,
  }))
  throw new Problem(400, 'invalid-request', `The ${where} is not as this route takes it.`, { members: { errors } })
}

function toJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Problem(400, 'invalid-request', 'The body is not JSON in UTF-8.')
  }
}

function tooLarge(): Problem {
  return new Problem(413, 'too-large', 'A body may have 64 KB. Send several requests.')
}
