import type { SyncContext } from '../../lib/sync/context.ts'
import { idlePoints } from './io-points.ts'
import type { KillPlan } from './schedule.ts'

/** The process is dead: nothing that it does reaches anybody any more. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** Told of each I/O, and of each death by one. `point` as in io-points.ts. `arrive` may keep it waiting before it begins. */
export type IoWatch = {
  passed(point: string): void
  killed(point: string, when: KillPlan['when'], plan: KillPlan): void
  arrive?(point: string): Promise<void>
}

export type Mortal = {
  context: SyncContext
  kill(): void
  /** Dies at the `nth` such call from now on. */
  arm(plan: KillPlan): void
  disarm(): void
  readonly dead: boolean
  /** Resolves with the death. */
  died: Promise<void>
}

const synchronous = new Set(['batchSize', 'clockOffset', 'queue'])

/**
 * The context of a process that can end before and after every I/O, or at any moment: from then on every call throws, so that no
 * `finally` can still do anything, and answers of calls under way are heard by nobody. The other side of those goes on, as it does
 * when a real process dies.
 */
export function makeMortal(context: SyncContext, prefix: string, watch: IoWatch): Mortal {
  let dead = false
  let die = (): void => {}
  const died = new Promise<void>((resolve) => {
    die = () => {
      dead = true
      resolve()
    }
  })
  const armed: { plan: KillPlan; left: number }[] = []

  const reach = (point: string): { plan: KillPlan } | null => {
    if (dead) throw new Killed(point)
    watch.passed(point)
    let hit: { plan: KillPlan } | null = null
    for (const one of armed) if (isAt(one.plan, point) && --one.left === 0) hit = one
    if (hit?.plan.when === 'before') end(point, hit.plan)
    return hit
  }
  const end = (point: string, plan: KillPlan): never => {
    watch.killed(point, plan.when, plan)
    die()
    throw new Killed(point)
  }
  const call = async (point: string, run: () => unknown): Promise<unknown> => {
    const hit = reach(point)
    await watch.arrive?.(point)
    if (dead) throw new Killed(point)
    const result = await run()
    if (dead) throw new Killed(point)
    if (hit) end(point, hit.plan)
    return result
  }
  async function* iterate(point: string, run: () => AsyncIterable<unknown>): AsyncIterable<unknown> {
    const hit = reach(point)
    await watch.arrive?.(point)
    for await (const item of run()) {
      if (dead) throw new Killed(point)
      yield item
    }
    if (dead) throw new Killed(point)
    if (hit) end(point, hit.plan)
  }
  const wrap = <T extends object>(port: T, label: string): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver)
        if (typeof value !== 'function' || typeof key !== 'string' || synchronous.has(key)) return value
        const point = `${label}.${key}`
        const run = (args: unknown[]): unknown => Reflect.apply(value, target, args)
        if (iterables.has(key)) return (...args: unknown[]) => iterate(point, () => run(args) as AsyncIterable<unknown>)
        return (...args: unknown[]) => call(point, () => run(args))
      },
    })
  const { stores } = context
  return {
    context: {
      ...context,
      directory: (connection) => wrap(context.directory(connection), 'directory'),
      site: (site) => wrap(context.site(site), 'site'),
      queues: { queue: (name) => wrap(context.queues.queue(name), `queue ${shortName(name, prefix)}`) },
      stores: {
        links: wrap(stores.links, 'links'),
        checkpoints: wrap(stores.checkpoints, 'checkpoints'),
        cycles: wrap(stores.cycles, 'cycles'),
        sites: wrap(stores.sites, 'sites'),
        audit: wrap(stores.audit, 'audit'),
      },
    },
    kill: die,
    arm: (plan) => void armed.push({ plan, left: plan.nth }),
    disarm: () => void armed.splice(0),
    get dead() {
      return dead
    },
    died,
  }
}

function isAt(plan: KillPlan, point: string): boolean {
  return plan.point === null ? !idlePoints.has(point) : plan.point === point
}

/** Methods that answer with rows one after the other. */
const iterables = new Set(['fingerprints', 'removals', 'groupMembers', 'appRoleAssignments'])

/** `soon-c1r5` → `soon`, `now-c1r5-poison` → `now-poison`. */
function shortName(name: string, site: string): string {
  return name.replace(`-${site}`, '')
}
