import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

export type FunctionsHost = {
  /** `http://127.0.0.1:PORT`, without prefix. */
  url: string
  /** Opens every function and `POST /admin/functions/<name>`. */
  masterKey: string
  /** Opens functions of level `function`. */
  functionKey: string
  process: ChildProcess
  /** Everything the host and the app have written so far. */
  output(): string
  /** Resolves once `output()` matches. Rejects when the host ends before. */
  outputMatching(pattern: RegExp): Promise<RegExpExecArray>
  /** SIGTERM: what runs is finished. Resolves when the process has ended. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Exit code; null where a signal ended it. */
  exited: Promise<number | null>
}

/**
 * Starts the functions host as a child process on the app in `root` and resolves when it listens. The child gets `env`, PATH and HOME,
 * and nothing else; local.settings.json is read only with `localSettings`. It stops by itself when this process is gone.
 *
 * @throws Error with the output where the child ends before it is ready
 */
export async function startFunctionsHost(options: {
  root: string
  env: Record<string, string>
  port?: number
  localSettings?: boolean
}): Promise<FunctionsHost> {
  const keys = { master: options.env['FUNCTIONS_HOST_MASTER_KEY'], host: options.env['FUNCTIONS_HOST_KEY'] }
  const masterKey = keys.master || randomBytes(32).toString('base64url')
  const functionKey = keys.host || randomBytes(32).toString('base64url')
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const args = [main, '--root', options.root, '--port', String(options.port ?? 0)]
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, options.localSettings === true ? args : [...args, '--no-local-settings'], {
    // A group of its own: Ctrl-C reaches whoever started it, and that one stops it in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      ...(HOME === undefined ? {} : { HOME }),
      ...options.env,
      FUNCTIONS_HOST_MASTER_KEY: masterKey,
      FUNCTIONS_HOST_KEY: functionKey,
    },
  })
  let output = ''
  const waiting = new Set<() => void>()
  const onData = (text: string) => {
    output += text
    waiting.forEach((check) => check())
  }
  child.stdout?.setEncoding('utf8').on('data', onData)
  child.stderr?.setEncoding('utf8').on('data', onData)
  // Not `close`: Node never emits it for a child whose channel the parent has disconnected.
  const exited = Promise.all([once(child, 'exit'), ended(child.stdout), ended(child.stderr)]).then(
    ([[code]]: [(number | null)[], void, void]) => code ?? null,
  )

  const url = await Promise.race([
    once(child, 'message').then(([message]: { url: string }[]) => message?.url ?? ''),
    exited.then((code) => {
      throw new Error(`The functions host ended with ${code} before it was ready:\n${output}`)
    }),
  ])

  return {
    url,
    masterKey,
    functionKey,
    process: child,
    output: () => output,
    outputMatching: async (pattern) => {
      let check = () => {}
      const written = new Promise<RegExpExecArray>((resolve) => {
        check = () => {
          const match = pattern.exec(output)
          if (match !== null) resolve(match)
        }
      })
      waiting.add(check)
      check()
      const ended = exited.then((code) => {
        throw new Error(`The functions host ended with ${code} before it wrote ${pattern}:\n${output}`)
      })
      return await Promise.race([written, ended]).finally(() => waiting.delete(check))
    },
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    exited,
  }
}

async function ended(stream: Readable | null): Promise<void> {
  if (stream !== null) await finished(stream)
}
