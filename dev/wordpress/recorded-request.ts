import type { IncomingMessage } from 'node:http'
import { batchItems, routeOf, type RecordedWrite } from './recorded-writes.ts'

/** One request as the proxy saw it. */
export type RecordedRequest = {
  method: string
  /** With the query string. */
  path: string
  /** What the caller was answered; 0 when the connection was cut instead, by whomever. */
  status: number
  /** Values of the header X-Entra-Sync-Attempt; of a batch, those of its items too. */
  attempts: string[]
  /** Requests inside a batch, else 1. */
  items: number
  /** Anything but GET, HEAD and OPTIONS. */
  write: boolean
  /** What was to be written: the items of a batch, else the request itself; nothing where it is no write. */
  writes: RecordedWrite[]
  /** Milliseconds since 1970. */
  startedAt: number
  /** When the caller was answered or its connection had ended; null until then. */
  endedAt: number | null
}

const attemptHeader = 'x-entra-sync-attempt'

export function recordRequest(incoming: IncomingMessage, body: Buffer, startedAt: number): RecordedRequest {
  const method = incoming.method ?? 'GET'
  const path = incoming.url ?? '/'
  const write = !['GET', 'HEAD', 'OPTIONS'].includes(method)
  const items = routeOf(path) === '/batch/v1' ? batchItems(body) : null
  const parts = items ?? [{ method, path, headers: incoming.headers }]
  const attempts = parts.map(({ headers = {} }) => attemptsIn(headers))
  return {
    method,
    path,
    status: 0,
    attempts: [...(items === null ? [] : attemptsIn(incoming.headers)), ...attempts.flat()],
    items: parts.length,
    write,
    writes: parts.flatMap((part, index) =>
      write
        ? [{ attempt: attempts[index]?.[0] ?? null, method: part.method, path: routeOf(part.path), status: 0 }]
        : [],
    ),
    startedAt,
    endedAt: null,
  }
}

function attemptsIn(headers: Record<string, unknown>): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === attemptHeader)
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]).map(String))
}

const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** Raw headers, without those that are about one connection (https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1). */
export function endToEndHeaders(raw: readonly string[], without: readonly string[] = []): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2)
    if (!hopByHop.includes(name.toLowerCase()) && !without.includes(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
