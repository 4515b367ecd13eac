import { randomUUID } from 'node:crypto'

/** One request to the Graph, on its own or as an item of a `$batch`. */
export type Call = {
  method: string
  /** Without `/v1.0`, decoded, e.g. `/users/delta`. */
  path: string
  query: URLSearchParams
  /** Lower-case names. */
  headers: Record<string, string | undefined>
  body: unknown
  insideBatch: boolean
}

export type Answer = {
  status: number
  headers: Record<string, string>
  /** An object goes out as JSON, a string as text, bytes as they are (in a `$batch` as base64), undefined as nothing. */
  body: unknown
}

export const ok = (body: unknown): Answer => ({ status: 200, headers: {}, body })

/** An error as Graph writes it. https://learn.microsoft.com/graph/errors */
export function graphError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  const innerError = { date: new Date().toISOString().slice(0, 19), 'request-id': randomUUID() }
  return { status, headers, body: { error: { code, message, innerError } } }
}

export const notFound = (id: string): Answer =>
  graphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
