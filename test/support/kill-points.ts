import type { SyncContext } from '../../lib/sync/context.ts'

/** The process is dead: nothing it does reaches anybody any more. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

export type KillPlan = { at: number; when: 'before' | 'after' }

export type KillPoints = {
  context: SyncContext
  /** Name of every I/O so far, in order: `links.write`, `site.write`, `queue soon-x.send` … */
  trace: string[]
  killed: () => boolean
}

/**
 * The context with every I/O of the ports counted, and the process ended before or after one of them: the call in question throws,
 * and from then on every call does, so that no `finally` of the code can still do anything. Calls that were under way go on, as the
 * other side of a dead process's connection does.
 */
export function withKillPoint(context: SyncContext, plan: KillPlan | null): KillPoints {
  const trace: string[] = []
  let dead = false
  const call = async (name: string, run: () => Promise<unknown>): Promise<unknown> => {
    if (dead) throw new Killed(name)
    const index = trace.push(name) - 1
    if (plan?.at === index && plan.when === 'before') dead = true
    if (dead) throw new Killed(name)
    const result = await run()
    if (plan?.at === index) dead = true
    // Answers that arrive at a dead process are heard by nobody.
    if (dead) throw new Killed(name)
    return result
  }
  const wrap = <T extends object>(port: T, label: string): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver)
        if (typeof value !== 'function' || typeof key !== 'string' || synchronous.has(key)) return value
        if (scans.has(key))
          return (...args: unknown[]) => scan(`${label}.${key}`, () => Reflect.apply(value, target, args))
        return (...args: unknown[]) => call(`${label}.${key}`, () => Reflect.apply(value, target, args))
      },
    })
  async function* scan(name: string, start: () => AsyncIterable<unknown>): AsyncIterable<unknown> {
    await call(name, () => Promise.resolve())
    yield* start()
  }
  const { stores } = context
  return {
    trace,
    killed: () => dead,
    context: {
      ...context,
      directory: (connection) => wrap(context.directory(connection), 'directory'),
      site: (site) => wrap(context.site(site), 'site'),
      queues: { queue: (name) => wrap(context.queues.queue(name), `queue ${name}`) },
      stores: {
        links: wrap(stores.links, 'links'),
        checkpoints: wrap(stores.checkpoints, 'checkpoints'),
        cycles: wrap(stores.cycles, 'cycles'),
        sites: wrap(stores.sites, 'sites'),
        audit: wrap(stores.audit, 'audit'),
      },
    },
  }
}

const synchronous = new Set(['batchSize', 'clockOffset'])
const scans = new Set(['fingerprints', 'removals', 'groupMembers', 'appRoleAssignments'])
