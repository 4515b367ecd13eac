import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { readLocalSettings } from './app-settings.ts'
import { createAppRegistry, injectCoreModule } from './core-module.ts'
import { readHostJson, type HostJson } from './host-json.ts'
import { createHost, type Host } from './host.ts'
import { hostTimings } from './host-timings.ts'
import { createHttpHost } from './http-server.ts'
import { loadApp } from './load-app.ts'
import { createLog, describeError, toLogLevel, type Log } from './log.ts'

/** Version that the app is told; the one this host was compared with. */
const hostVersion = '4.1037.0.0'

/**
 * Runs the app in `root` in this process until it is told to stop: on SIGTERM, SIGINT, or when the parent that started it over IPC is gone,
 * it takes nothing more, lets what runs finish and exits 0. A second signal ends it at once.
 *
 * As on the real host a fault of the app never ends the host: it goes on answering 404 (a module threw at load: no functions) or 503 (two
 * names differ only in case, host.json is wrong). An uncaught exception, a passed `functionTimeout` and lost storage end it with 1; the
 * real host first starts its worker anew, twice.
 */
export async function runHost(options: { root: string; port: number; localSettings: boolean }): Promise<void> {
  const { root } = options
  const local = options.localSettings ? await readLocalSettings(root) : {}
  for (const [name, value] of Object.entries(local)) process.env[name] ??= value
  const { env } = process
  process.chdir(root)

  const write = (line: string) => void process.stdout.write(line)
  let log: Log = createLog({}, write)
  const keys = { master: env['FUNCTIONS_HOST_MASTER_KEY'] || newKey(), host: env['FUNCTIONS_HOST_KEY'] || newKey() }
  const http = createHttpHost(keys, (...line) => log(...line))
  http.server.listen(options.port, '127.0.0.1')
  await once(http.server, 'listening')
  const { port } = http.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  env['WEBSITE_HOSTNAME'] ??= `127.0.0.1:${port}`
  env['FUNCTIONS_WORKER_RUNTIME'] ??= 'node'
  env['AZURE_FUNCTIONS_ENVIRONMENT'] ??= 'Development'

  let host: Host | null = null
  const stop = onceOnly(async () => {
    log('Information', 'Host', 'Stopping: nothing more is taken, what runs is finished.')
    await Promise.all([http.stop(), host?.stop()])
    process.exit(0)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  if (process.connected) process.once('disconnect', stop)

  const die = (reason: string) => {
    log('Critical', 'Host', reason)
    http.failAll()
    // The answers above still have to leave the process.
    setTimeout(() => process.exit(1), 50)
  }
  process.on('uncaughtException', (error) => die(`Worker uncaught exception: ${describeError(error)}`))

  const hostJson = await readHostJson(root, env['AZURE_FUNCTIONS_ENVIRONMENT'] === 'Development').catch(
    (error: unknown): HostJson | null => {
      log('Critical', 'Host.Startup', `Every request is answered with 503: ${describeError(error)}`)
      return null
    },
  )
  if (hostJson !== null) {
    log = createLog(hostJson.logLevel, write)
    host = await startApp(root, hostJson)
  }
  write(`Listening on ${url}\n`)
  if (!env['FUNCTIONS_HOST_MASTER_KEY']) write(`Master key ${keys.master}\n`)
  if (!env['FUNCTIONS_HOST_KEY']) write(`Function key ${keys.host}\n`)
  process.send?.({ type: 'ready', url })
  if (env['FUNCTIONS_HOST_READY_FILE']) await writeFile(env['FUNCTIONS_HOST_READY_FILE'], `${url}\n`)

  async function startApp(folder: string, configured: HostJson): Promise<Host | null> {
    const app = createAppRegistry()
    injectCoreModule(app, hostVersion, (level, category, message) =>
      log(toLogLevel(level), category === 'user' ? 'Worker.User' : 'Worker', message),
    )
    try {
      await loadApp(folder, app)
    } catch (error) {
      log('Critical', 'Host.Startup', `The app has no functions: ${describeError(error)}`)
    }
    const capabilities = (await app.programmingModel?.getCapabilities?.({})) ?? {}
    try {
      const timings = hostTimings(Number(env['FUNCTIONS_HOST_TIME_SCALE'] ?? 1))
      const created = createHost({ root: folder, app, settings: env, hostJson: configured, timings, log, onFatal: die })
      http.serve({ ...created.served, streamUri: capabilities['HttpUri'] ?? null })
      created.listen()
      return created
    } catch (error) {
      log('Critical', 'Host.Startup', `Every request is answered with 503: ${describeError(error)}`)
      return null
    }
  }
}

function newKey(): string {
  return randomBytes(32).toString('base64url')
}

function onceOnly(action: () => Promise<void>): () => void {
  let begun = false
  return () => {
    if (begun) process.exit(1)
    begun = true
    void action()
  }
}
