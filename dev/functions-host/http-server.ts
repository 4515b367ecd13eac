import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { manualData, parseInput } from './admin.ts'
import type { FunctionDefinition } from './function-definitions.ts'
import { sendAnswer, sendStatus } from './http-answer.ts'
import { isAllowed, requestKey, type HostKeys } from './http-keys.ts'
import { toRpcHttp } from './http-request.ts'
import { comparePrecedence } from './http-route.ts'
import { forwardStream, streamMetadata } from './http-stream.ts'
import type { Invoker } from './invoke.ts'
import { describeError, type Log } from './log.ts'
import type { TimerStore } from './timer-store.ts'

/** What the server serves once the app is loaded; before that, and where the whole host failed, every answer is 503. */
export type ServedApp = {
  routePrefix: string
  functions: readonly FunctionDefinition[]
  isDisabled(name: string): boolean
  /** Runs a function and sends its queue output. */
  fire: Invoker['invoke']
  timers: TimerStore | null
  /** Address of the library's own server where the app has switched HTTP streams on. */
  streamUri: string | null
}

export type HttpHost = {
  server: Server
  serve(app: ServedApp): void
  /** Takes no more requests and resolves when those in flight are answered. */
  stop(): Promise<void>
  /** Ends everything in flight with 500, for a process that is about to die. */
  failAll(): void
}

type HttpFunction = FunctionDefinition & { trigger: { type: 'http' } }

export function createHttpHost(keys: HostKeys, log: Log): HttpHost {
  let app: ServedApp | null = null
  let stopping = false
  const open = new Set<ServerResponse>()

  const server = createServer((request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    if (stopping) response.shouldKeepAlive = false
    answer(request, response).catch((error: unknown) => {
      log('Error', 'Host.Http', describeError(error))
      fail(response)
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (app === null) return sendStatus(response, 503)
    const base = `http://${request.headers.host ?? '127.0.0.1'}`
    if (!URL.canParse(request.url ?? '/', base)) return sendStatus(response, 400)
    const url = new URL(request.url ?? '/', base)
    const key = requestKey(request.headers, url.searchParams)
    const [, name] = /^\/admin\/functions\/([^/]+)$/i.exec(url.pathname) ?? []
    if (name !== undefined) return await answerAdmin(app, request, response, decodeURIComponent(name), key)
    const found = findRoute(app, request.method ?? 'GET', url.pathname)
    if (found === null) return sendStatus(response, 404)
    if (!isAllowed(found.definition.trigger.authLevel, key, keys)) return sendStatus(response, 401)
    await answerFunction(app, request, response, { ...found, url })
  }

  async function answerAdmin(
    served: ServedApp,
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    key: string | null,
  ): Promise<void> {
    if (request.method !== 'POST') return sendStatus(response, 404)
    if (!isAllowed('admin', key, keys)) return sendStatus(response, 401)
    const definition = served.functions.find((known) => known.name.toLowerCase() === name.toLowerCase())
    if (definition === undefined) return sendStatus(response, 404)
    const input = parseInput(await text(request))
    const data = input === null ? null : await manualData(definition, input.input, served.timers)
    if (data === null) return sendStatus(response, 400)
    // The outcome is in the log: whoever asked is told only that it was started.
    served.fire(definition, { data, reason: 'fired by hand' }).catch(() => undefined)
    sendStatus(response, 202)
  }

  return {
    server,
    serve: (served) => {
      app = served
    },
    stop: async () => {
      stopping = true
      for (const response of open) response.shouldKeepAlive = false
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeIdleConnections()
      })
    },
    failAll: () => open.forEach(fail),
  }
}

function findRoute(
  { functions, isDisabled, routePrefix }: ServedApp,
  method: string,
  pathname: string,
): { definition: HttpFunction; parameters: Record<string, string> } | null {
  const prefix = routePrefix === '' ? '/' : `/${routePrefix}/`
  if (!pathname.toLowerCase().startsWith(prefix.toLowerCase())) return null
  const path = pathname.slice(prefix.length)
  const matches = functions
    .filter((definition): definition is HttpFunction => definition.trigger.type === 'http')
    .filter(({ name, trigger }) => !isDisabled(name) && trigger.methods.includes(method))
    .map((definition) => ({ definition, parameters: definition.trigger.route.match(path) }))
    .filter(
      (match): match is { definition: HttpFunction; parameters: Record<string, string> } => match.parameters !== null,
    )
    .sort((a, b) => comparePrecedence(a.definition.trigger.route, b.definition.trigger.route))
  return matches[0] ?? null
}

async function answerFunction(
  { fire, streamUri }: ServedApp,
  request: IncomingMessage,
  response: ServerResponse,
  { definition, parameters, url }: { definition: HttpFunction; parameters: Record<string, string>; url: URL },
): Promise<void> {
  const invocationId = randomUUID()
  const reason = `${request.method} ${url.pathname}`
  if (streamUri === null) {
    const http = await toRpcHttp(request, url, parameters)
    const result = await fire(definition, { data: { http }, reason, invocationId }).catch(() => null)
    return result === null ? fail(response) : sendAnswer(response, result)
  }
  const aborter = new AbortController()
  const forwarded = forwardStream(request, response, { uri: streamUri, url, invocationId, signal: aborter.signal })
  const metadata = streamMetadata(request, parameters)
  try {
    await fire(definition, { data: { http: {} }, triggerMetadata: metadata, reason, invocationId })
    await forwarded
  } catch {
    aborter.abort()
    await forwarded.catch(() => undefined)
    fail(response)
  }
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else sendStatus(response, 500)
}
