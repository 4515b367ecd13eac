import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './daemon.ts'
import { endToEndHeaders, recordRequest, type RecordedRequest } from './recorded-request.ts'

/** What goes wrong, for the next `requests` requests, or until the fault is changed. */
export type ProxyFault = { requests?: number; only?: 'writes' } & (
  | { kind: 'refuse' } // connections are refused, as by a server that is down; `requests` does not count here
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
  /** `null` heals. */
  setFault(fault: ProxyFault | null): Promise<void>
  /** Forgets the requests and heals. */
  reset(): Promise<void>
  stop(): Promise<void>
}

const page = '<!doctype html><title>Please log in</title><h1>Please log in</h1>'

/**
 * An HTTP proxy before one site, on a port of 127.0.0.1: writes down every request and breaks what it is told to break.
 * Connections are kept alive on both sides. The Host header stays the caller's, so the site builds its addresses from the
 * proxy's.
 */
export async function startRecordingProxy(targetUrl: string): Promise<RecordingProxy> {
  const target = new URL(targetUrl)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const requests: RecordedRequest[] = []
  let fault: ProxyFault | null = null
  let left = Infinity

  const takeFault = (write: boolean): ProxyFault | null => {
    if (fault === null || (fault.only === 'writes' && !write) || left <= 0) return null
    left -= 1
    return fault
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const recorded = recordRequest(incoming, body)
    requests.push(recorded)
    const current = takeFault(recorded.write)
    const answer = (status: number, headers: Record<string, string>, text: string) => {
      recorded.status = status
      outgoing.writeHead(status, headers).end(text)
    }
    const cut = () => incoming.socket.destroy()
    const plain = { 'content-type': 'text/html' }
    switch (current?.kind) {
      case 'refuse': // on a connection that was open before
      case 'cut-before':
        return void cut()
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
    if (current?.kind === 'cut-after') {
      await buffer(reply) // only now it is certain that the site has finished
      return void cut()
    }
    recorded.status = reply.statusCode ?? 0
    outgoing.writeHead(recorded.status, endToEndHeaders(reply.rawHeaders))
    reply.on('error', cut).pipe(outgoing)
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
    handle(incoming, outgoing).catch(() => incoming.socket.destroy())
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
    setFault,
    async reset() {
      requests.length = 0
      await setFault(null)
    },
    async stop() {
      await close()
      agent.destroy()
    },
  }
}
