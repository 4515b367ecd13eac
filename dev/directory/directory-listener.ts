import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { openidConfiguration, refuseToken, tokenEndpoint } from './access-token.ts'
import type { Fault } from './admin-schemas.ts'
import { answerAdmin } from './answer-admin.ts'
import { answerGraph } from './answer-graph.ts'
import { takeFault } from './faults.ts'
import { type Answer, type Call, graphError } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

/** Serves the Graph (`/v1.0`), the token endpoint (`/{tenant}/…`) and the admin surface (`/admin`). */
export function directoryListener(state: DirectoryState): RequestListener {
  return (request, response) => {
    handle(state, request, response).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"code":"InternalServerError"}}')
    })
  }
}

async function handle(state: DirectoryState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = request.method === 'GET' ? '' : await text(request)
  const url = new URL(request.url ?? '/', state.origin)
  const { answer, fault } = answerOf(state, request, url, body)
  if (fault && fault.delay > 0) await wait(fault.delay)
  if (response.destroyed) return
  const clientRequestId = request.headers['client-request-id']
  send(response, answer, fault, {
    'request-id': randomUUID(),
    ...(typeof clientRequestId === 'string' ? { 'client-request-id': clientRequestId } : {}),
  })
}

function answerOf(
  state: DirectoryState,
  request: IncomingMessage,
  url: URL,
  body: string,
): { answer: Answer; fault: Fault | null } {
  const method = request.method ?? 'GET'
  let path: string
  let json: unknown
  try {
    path = decodeURIComponent(url.pathname)
    json = body === '' || !request.headers['content-type']?.includes('json') ? null : JSON.parse(body)
  } catch {
    return { answer: graphError(400, 'BadRequest', 'Unable to read the request.'), fault: null }
  }
  if (path.startsWith('/admin/'))
    return { answer: answerAdmin(state, method, path.slice('/admin/'.length), json), fault: null }
  const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.*)$/.exec(path) ?? []
  const call: Call = {
    method,
    path: path.replace(/^\/v1\.0(?=\/)/, ''),
    query: url.searchParams,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()])),
    body: json,
    insideBatch: false,
  }
  if (tenant === 'v1.0') {
    const refused = refuseToken(state, request.headers.authorization)
    return refused ? { answer: refused, fault: null } : answerGraph(state, call)
  }
  if (rest === 'v2.0/.well-known/openid-configuration')
    return { answer: openidConfiguration(state, tenant), fault: null }
  if (rest === 'oauth2/v2.0/token') {
    const fault = takeFault(state, 'token', call)
    if (fault?.status === undefined) return { answer: tokenEndpoint(state, tenant, new URLSearchParams(body)), fault }
    const error = { error: fault.code, error_description: fault.message }
    return { answer: { status: fault.status, headers: fault.headers, body: error }, fault }
  }
  return { answer: graphError(404, 'ResourceNotFound', 'Invalid version or path.'), fault: null }
}

function send(response: ServerResponse, answer: Answer, fault: Fault | null, headers: Record<string, string>): void {
  const plain = typeof answer.body === 'string'
  const binary = answer.body instanceof Uint8Array
  const text = plain ? String(answer.body) : answer.body === undefined ? '' : JSON.stringify(answer.body)
  const content = binary ? Buffer.from(answer.body as Uint8Array) : Buffer.from(text)
  const type = plain ? 'text/plain' : 'application/json;odata.metadata=minimal;charset=utf-8'
  const { length } = content
  const whole = { 'content-type': type, 'content-length': length, ...headers, ...answer.headers }
  switch (fault?.breaks) {
    case 'hang':
      return
    case 'disconnect':
      response.destroy()
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in to the network</body></html>')
      return
    case 'truncate':
      response.writeHead(answer.status, whole)
      response.write(content.subarray(0, Math.floor(length / 2)), () => response.destroy())
      return
    case undefined:
      response.writeHead(answer.status, whole).end(content)
  }
}
