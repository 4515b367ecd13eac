import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { replyToParent, type RequestFromParent, type ServerOptions } from './embedded-messages.ts'

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
  const child = fork(join(import.meta.dirname, 'embedded-server.ts'), [JSON.stringify(options)], {
    cwd: folder,
    env: { ...process.env, TMPDIR: join(folder, 'tmp') },
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
  const exited = once(child, 'exit').then(() => {
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
