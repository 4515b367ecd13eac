import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'
import type { NaiveSync } from './naive-sync.ts'

const answerSchema = z.union([
  z.object({
    result: z.object({
      ...{ created: z.number(), updated: z.number(), unchanged: z.number(), refused: z.number() },
      seconds: z.number(),
    }),
  }),
  z.object({ error: z.string() }),
])

/** The naive sync as a child process with these settings; it ends with this process. */
export function startNaive(environment: Record<string, string>): NaiveSync & { pid: number; stop(): Promise<void> } {
  const child = fork(join(import.meta.dirname, 'naive-process.ts'), {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  })
  const ended = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    async run() {
      child.send('run')
      const [message] = await Promise.race([
        once(child, 'message'),
        ended.then(([code]) => {
          throw new Error(`The naive sync ended with ${code}`)
        }),
      ])
      const answer = answerSchema.parse(message)
      if ('error' in answer) throw new Error(`The naive sync failed: ${answer.error}`)
      return answer.result
    },
    async stop() {
      child.kill() // by disconnecting it would first finish its run
      await ended
    },
  }
}
