import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What to do with a request: pass it on, pass it on and break the line instead of answering, or answer in storage's place. */
export type Verdict = 'pass' | 'lose the answer' | { status: number; headers?: Record<string, string>; body?: string }

/** A storage account's connection string with its queues and tables behind a proxy that can make storage misbehave. */
export async function startStorageProxy(connectionString: string): Promise<{
  connectionString: string
  /** Asked for each request, until the next one is set. */
  onRequest: (decide: (method: string, path: string) => Verdict) => void
  stop(): Promise<void>
}> {
  let decide: (method: string, path: string) => Verdict = () => 'pass'
  const servers: Server[] = []
  let proxied = connectionString
  for (const endpoint of ['QueueEndpoint', 'TableEndpoint']) {
    const url = new URL(new RegExp(`${endpoint}=([^;]+)`).exec(connectionString)?.[1] ?? '')
    const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
      const verdict = decide(incoming.method ?? '', incoming.url ?? '')
      if (typeof verdict === 'object') {
        incoming.resume()
        outgoing.writeHead(verdict.status, { 'content-type': 'application/json', ...verdict.headers }).end(verdict.body)
        return
      }
      const { url: path, method, headers } = incoming
      const onward = request({ host: url.hostname, port: url.port, path, method, headers })
      incoming.pipe(onward)
      const [answered] = (await once(onward, 'response')) as [IncomingMessage]
      if (verdict === 'lose the answer') {
        answered.resume()
        await once(answered, 'end')
        outgoing.destroy()
        return
      }
      outgoing.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(outgoing)
    }
    const server = createServer((incoming, outgoing) => {
      answer(incoming, outgoing).catch(() => outgoing.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    const { port } = server.address() as AddressInfo
    proxied = proxied.replace(`${endpoint}=${url.origin}`, `${endpoint}=http://127.0.0.1:${port}`)
  }
  return {
    connectionString: proxied,
    onRequest: (next) => (decide = next),
    stop: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
}
