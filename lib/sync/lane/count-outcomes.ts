import type { CycleCounters } from '../../domain/cycle.ts'
import type { Connection } from '../../domain/connection.ts'
import type { Look } from '../../domain/look.ts'
import type { LookResult } from './case.ts'
import type { Lane } from './lane.ts'

/** Adds what became of a chunk, and the requests sent since the last one, to the counters of the cycles that asked for it. */
export async function countOutcomes(
  lane: Lane,
  connection: Connection,
  looks: readonly Look[],
  results: ReadonlyMap<string, LookResult>,
): Promise<void> {
  const byCycle = new Map<string, Partial<CycleCounters>>()
  for (const { cycle, objectId } of looks) {
    const result = results.get(objectId)
    if (cycle === null || !result || result.kind === 'put-back' || result.status === null) continue
    const counters = byCycle.get(cycle) ?? {}
    counters[result.status] = (counters[result.status] ?? 0) + 1
    byCycle.set(cycle, counters)
  }
  const cycle = looks.find((look) => look.cycle !== null)?.cycle
  if (cycle && lane.requests.sent > 0) {
    const { sent, writes } = lane.requests
    Object.assign(lane.requests, { sent: 0, writes: 0 })
    byCycle.set(cycle, { ...byCycle.get(cycle), siteRequests: sent, siteWrites: writes })
  }
  for (const [id, counters] of byCycle) await lane.context.stores.cycles.add(connection.id, id, counters)
}
