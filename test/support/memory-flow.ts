import type { AuditRow } from '../../lib/domain/audit.ts'
import type { Cycle } from '../../lib/domain/cycle.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { listAudit } from './list-audit.ts'
import { createMemorySite } from './memory-site.ts'
import { runUntilQuiet } from './pump.ts'
import { createReaderScene, type ReaderSceneOptions } from './reader-scene.ts'

/** Reader and lane, with a site in memory: for hundreds of people, where the accounts themselves don't matter. */
export function createMemoryFlow(options: ReaderSceneOptions, site = createMemorySite()) {
  const reader = createReaderScene(options)
  const { context, id } = reader
  Object.assign(context, { site: () => site })
  const started = Date.now()
  const read = (ids: readonly string[]) => context.stores.links.read(id, id, ids)
  /** Newest first. */
  const rows = async (person: string): Promise<AuditRow[]> =>
    (await listAudit(context, id, started)).filter(({ objectId }) => objectId === person)
  return {
    ...reader,
    site,
    rows,
    /** A whole cycle: reader, lane, judgement, second looks and retries. */
    async cycle(start: 'due' | 'incremental' | 'full' = 'due', more: { dryRun?: true } = {}): Promise<Cycle> {
      await sendRead(context, { connection: id, start, ...more })
      await runUntilQuiet(context)
      return await reader.lastCycle()
    },
    link: async (person: string) => (await read([person])).get(person)?.link,
    /** Outcomes told of somebody, oldest first. */
    async told(person: string): Promise<string[]> {
      const oldestFirst = (await rows(person)).reverse()
      return oldestFirst.map(({ status, reason }) => (reason === null ? status : `${status} ${reason}`))
    },
    /** How many of these people's links are in which state. */
    async states(ids: readonly string[]): Promise<Record<string, number>> {
      const links = await read(ids)
      const groups = Map.groupBy(ids, (objectId) => links.get(objectId)?.link.state ?? 'none')
      return Object.fromEntries([...groups].map(([state, people]) => [state, people.length]))
    },
  }
}
