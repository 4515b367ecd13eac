import { fileURLToPath } from 'node:url'
import { createContext } from '../lib/runtime.ts'
import type { SyncContext } from '../lib/sync/context.ts'
import { startAzurite } from './azurite.ts'
import { buildIfStale } from './build.ts'
import { startDirectory, type DirectoryServer } from './directory/start-directory.ts'
import type { DirectoryOptionsInput } from './directory/options.ts'
import { startFunctionsHost, type FunctionsHost } from './functions-host/start.ts'
import { startEmbeddedWordPress } from './wordpress/embedded.ts'
import type { EmbeddedVersion } from './wordpress/embedded-wordpress.ts'
import { startNativeWordPress } from './wordpress/native.ts'
import { startRecordingProxy, type RecordingProxy } from './wordpress/proxy.ts'
import type { WordPressSite } from './wordpress/wordpress-site.ts'

export type StackOptions = {
  directory: DirectoryOptionsInput
  wordpress: 'embedded' | 'native' | WordPressSite
  version?: EmbeddedVersion
  /** Settings of the app beside those that name the stack's own servers; they win. */
  settings?: Record<string, string>
  /** Told once a server is up. */
  onReady?: (what: string) => void
}

/** The whole program on one machine: directory, storage and site, each in processes of its own on free loopback ports. */
export type Stack = {
  directory: DirectoryServer
  wordpress: WordPressSite
  /** Stands before the site and records every request; the app only knows this address. */
  proxy: RecordingProxy
  /** The app's settings. */
  environment: Record<string, string>
  /** The same tables and queues that the app uses, for whoever watches it. */
  context: SyncContext
  /** Starts the functions host on the built app, in a process of its own. Several may run. */
  startApp(settings?: Record<string, string>): Promise<FunctionsHost>
  stop(): Promise<void>
}

/** Starts directory, storage and site side by side; what started is stopped again where one of them can't. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  const begin = async <T extends { stop(): Promise<unknown> }>(what: string, start: Promise<T>): Promise<T> => {
    const server = await start
    stops.push(() => server.stop())
    options.onReady?.(what)
    return server
  }
  try {
    const starting = [
      begin('directory', startDirectory(options.directory)),
      begin('storage', startAzurite()),
      typeof options.wordpress === 'string' ? begin('WordPress', startSite(options)) : options.wordpress,
    ] as const
    const [directory, azurite, wordpress] = await all(starting)
    const proxy = await begin('proxy', startRecordingProxy(wordpress.url))
    const environment: Record<string, string> = {
      ...directory.environment,
      AzureWebJobsStorage: azurite.connectionString,
      WORDPRESS_URL: proxy.url,
      WORDPRESS_USERNAME: wordpress.username,
      WORDPRESS_APP_PASSWORD: wordpress.applicationPassword,
      ...options.settings,
    }
    const startApp = async (settings: Record<string, string> = {}): Promise<FunctionsHost> => {
      await buildIfStale()
      const host = startFunctionsHost({ root: appRoot, env: { ...environment, ...settings } })
      return await begin('functions host', host)
    }
    const context = createContext(environment, () => {})
    return { directory, wordpress, proxy, environment, context, startApp, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const appRoot = fileURLToPath(new URL('..', import.meta.url))

function startSite({ wordpress, version }: StackOptions): Promise<WordPressSite> {
  return wordpress === 'native' ? startNativeWordPress() : startEmbeddedWordPress(version ? { version } : {})
}

/** Waits for all of them even where one fails, so that each that started can be stopped. */
async function all<T extends readonly unknown[]>(starting: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(starting)
  const fault = settled.find((result) => result.status === 'rejected')
  if (fault) throw fault.reason
  return Promise.all(starting)
}
