import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildIfStale } from '../../dev/build.ts'

export type BundledHost = {
  process: ChildProcess
  /** The end of what the host and the app have written. */
  output(): string
  /** Exit code; null where a signal ended it. */
  exited: Promise<number | null>
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The functions host on the built app, one process, from a bundle: run from its sources it would carry Node's TypeScript stripper and some
 * hundred modules beside the app, 35 MB that no deployed app has. The host itself is still in the figure.
 * @throws Error with the output where it ends before it is ready
 */
export async function startBundledHost(env: Record<string, string>): Promise<BundledHost> {
  await buildIfStale()
  const folder = await mkdtemp(join(tmpdir(), 'functions-host-'))
  const main = join(folder, 'main.mjs')
  await build({
    ...{ entryPoints: [join(root, 'dev/functions-host/main.ts')], outfile: main },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node24', logLevel: 'silent' },
    banner: { js: "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);" },
  })
  const child = spawn(process.execPath, [main, '--root', root, '--port', '0', '--no-local-settings'], {
    // A group of its own: Ctrl-C reaches the bench, and that one stops it in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
  })
  let output = ''
  const onData = (text: string): void => void (output = (output + text).slice(-20_000))
  child.stdout?.setEncoding('utf8').on('data', onData)
  child.stderr?.setEncoding('utf8').on('data', onData)
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL') // where a run is interrupted it would first finish the lane's four minutes
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  const early = exited.then(async (code) => {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`The functions host ended with ${code} before it was ready:\n${output}`)
  })
  early.catch(() => undefined) // once it is ready nobody waits for this any more
  await Promise.race([once(child, 'message'), early])
  return { process: child, output: () => output, exited, stop }
}
