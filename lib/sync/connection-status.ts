import type { Companion } from '../domain/companion.ts'
import { companionWarnings } from '../domain/companion-warnings.ts'
import type { Connection } from '../domain/connection.ts'
import type { Cycle } from '../domain/cycle.ts'
import { emptyGuard, removalsWithin, type Guard } from '../domain/deletion-guard.ts'
import { laneQueues, type LaneQueue } from '../domain/look.ts'
import type { PhotoPoll, PhotoTarget } from '../domain/photo.ts'
import { untakenFields, untakenMessage } from '../domain/untaken-fields.ts'
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
  /** What the mapping names and the site doesn't take, with the cure; null = nothing, or the site was not asked yet. */
  untaken: string | null
  /** The site's companion plugin; null = there is none, or the site was not asked yet. */
  companion: Companion | null
  /** What stands in the way of what is configured, each with its cure. */
  warnings: string[]
  /** null = they are not asked for. `poll` null = not yet; `targets`: what keeps avatars on the site, null = it was not asked yet. */
  photos: { poll: PhotoPoll | null; targets: PhotoTarget[] | null } | null
}

const cyclesShown = 10
const mostCounted = 10_000

/** Everything that tells how a connection is doing, read at the same moment. */
export async function connectionStatus(context: SyncContext, connection: Connection): Promise<ConnectionStatus> {
  const { stores, now, timings } = context
  const { site, id } = connection
  const [cycles, waiting, breaker, stored, held, verify, photos, known] = await Promise.all([
    stores.cycles.list(id, cyclesShown),
    waitingIn(context, site.id),
    stores.sites.readBreaker(site.id),
    stores.links.readGuard(site.id, id),
    countHeld(context, connection),
    stores.sites.readVerify(site.id, id),
    photoStatus(context, connection),
    stores.sites.readCapabilities(site.id),
  ])
  const guard = stored?.guard ?? emptyGuard
  const untaken = known === null ? [] : untakenFields(connection.mapping.customs, known.capabilities)
  return {
    cycles,
    waiting,
    breaker: breaker && breaker.failures > 0 ? breaker : null,
    guard: { removals: removalsWithin(guard, now(), timings.guardWindow), tripped: guard.tripped },
    held,
    verify,
    untaken: untaken.length === 0 ? null : untakenMessage(untaken),
    companion: known?.capabilities.companion ?? null,
    warnings: known === null ? [] : companionWarnings(connection, known.capabilities),
    photos,
  }
}

async function photoStatus(
  { stores }: SyncContext,
  { id, site, photos }: Connection,
): Promise<ConnectionStatus['photos']> {
  if (photos === null) return null
  const [poll, known] = await Promise.all([
    stores.checkpoints.readPhotoPoll(id),
    stores.sites.readCapabilities(site.id),
  ])
  return { poll: poll?.row ?? null, targets: known?.capabilities.photoTargets ?? null }
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
