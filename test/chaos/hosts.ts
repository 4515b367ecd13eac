import { setTimeout as wait } from 'node:timers/promises'
import type { SyncContext } from '../../lib/sync/context.ts'
import { appEnvironment, createChaosApp } from './chaos-app.ts'
import type { Meetings } from './meetings.ts'
import { makeMortal, type IoWatch } from './mortal.ts'
import type { Scene } from './scene.ts'
import { askForCycle } from './ask-for-cycle.ts'
import type { KillPlan } from './schedule.ts'
import { startWorker, type Worker } from './worker.ts'
import { without, type Protection } from './without.ts'

/** The hosts of a run: each has a process, or had one and gets another in a while. */
export type Hosts = {
  kill(host: number, down: number): void
  arm(host: number, plan: KillPlan, down: number): void
  /** A new version of the app: the old process ends in order, then the new one starts. */
  deploy(host: number): Promise<void>
  skew(host: number, milliseconds: number): void
  /** Nobody dies any more of what was armed, and each host has its process. */
  calm(): void
  /** Ends all processes and starts none before `startAll`. */
  endAll(how: 'kill' | 'deploy'): Promise<void>
  startAll(): Promise<void>
  /** Milliseconds between ticks of the schedule; null = nobody ticks. */
  setTick(every: number | null): void
  stop(): Promise<void>
}

export type HostOptions = { watch: IoWatch; without: Protection | null }

export function createHosts(scene: Scene, meetings: Meetings, options: HostOptions): Hosts {
  const { schedule, clock } = scene
  const environment = appEnvironment(scene.settings, scene.gate.connectionString)
  const slots = Array.from({ length: schedule.hosts }, () => ({
    clock: clock.host(),
    worker: null as Worker | null,
    down: 0,
    armed: [] as KillPlan[],
  }))
  type Slot = (typeof slots)[number]
  let tick: number | null = null
  let resting = false
  let over = false
  const restarts = new Set<Promise<void>>()
  const workers: Worker[] = []

  const log: SyncContext['log'] = (level, event, fields = {}) => {
    scene.log.push(`${level} ${event} ${JSON.stringify(fields)}`)
  }
  const start = (slot: Slot): void => {
    const context = createChaosApp(environment, scene.id, slot.clock, log)
    const watch: IoWatch = {
      passed: options.watch.passed,
      arrive: (point) => meetings.arrive(slots.indexOf(slot), point),
      killed(point, when, plan) {
        // One death a plan; the others wait for the next process.
        slot.armed = slot.armed.filter((one) => one !== plan)
        options.watch.killed(point, when, plan)
      },
    }
    const mortal = makeMortal(without(context, options.without, scene.storage), scene.id, watch)
    const worker = startWorker(mortal, {
      tick: () => tick,
      ask: (from) => askForCycle(from, schedule),
      failed: (error) => void scene.errors.push(error),
    })
    slot.worker = worker
    for (const plan of slot.armed) mortal.arm(plan)
    workers.push(worker)
    void replaceAtDeath(slot, worker)
  }
  const replaceAtDeath = async (slot: Slot, worker: Worker): Promise<void> => {
    await worker.mortal.died
    if (slot.worker !== worker) return
    slot.worker = null
    const restart = startAgain(slot).finally(() => restarts.delete(restart))
    restarts.add(restart)
  }
  const startAgain = async (slot: Slot): Promise<void> => {
    await wait(slot.down)
    if (!slot.worker && !resting && !over) start(slot)
  }
  const end = async (slot: Slot, how: 'kill' | 'deploy'): Promise<void> => {
    const { worker } = slot
    slot.worker = null
    if (how === 'deploy') await worker?.stop()
    else worker?.kill()
  }
  const slotOf = (host: number): Slot => slots[host % slots.length]!
  return {
    kill(host, down) {
      slotOf(host).down = down
      slotOf(host).worker?.kill()
    },
    arm(host, plan, down) {
      slotOf(host).down = down
      slotOf(host).armed.push(plan)
      slotOf(host).worker?.mortal.arm(plan)
    },
    async deploy(host) {
      const slot = slotOf(host)
      await end(slot, 'deploy')
      if (!slot.worker && !resting && !over) start(slot)
    },
    calm() {
      resting = false
      for (const slot of slots) {
        slot.armed = []
        slot.worker?.mortal.disarm()
        if (!slot.worker) start(slot)
      }
    },
    skew: (host, milliseconds) => slotOf(host).clock.skew(milliseconds),
    async endAll(how) {
      resting = true
      await Promise.all(slots.map((slot) => end(slot, how)))
    },
    async startAll() {
      resting = false
      for (const slot of slots) if (!slot.worker) start(slot)
    },
    setTick: (every) => (tick = every),
    async stop() {
      over = true
      await Promise.all(slots.map((slot) => end(slot, 'deploy')))
      await Promise.all(restarts)
      // What a dead process had under way comes to its end unheard; nothing of it may reach the next run.
      await Promise.all(workers.map(({ ended }) => ended))
    },
  }
}
