import { once } from 'node:events'
import { watch } from 'node:fs/promises'
import { buildApp } from './build.ts'
import type { FunctionsHost } from './functions-host/start.ts'
import { startStack } from './stack.ts'

/** `npm run dev`: the local stack, left running; the functions host starts anew when code has changed. */
const ended = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())

const stack = await startStack({
  directory: { users: 20 },
  wordpress: 'embedded',
  settings: { SYNC_SCHEDULE: '*/15 * * * * *' },
  onReady: (what) => console.log(`${what} is ready`),
})
try {
  let host = await startHost()
  console.log(`
site       ${stack.proxy.url}/wp-admin/users.php  (${stack.wordpress.adminUsername}, ${stack.wordpress.adminPassword})
directory  ${stack.directory.url}/v1.0
functions  ${host.url}/api/health

Changed code is loaded by itself. Ctrl-C ends everything.`)
  const changes = [watchFolder('functions'), watchFolder('lib')]
  await Promise.race([once(ended.signal, 'abort'), ...changes])

  async function watchFolder(folder: string): Promise<void> {
    const options = { recursive: true, signal: ended.signal }
    for await (const { filename } of watch(new URL(`../${folder}`, import.meta.url), options)) {
      if (!filename?.endsWith('.ts')) continue
      console.log(`${folder}/${filename} has changed`)
      try {
        await buildApp()
      } catch {
        continue // esbuild has said what is wrong; the old code goes on
      }
      await host.stop()
      host = await startHost()
    }
  }
} finally {
  await stack.stop()
}

async function startHost(): Promise<FunctionsHost> {
  const host = await stack.startApp()
  host.process.stdout?.pipe(process.stdout, { end: false })
  host.process.stderr?.pipe(process.stderr, { end: false })
  return host
}
