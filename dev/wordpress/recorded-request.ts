import type { IncomingMessage } from 'node:http'
import { z } from 'zod'

/** One request as the proxy saw it; the status is 0 when the connection was cut instead of answered. */
export type RecordedRequest = {
  method: string
  /** With the query string. */
  path: string
  status: number
  /** Values of the header X-Entra-Sync-Attempt; of a batch, those of its items too. */
  attempts: string[]
  /** Requests inside a batch, else 1. */
  items: number
  /** Anything but GET, HEAD and OPTIONS. */
  write: boolean
}

const attemptHeader = 'x-entra-sync-attempt'
const batch = z.object({
  requests: z.array(z.object({ headers: z.record(z.string(), z.unknown()).optional() })),
})

export function recordRequest(incoming: IncomingMessage, body: Buffer): RecordedRequest {
  const method = incoming.method ?? 'GET'
  const path = incoming.url ?? '/'
  const items = isBatch(path) ? batchItems(body) : null
  const headers = [incoming.headers, ...(items ?? []).map((item) => item.headers ?? {})]
  return {
    method,
    path,
    status: 0,
    attempts: headers.flatMap(attemptsIn),
    items: items?.length ?? 1,
    write: !['GET', 'HEAD', 'OPTIONS'].includes(method),
  }
}

/** Both forms of a REST address: `/wp-json/batch/v1` and `/?rest_route=/batch/v1`. */
function isBatch(path: string): boolean {
  return decodeURIComponent(path).includes('/batch/v1')
}

function batchItems(body: Buffer) {
  try {
    return batch.parse(JSON.parse(body.toString('utf8'))).requests
  } catch {
    return null // the site will say what is wrong with it
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
