import {
  AuthenticationHandler,
  Client,
  GraphClientError,
  HTTPMessageHandler,
  type Middleware,
  ResponseType,
} from '@microsoft/microsoft-graph-client'
import { randomUUID } from 'node:crypto'
import { classifyThrown } from './classify-thrown.ts'
import type { AccessTokens } from './credential.ts'

/** Any answer, successful or not. `body` is undefined where it is not JSON. */
export type GraphAnswer = {
  status: number
  retryAfter: string | null
  body: unknown
  text: string
  /** The body as it came; only of {@link GraphClient.getBytes}. */
  bytes?: Uint8Array
}

/** Requests to one Graph. Throws `RetryLater` and `Terminal` where there is no answer; every answer is returned. */
export type GraphClient = {
  origin: string
  /** `path` under `/v1.0`, or a nextLink or deltaLink; percent-encoded. */
  get(path: string, headers?: Record<string, string>): Promise<GraphAnswer>
  /** The same for what is no text. */
  getBytes(path: string): Promise<GraphAnswer>
  post(path: string, body: object): Promise<GraphAnswer>
}

/** The client turns every error into one without its cause, except its own: so the cause travels inside one. */
function keepCause(): Middleware {
  let next: Middleware | undefined
  return {
    setNext: (middleware) => (next = middleware),
    execute: async (context) => {
      try {
        await next?.execute(context)
      } catch (error) {
        throw Object.assign(new GraphClientError(), { customError: error })
      }
    },
  }
}

/**
 * The chain signs in and sends, nothing else: the client's RetryHandler would repeat a POST and its RedirectHandler is
 * skipped under ESM. https://github.com/microsoftgraph/msgraph-sdk-javascript/blob/dev/docs/CustomMiddlewareChain.md
 * @param timeout of one request, body included, in milliseconds
 */
export function createGraphClient(origin: string, tokens: AccessTokens, timeout: number): GraphClient {
  const client = Client.initWithMiddleware({
    baseUrl: origin,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(origin).hostname]),
    middleware: [
      keepCause(),
      new AuthenticationHandler({ getAccessToken: () => tokens.get() }),
      new HTTPMessageHandler(),
    ],
  })

  const send = async (path: string, headers: Record<string, string>, body: object | null, raw = false) => {
    const request = client
      .api(path)
      .headers({ 'x-ms-throttle-priority': 'low', 'client-request-id': randomUUID(), ...headers })
      .options({ signal: AbortSignal.timeout(timeout), redirect: 'manual' })
      .responseType(ResponseType.RAW)
    try {
      const response: unknown = await (body === null ? request.get() : request.post(body))
      if (!(response instanceof Response)) throw new TypeError('The client gave no response.')
      const bytes = new Uint8Array(await response.arrayBuffer())
      const text = raw && response.ok ? '' : new TextDecoder().decode(bytes)
      const retryAfter = response.headers.get('retry-after')
      const answer: GraphAnswer = { status: response.status, retryAfter, body: parseJson(text), text }
      return raw ? { ...answer, bytes } : answer
    } catch (error) {
      throw classifyThrown(error instanceof GraphClientError ? error.customError : error, 'request')
    }
  }

  const sendSigned = async (path: string, headers: Record<string, string>, body: object | null, raw = false) => {
    const generation = tokens.generation()
    const answer = await send(path, headers, body, raw)
    if (answer.status !== 401) return answer
    // A cached token can be revoked or expire on the way; a fresh one that is refused too is the settings' fault.
    tokens.renew(generation)
    return send(path, headers, body, raw)
  }

  return {
    origin,
    get: (path, headers = {}) => sendSigned(path, headers, null),
    getBytes: (path) => sendSigned(path, {}, null, true),
    post: (path, body) => sendSigned(path, {}, body),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
