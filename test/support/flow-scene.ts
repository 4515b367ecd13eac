import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { Cycle } from '../../lib/domain/cycle.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { createLaneScene, type LaneServers } from './lane-scene.ts'
import { runUntilQuiet } from './pump.ts'

/** From the directory's pages to accounts: a lane scene whose reader follows a directory of its own, with its requests recorded. */
export async function createFlowScene(
  servers: LaneServers,
  id: string,
  options: NonNullable<Parameters<typeof createLaneScene>[2]> = {},
) {
  const proxy: RecordingProxy = await startRecordingProxy(servers.site.url)
  const lane = createLaneScene(servers, id, { ...options, siteUrl: proxy.url })
  const { context } = lane
  return {
    ...lane,
    proxy,
    /** A whole cycle: reader, lane, judgement, second looks and retries. */
    async cycle(start: 'due' | 'incremental' | 'full' = 'due', more: { dryRun?: true } = {}): Promise<Cycle> {
      await sendRead(context, { connection: id, start, ...more })
      await runUntilQuiet(context)
      return (await context.stores.cycles.list(id, 1))[0]!
    },
    async people(count: number): Promise<string[]> {
      const ids: string[] = []
      for (let number = 0; number < count; number++) ids.push(await lane.person(`p${number}`))
      return ids
    },
  }
}
