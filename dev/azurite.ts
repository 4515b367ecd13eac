import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export type Azurite = { connectionString: string; stop(): Promise<void> }

/** Public account of every storage emulator: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const account = 'devstoreaccount1'
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Run in the child: when the process that started it is gone, however it ended, it shuts down too. */
const endWithParent = `process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), 3000).unref()
})`

/**
 * Starts Azurite (blob, queue and table) on loopback with free ports and resolves when all three listen.
 * Without `location` everything is in memory and gone after `stop`; with it the folder keeps the data.
 */
export async function startAzurite(options: { location?: string } = {}): Promise<Azurite> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(endWithParent)}`,
      createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
      ...(options.location === undefined ? ['--inMemoryPersistence'] : ['--location', options.location]),
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
      ...['blob', 'queue', 'table'].flatMap((service) => [
        ...[`--${service}Host`, '127.0.0.1', `--${service}Port`, '0'],
        // Its default of 5 s ends connections that a client is about to use again.
        ...[`--${service}KeepAliveTimeout`, '120'],
      ]),
    ],
    {
      cwd: tmpdir(),
      // A group of its own: Ctrl-C must not take the storage away from a stack that is still stopping.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}`, NODE_OPTIONS: '' },
    },
  )
  const ended = once(child, 'exit')
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4000)))

  const addresses = new Map<string, string>()
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const [, service, address] = /^Azurite (\w+) service is successfully listening at (\S+)$/.exec(line) ?? []
      if (service !== undefined && address !== undefined) addresses.set(service, address)
      if (addresses.size === 3) resolve()
    })
  })
  await Promise.race([
    ready,
    ended.then(([code]) => {
      throw new Error(`Azurite ended with ${code} before it was ready: ${complaint}`)
    }),
  ])

  const endpoints = ['Blob', 'Queue', 'Table'].map((name) => `${name}Endpoint=${addresses.get(name)}/${account}`)
  return {
    connectionString: [
      'DefaultEndpointsProtocol=http',
      `AccountName=${account}`,
      `AccountKey=${key}`,
      ...endpoints,
      '',
    ].join(';'),
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
