import { setTimeout as wait } from 'node:timers/promises'
import { receiveDrain, receiveRead } from '../../lib/sync/receive-message.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { Killed, type Mortal } from './mortal.ts'

const triggers = { 'read-directory': receiveRead, drain: receiveDrain } as const

/** As the functions host's defaults: https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#host-json */
const mostDequeues = 5
const atOnce = 4
/** Longer than any function runs; then a dead process' messages come back. */
const visibility = 5500
const pollEvery = 120
const wakeEvery = 700

export type Worker = {
  mortal: Mortal
  /** Ends it in order: what runs is finished. */
  stop(): Promise<void>
  kill(): void
  /** Everything of it has come to an end, dead or stopped. */
  ended: Promise<void>
}

/** What one process of the functions host does: two queue triggers and two timers, until it is stopped or dies. */
export function startWorker(
  mortal: Mortal,
  options: {
    /** Milliseconds between two ticks of the schedule; null = none, others ask for cycles. */
    tick: () => number | null
    /** What a tick does. */
    ask(context: SyncContext): Promise<void>
    /** A function threw: the host writes it down and goes on. */
    failed(error: unknown): void
  },
): Worker {
  const { context } = mortal
  const stopping = new AbortController()
  const pause = async (milliseconds: number): Promise<void> => {
    const over = wait(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined)
    await Promise.race([over, mortal.died])
  }
  const goesOn = (): boolean => !stopping.signal.aborted && !mortal.dead
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Killed)) options.failed(error)
      return null
    }
  }

  const follow = async (name: keyof typeof triggers): Promise<void> => {
    while (goesOn()) {
      const messages = (await attempt(() => context.queues.queue(name).receive(atOnce, visibility))) ?? []
      await Promise.all(messages.map((message) => attempt(() => handle(context, name, message))))
      if (messages.length === 0) await pause(pollEvery)
    }
  }
  const wake = async (): Promise<void> => {
    while (goesOn()) {
      await pause(wakeEvery)
      if (goesOn()) await attempt(() => wakeLanes(context))
    }
  }
  const tick = async (): Promise<void> => {
    while (goesOn()) {
      const every = options.tick()
      await pause(every ?? 300)
      if (goesOn() && every !== null) await attempt(() => options.ask(context))
    }
  }
  const ended = Promise.all([follow('read-directory'), follow('drain'), wake(), tick()]).then(() => undefined)
  return {
    mortal,
    async stop() {
      stopping.abort()
      await ended
    },
    kill: mortal.kill,
    ended,
  }
}

type Message = Awaited<ReturnType<ReturnType<SyncContext['queues']['queue']>['receive']>>[number]

/** One message: deleted when its function has returned; the fifth time that it threw it goes to poison, as the host does. */
async function handle(context: SyncContext, name: keyof typeof triggers, message: Message): Promise<void> {
  const queue = context.queues.queue(name)
  try {
    await triggers[name](context, message.text ?? message.raw)
  } catch (error) {
    if (!(error instanceof Killed) && message.dequeueCount >= mostDequeues) {
      await context.queues.queue(`${name}-poison`).send(message.raw)
      await queue.delete(message)
    }
    throw error
  }
  await queue.delete(message)
}
