import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import axios, { isAxiosError } from 'axios'
import type { HttpAnswer } from './site-answer.ts'
import { transportFault } from './transport-fault.ts'

export type ClientOptions = {
  username: string
  applicationPassword: string
  /** Milliseconds for a whole request, from its start to the last byte of the answer. */
  requestTimeout: number
  /** Most connections to the site at a time; they are kept alive. */
  concurrency: number
  userAgent: string
}

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS'
  url: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, instead of `body`. */
  content?: { bytes: Uint8Array; type: string }
  headers?: Record<string, string>
  /** Send no credential. */
  anonymous?: boolean
}

export type Client = {
  /** Any status is an answer; no answer is a SiteFault. Redirects are never followed. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** The site's clock minus ours, ms. */
  clockOffset(): number
}

/** 100 accounts with long descriptions are about 1 MB; more than this is no REST answer. */
const mostBytes = 64 * 1024 * 1024

/** HTTP to one site. No error of it holds a credential or a body. */
export function createClient(options: ClientOptions): Client {
  const agent = { keepAlive: true, maxSockets: options.concurrency, maxFreeSockets: options.concurrency }
  const http = axios.create({
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
    proxy: false,
    maxRedirects: 0,
    maxContentLength: mostBytes,
    maxBodyLength: mostBytes,
    responseType: 'text',
    // Any body is parsed where its status is known, an HTML page too.
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
    headers: { Accept: 'application/json', 'Cache-Control': 'no-cache', 'User-Agent': options.userAgent },
  })
  const credential = Buffer.from(`${options.username}:${options.applicationPassword}`).toString('base64')
  let offset = 0

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const headers: Record<string, string> = { ...request.headers }
    if (!request.anonymous) headers['Authorization'] = `Basic ${credential}`
    if (request.body !== undefined) headers['Content-Type'] = 'application/json'
    if (request.content) headers['Content-Type'] = request.content.type
    // axios' own timeout is one of silence; a body that trickles would outlive it.
    const signal = AbortSignal.timeout(options.requestTimeout)
    try {
      const json = request.body === undefined ? undefined : JSON.stringify(request.body)
      const data = request.content ? Buffer.from(request.content.bytes) : json
      const answer = await http.request({ method: request.method, url: request.url, data, headers, signal })
      const plain = plainHeaders(answer.headers)
      offset = offsetOf(plain, Date.now()) ?? offset
      return { status: answer.status, headers: plain, text: typeof answer.data === 'string' ? answer.data : '' }
    } catch (error) {
      const code = isAxiosError(error) && error.code !== undefined ? error.code : 'unknown error'
      throw transportFault(new URL(request.url).origin, code, signal.aborted ? options.requestTimeout : null)
    }
  }

  return { send, clockOffset: () => offset }
}

function plainHeaders(headers: object): Record<string, string> {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]))
}

/** An answer with an `Age` comes from a cache: its Date is old. */
function offsetOf(headers: Record<string, string>, now: number): number | null {
  const at = Date.parse(headers['date'] ?? '')
  return Number.isNaN(at) || headers['age'] !== undefined ? null : at - now
}
