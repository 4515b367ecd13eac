import type { Connection } from '../domain/connection.ts'
import type { Cycle } from '../domain/cycle.ts'
import { emptyGuard, removalsWithin, type Guard } from '../domain/deletion-guard.ts'
import { laneQueues, type LaneQueue } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import type { BreakerRow, VerifyRow } from './ports/store.ts'
import { laneQueueName } from './send-looks.ts'

export type ConnectionStatus = {
  /** Newest first. */
  cycles: Cycle[]
  /** Messages of the site's lane, invisible ones too. */
  waiting: Record<LaneQueue, number>
  /** null = the site is well. `openUntil` that has passed: it is being tried. */
  breaker: BreakerRow | null
  /** `removals`: made in the guard's window, which ends now. */
  guard: { removals: number; tripped: Guard['tripped'] }
  /** Removals that wait for an operator. `more`: not all rows were counted. */
  held: { count: number; more: boolean }
  verify: VerifyRow | null
}

const cyclesShown = 10
const mostCounted = 10_000

/** Everything that tells how a connection is doing, read at the same moment. */
export async function connectionStatus(context: SyncContext, connection: Connection): Promise<ConnectionStatus> {
  const { stores, now, timings } = context
  const { site, id } = connection
  const [cycles, waiting, breaker, stored, held, verify] = await Promise.all([
    stores.cycles.list(id, cyclesShown),
    waitingIn(context, site.id),
    stores.sites.readBreaker(site.id),
    stores.links.readGuard(site.id, id),
    countHeld(context, connection),
    stores.sites.readVerify(site.id, id),
  ])
  const guard = stored?.guard ?? emptyGuard
  return {
    cycles,
    waiting,
    breaker: breaker && breaker.failures > 0 ? breaker : null,
    guard: { removals: removalsWithin(guard, now(), timings.guardWindow), tripped: guard.tripped },
    held,
    verify,
  }
}

async function waitingIn({ queues }: SyncContext, site: string): Promise<Record<LaneQueue, number>> {
  const [now = 0, soon = 0, bulk = 0, photos = 0] = await Promise.all(
    laneQueues.map((name) => queues.queue(laneQueueName(name, site)).approximateCount()),
  )
  return { now, soon, bulk, photos }
}

async function countHeld({ stores }: SyncContext, { site, id }: Connection): Promise<ConnectionStatus['held']> {
  let rows = 0
  let count = 0
  for await (const { removal } of stores.links.removals(site.id, id, { max: mostCounted + 1 })) {
    if (++rows > mostCounted) return { count, more: true }
    if (removal.state === 'held') count++
  }
  return { count, more: false }
}
