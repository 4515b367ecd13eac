import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** What becomes of connections to the storage account. refuse: they are ended at once. lose: requests arrive, answers don't. */
export type StorageOutage = 'refuse' | 'lose' | null

export type StorageGate = {
  connectionString: string
  set(outage: StorageOutage): void
  stop(): Promise<void>
}

/** Stands before queues and tables of a storage account, on the level of connections: what it breaks, the SDK sees broken. */
export async function startStorageGate(connectionString: string): Promise<StorageGate> {
  let outage: StorageOutage = null
  const open = new Set<Socket>()
  const servers: Server[] = []
  let proxied = connectionString
  const pass = (client: Socket, port: number): void => {
    if (outage === 'refuse') return void client.destroy()
    const storage = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, storage],
      [storage, client],
    ] as const) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
    client.pipe(storage)
    storage.on('data', (data: Buffer) => {
      if (outage === 'lose') client.destroy()
      else if (!client.write(data)) {
        storage.pause()
        client.once('drain', () => storage.resume())
      }
    })
  }
  for (const endpoint of ['QueueEndpoint', 'TableEndpoint']) {
    const url = new URL(new RegExp(`${endpoint}=([^;]+)`).exec(connectionString)?.[1] ?? '')
    const server = createServer((client) => pass(client, Number(url.port)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The gate has no port.')
    proxied = proxied.replace(`${endpoint}=${url.origin}`, `${endpoint}=http://127.0.0.1:${address.port}`)
  }
  return {
    connectionString: proxied,
    set(next) {
      outage = next
      if (next === 'refuse') for (const socket of open) socket.destroy()
    },
    async stop() {
      for (const socket of open) socket.destroy()
      for (const server of servers) {
        server.close()
        await once(server, 'close')
      }
    },
  }
}
