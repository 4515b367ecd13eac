import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { TypedData } from './core-types.ts'
import { headerPairs } from './http-request.ts'

/**
 * With `app.setup({ enableHttpStream: true })` the library runs a server of its own, to which the host passes every request on, marked with
 * the invocation's id. Resolves when the library's answer has been passed back whole.
 */
export function forwardStream(
  request: IncomingMessage,
  response: ServerResponse,
  target: { uri: string; url: URL; invocationId: string; signal: AbortSignal },
): Promise<void> {
  const { host, protocol, pathname, search } = target.url
  return new Promise((resolve, reject) => {
    const outgoing = forward(new URL(pathname + search, target.uri), {
      method: request.method,
      signal: target.signal,
      headers: {
        ...request.headers,
        'x-ms-invocation-id': target.invocationId,
        'x-forwarded-host': host,
        'x-forwarded-proto': protocol.replace(':', ''),
      },
    })
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 500, incoming.headers)
      pipeline(incoming, response).then(resolve, reject)
    })
    outgoing.on('error', reject)
    pipeline(request, outgoing).catch(reject)
  })
}

/** What the library reads beside the passed-on request. */
export function streamMetadata(
  request: IncomingMessage,
  parameters: Record<string, string>,
): Record<string, TypedData> {
  return {
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { string: value }])),
    Headers: { json: JSON.stringify(Object.fromEntries(headerPairs(request))) },
  }
}
