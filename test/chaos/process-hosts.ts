import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/start.ts'
import { fireFunction } from '../support/fire-function.ts'
import type { Hosts } from './hosts.ts'
import type { Scene } from './scene.ts'

const appRoot = fileURLToPath(new URL('../..', import.meta.url))
const wakeEvery = 1000

/** The hosts of a run as processes with the built app. Only their ends are in hand: no clocks, and no I/O by name. */
export function createProcessHosts(scene: Scene, environment: Record<string, string>): Hosts {
  const slots = Array.from({ length: scene.schedule.hosts }, () => ({ host: null as FunctionsHost | null, down: 0 }))
  type Slot = (typeof slots)[number]
  const work = new Set<Promise<void>>()
  let tick: number | null = null
  let resting = true
  const state = { over: false }

  const track = (task: Promise<void>): void => {
    const tracked = task.catch((error: unknown) => void scene.errors.push(error)).finally(() => work.delete(tracked))
    work.add(tracked)
  }
  const start = async (slot: Slot): Promise<void> => {
    const host = await startFunctionsHost({ root: appRoot, env: environment })
    if (state.over || resting) return await ended(host, 'kill')
    slot.host = host
    track(replaceAtDeath(slot, host))
  }
  /** Killed, or ended by itself, as the real host does when its storage is out of reach. */
  const replaceAtDeath = async (slot: Slot, host: FunctionsHost): Promise<void> => {
    await host.exited
    scene.log.push(host.output())
    if (slot.host !== host) return
    slot.host = null
    await wait(slot.down)
    if (!slot.host && !resting && !state.over) await start(slot)
  }
  const ended = async (host: FunctionsHost, how: 'kill' | 'deploy'): Promise<void> => {
    await (how === 'kill' ? host.kill() : host.stop())
  }
  const end = async (slot: Slot, how: 'kill' | 'deploy'): Promise<void> => {
    const { host } = slot
    slot.host = null
    if (host) await ended(host, how)
  }
  const slotOf = (host: number): Slot => slots[host % slots.length]!

  /** The app's own timers are minutes apart, whatever its durations are: fired by hand, as the portal does. */
  const fire = async (name: string, every: () => number | null): Promise<void> => {
    while (!state.over) {
      const pause = every()
      await wait(pause ?? 300)
      const host = slots.find((slot) => slot.host)?.host
      if (pause !== null && host && !state.over) await fireFunction(host, name).catch(() => undefined)
    }
  }
  return {
    kill(host, down) {
      slotOf(host).down = down
      const running = slotOf(host).host
      if (running) track(running.kill())
    },
    arm: () => undefined,
    skew: () => undefined,
    async deploy(host) {
      await end(slotOf(host), 'deploy')
      await start(slotOf(host))
    },
    calm: () => undefined,
    async endAll(how) {
      resting = true
      await Promise.all(slots.map((slot) => end(slot, how)))
    },
    async startAll() {
      resting = false
      await Promise.all(slots.filter((slot) => !slot.host).map(start))
      track(fire('wake-lanes', () => wakeEvery))
      track(fire('sync-directory', () => tick))
    },
    setTick: (every) => (tick = every),
    async stop() {
      state.over = true
      await Promise.all(slots.map((slot) => end(slot, 'kill')))
      while (work.size > 0) await Promise.all(work)
    },
  }
}
