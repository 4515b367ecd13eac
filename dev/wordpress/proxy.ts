import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './daemon.ts'
import { countInFlight } from './in-flight.ts'
import { endToEndHeaders, recordRequest, type RecordedRequest } from './recorded-request.ts'
import { recordAnswers } from './recorded-writes.ts'

/**
 * What goes wrong, for the next `requests` requests, or until the fault is changed.
 * `probability` (0 to 1, by default 1): how likely it is that a request is hit; those that aren't don't count.
 */
export type ProxyFault = { requests?: number; only?: 'writes'; probability?: number } & (
  | { kind: 'refuse' } // connections are refused, as by a server that is down; nothing of the above counts here
  | { kind: 'cut-before' } // the connection is cut, the site never hears of the request
  | { kind: 'cut-after' } // the site applied the request, the answer is lost
  | { kind: 'status'; status: 429 | 500 | 502 | 503 | 504; retryAfter?: string }
  | { kind: 'delay'; milliseconds: number }
  | { kind: 'html' } // 200 with a page, as a login wall or a parked domain answers
  | { kind: 'redirect'; location: string }
  | { kind: 'strip-authorization' }
)

export type RecordingProxy = {
  url: string
  requests: RecordedRequest[]
  /** The most requests that callers had waiting at a time. */
  readonly mostInFlight: number
  /** Once the site has nothing under way any more: it works on for callers that are gone. */
  settled(): Promise<void>
  /** `null` heals. */
  setFault(fault: ProxyFault | null): Promise<void>
  /** Forgets the requests and the most in flight, and heals. */
  reset(): Promise<void>
  stop(): Promise<void>
}

const page = '<!doctype html><title>Please log in</title><h1>Please log in</h1>'

/**
 * An HTTP proxy before one site, on a port of 127.0.0.1: writes down every request and breaks what it is told to break.
 * Connections are kept alive on both sides. The Host header stays the caller's, so the site builds its addresses from the
 * proxy's.
 *
 * @param options.random numbers from 0 to 1 that a fault's `probability` is drawn with; seed them to draw the same again
 */
export async function startRecordingProxy(
  targetUrl: string,
  options: { random?: () => number } = {},
): Promise<RecordingProxy> {
  const random = options.random ?? Math.random
  const target = new URL(targetUrl)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const requests: RecordedRequest[] = []
  let fault: ProxyFault | null = null
  let left = Infinity
  const inFlight = countInFlight()
  const underWay = new Set<Promise<void>>()

  const takeFault = (write: boolean): ProxyFault | null => {
    if (fault === null || (fault.only === 'writes' && !write) || left <= 0) return null
    if (fault.probability !== undefined && random() >= fault.probability) return null
    left -= 1
    return fault
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const startedAt = Date.now()
    const land = inFlight.begin()
    outgoing.once('close', land)
    const body = await buffer(incoming)
    const recorded = recordRequest(incoming, body, startedAt)
    requests.push(recorded)
    // Told before the caller can hear of it: its next request must not find this one in flight.
    const end = () => {
      land()
      recorded.endedAt ??= Date.now()
    }
    outgoing.once('close', end)
    const answer = (status: number, headers: Record<string, string> | string[], content: string | Buffer) => {
      if (!outgoing.destroyed) recorded.status = status
      end()
      outgoing.writeHead(status, headers).end(content)
    }
    const cut = () => {
      end()
      incoming.socket.destroy()
    }
    const current = takeFault(recorded.write)
    const plain = { 'content-type': 'text/html' }
    switch (current?.kind) {
      case 'refuse': // on a connection that was open before
      case 'cut-before':
        return cut()
      case 'status':
        return answer(
          current.status,
          current.retryAfter === undefined ? plain : { ...plain, 'retry-after': current.retryAfter },
          `<h1>${current.status}</h1>`,
        )
      case 'html':
        return answer(200, plain, page)
      case 'redirect':
        return answer(301, { location: current.location }, '')
      case 'delay':
        await setTimeout(current.milliseconds)
        break
      case 'strip-authorization':
      case 'cut-after':
      case undefined:
        break
    }
    const reply = await forward(incoming, body, current?.kind === 'strip-authorization')
    const content = await buffer(reply) // only now it is certain that the site has finished
    const status = reply.statusCode ?? 0
    recordAnswers(recorded.writes, { status, encoding: reply.headers['content-encoding'], body: content })
    if (current?.kind === 'cut-after') cut()
    else answer(status, endToEndHeaders(reply.rawHeaders), content)
  }

  async function forward(incoming: IncomingMessage, body: Buffer, anonymous: boolean): Promise<IncomingMessage> {
    const headers = endToEndHeaders(incoming.rawHeaders, [
      'content-length', // the body is here as a whole, whatever the caller's framing was
      ...(anonymous ? ['authorization'] : []),
    ])
    if (body.length > 0) headers.push('content-length', String(body.length))
    const sent = request(new URL(incoming.url ?? '/', target), { agent, method: incoming.method ?? 'GET', headers })
    sent.end(body)
    const [reply] = (await once(sent, 'response')) as [IncomingMessage]
    sent.on('error', () => undefined) // from here on the reply tells
    return reply
  }

  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) => {
    // The site is down: then the proxy has no answer either.
    const handling = handle(incoming, outgoing).catch(() => void incoming.socket.destroy())
    underWay.add(handling)
    void handling.then(() => underWay.delete(handling))
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => void sockets.add(socket.on('close', () => sockets.delete(socket))))
  const port = await freePort()
  const listen = async () => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen()

  const setFault = async (next: ProxyFault | null) => {
    fault = next
    left = next?.requests ?? Infinity
    if (next?.kind === 'refuse') await close()
    else if (!server.listening) await listen()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get mostInFlight() {
      return inFlight.most()
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    setFault,
    async reset() {
      requests.length = 0
      inFlight.reset()
      await setFault(null)
    },
    async stop() {
      await close()
      agent.destroy()
    },
  }
}
