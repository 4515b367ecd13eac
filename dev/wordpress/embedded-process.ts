import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replyToParent, type RequestFromParent, type ServerOptions } from './embedded-messages.ts'

/**
 * Laid over the tool's own php.ini, which keeps compiled scripts in files that every request reads and checks again:
 * in memory WordPress loads in 70 ms instead of 800.
 */
const phpIni = `auto_prepend_file = /internal/shared/auto_prepend_file.php
memory_limit = 256M
error_reporting = E_ALL
display_errors = 1
html_errors = 0
log_errors = 1
upload_max_filesize = 64M
post_max_size = 64M
implicit_flush = 1
output_buffering = 0
max_execution_time = 0
max_input_time = -1
opcache.enable = 1
opcache.enable_cli = 1
opcache.jit = 0
opcache.interned_strings_buffer = 8
opcache.max_accelerated_files = 4000
opcache.memory_consumption = 64
`

export type EmbeddedProcess = {
  ask(ask: RequestFromParent['ask'], code?: string): Promise<string>
  stop(): Promise<void>
}

/**
 * Starts the embedded server in a process of its own and waits until it serves. `folder` gets its temporary files.
 * Throws with what it printed when it ends before that, or when `signal` ends it.
 */
export async function startEmbeddedProcess(folder: string, options: ServerOptions): Promise<EmbeddedProcess> {
  await mkdir(join(folder, 'tmp'), { recursive: true })
  await writeFile(join(folder, 'php.ini'), phpIni)
  const mounts = [{ hostPath: join(folder, 'php.ini'), vfsPath: '/internal/shared/php.ini' }, ...options.mounts]
  const child = fork(join(import.meta.dirname, 'embedded-server.ts'), [JSON.stringify({ ...options, mounts })], {
    cwd: folder,
    env: { ...process.env, TMPDIR: join(folder, 'tmp'), HOME: folder }, // the tool keeps its downloads in HOME
    // Suspending WebAssembly makes PHP several times as fast; Node has it from version 23, behind this flag up to 24.
    execArgv: Number(process.versions.node.split('.')[0]) >= 23 ? ['--experimental-wasm-jspi', '--no-warnings'] : [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let printed = ''
  const keep = (chunk: Buffer) => (printed = (printed + chunk).slice(-4000))
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const waiting = new Map<number, { resolve(text: string): void; reject(error: Error): void }>()
  const expect = (id: number) => new Promise<string>((resolve, reject) => waiting.set(id, { resolve, reject }))
  const ready = expect(0)
  child.on('message', (message) => {
    const reply = replyToParent.parse(message)
    const waiter = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('text' in reply) waiter?.resolve(reply.text)
    else waiter?.reject(new Error(reply.error))
  })
  const exited = once(child, 'exit')
  child.on('exit', () => {
    for (const waiter of waiting.values()) waiter.reject(new Error(`The embedded WordPress ended:\n${printed}`))
    waiting.clear()
  })
  await ready
  let lastId = 0
  return {
    ask(ask, code = '') {
      const id = ++lastId
      const reply = expect(id)
      if (child.connected) child.send({ id, ask, code } satisfies RequestFromParent)
      else waiting.get(id)?.reject(new Error('The embedded WordPress is not running'))
      return reply
    },
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
