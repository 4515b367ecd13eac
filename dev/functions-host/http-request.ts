import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { RpcHttp } from './core-types.ts'

/** The request as the host hands it to the library: repeated query keys joined with a comma, headers in lower case, the body as bytes. */
export async function toRpcHttp(
  request: IncomingMessage,
  url: URL,
  parameters: Record<string, string>,
): Promise<RpcHttp> {
  const bytes = await buffer(request)
  const query: Record<string, string[]> = {}
  for (const [key, value] of url.searchParams) (query[key] ??= []).push(value)
  // The host reads a body only where Content-Length says that there is one: a chunked request arrives without.
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0
  return {
    method: request.method ?? 'GET',
    url: url.href,
    ...(hasBody ? { body: { bytes } } : {}),
    nullableQuery: nullable(Object.entries(query).map(([key, values]) => [key, values.join(',')])),
    nullableHeaders: nullable(headerPairs(request)),
    nullableParams: nullable(Object.entries(parameters)),
  }
}

export function headerPairs(request: IncomingMessage): [string, string][] {
  return Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : (value ?? ''),
  ])
}

function nullable(pairs: [string, string][]): Record<string, { value: string }> {
  return Object.fromEntries(pairs.map(([key, value]) => [key, { value }]))
}
