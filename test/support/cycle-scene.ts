import type { PersonPatch } from '../../dev/directory/person.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import type { Cycle } from '../../lib/domain/cycle.ts'
import type { Guard } from '../../lib/domain/deletion-guard.ts'
import type { Removal } from '../../lib/domain/leaving.ts'
import { connectionOf, type SyncContext } from '../../lib/sync/context.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { createLaneScene, type LaneServers } from './lane-scene.ts'
import { runUntilQuiet } from './pump.ts'
import { createSyncApp, type SyncAppOptions } from './sync-app.ts'

type Options = Omit<SyncAppOptions, keyof LaneServers | 'id'>
type Log = SyncContext['log']
type Event = { level: Parameters<Log>[0]; event: string; fields: Parameters<Log>[2] }

/** A lane scene with a directory of its own, so that whole cycles see its people only; ends with `stop`. */
export async function createCycleScene(servers: Omit<LaneServers, 'directory'>, id: string, options: Options = {}) {
  const directory = await startDirectory({ users: 0 })
  trustDirectory(directory)
  const lane = createLaneScene({ ...servers, directory }, id, options)
  const { context, connection } = lane
  const events: Event[] = []
  const listen = (to: SyncContext) =>
    Object.assign(to, {
      log: (level, event, fields) => void events.push({ level, event, fields }),
    } satisfies Partial<SyncContext>)
  listen(context)
  const { links, cycles } = context.stores

  return {
    ...lane,
    directory,
    /** What was logged so far, or of it one event. */
    logged: (event?: string) => events.filter((one) => event === undefined || one.event === event),
    async people(count: number, patch: (number: number) => PersonPatch = () => ({})): Promise<string[]> {
      const ids: string[] = []
      for (let number = 0; number < count; number++) ids.push(await lane.person(`p${number}`, patch(number)))
      return ids
    },
    /** A whole cycle: reader, lane, judgement, second looks and retries. */
    async cycle(start: 'due' | 'incremental' | 'full' = 'incremental'): Promise<Cycle> {
      await sendRead(context, { connection: id, start })
      await runUntilQuiet(context)
      return (await cycles.list(id, 1))[0]!
    },
    async removals(): Promise<Removal[]> {
      const found: Removal[] = []
      for await (const { removal } of links.removals(id, id)) found.push(removal)
      return found
    },
    guard: async (): Promise<Guard | undefined> => (await links.readGuard(id, id))?.guard,
    /** How many removals the guard has counted, whenever. */
    counted: async (): Promise<number> =>
      ((await links.readGuard(id, id))?.guard.slots ?? []).reduce((sum, [, count]) => sum + count, 0),
    /** States of the accounts' links, in the order of `ids`. */
    states: (ids: readonly string[]) => Promise.all(ids.map(async (person) => (await lane.link(person))?.state)),
    /** The same app once more, as after a restart or on another machine; `connection` is the same object, so is the site's. */
    another(timings = options.timings ?? {}): SyncContext {
      const app = createSyncApp({ ...servers, ...options, directory, id, timings })
      const site = connectionOf(app.context, id)!.site
      const { site: siteOf } = app.context
      return listen({ ...app.context, connections: [connection], site: () => siteOf(site) })
    },
    stop: directory.stop,
  }
}

export type CycleScene = Awaited<ReturnType<typeof createCycleScene>>
