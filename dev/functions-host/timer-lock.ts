import { setTimeout as delay } from 'node:timers/promises'
import { describeError, type Log } from './log.ts'
import type { Listener } from './queue-listener.ts'
import type { TimerStore } from './timer-store.ts'

/**
 * Runs `start`'s listeners only while this process holds the timers' lock. A process that was killed leaves it behind, so its successor's
 * timers wait up to `duration`; one that was stopped gives it back.
 */
export function whileLocked(options: {
  store: TimerStore
  owner: string
  duration: number
  log: Log
  start(): Listener[]
}): Listener {
  const { store, owner, duration, log, start } = options
  const stopping = new AbortController()
  const pause = duration / 4

  async function hold(): Promise<void> {
    let listeners: Listener[] = []
    let heldUntil = 0
    while (!stopping.signal.aborted) {
      const asked = Date.now()
      let isHeld = false
      try {
        isHeld = await store.lock(owner, duration)
        if (isHeld) heldUntil = asked + duration
        else heldUntil = 0
      } catch (error) {
        log('Error', 'Host.Singleton', `The timers' lock could not be taken: ${describeError(error)}`)
      }
      if (isHeld && listeners.length === 0) {
        log('Information', 'Host.Singleton', "The timers' lock is held: timers start.")
        listeners = start()
      }
      if (listeners.length > 0 && heldUntil < Date.now() + pause) {
        log('Error', 'Host.Singleton', "The timers' lock was lost: timers stop.")
        await Promise.all(listeners.map((listener) => listener.stop()))
        listeners = []
      }
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    await Promise.all(listeners.map((listener) => listener.stop()))
    await store.unlock(owner).catch((error: unknown) => {
      log('Warning', 'Host.Singleton', `The timers' lock could not be given back: ${describeError(error)}`)
    })
  }

  const holding = hold()
  return {
    stop: async () => {
      stopping.abort()
      await holding
    },
  }
}
