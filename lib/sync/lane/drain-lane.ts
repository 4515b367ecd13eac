import { RetryLater, SiteFault, Terminal } from '../../domain/faults.ts'
import { laneQueues, type Look } from '../../domain/look.ts'
import type { SiteSettings } from '../../domain/connection.ts'
import { connectionOf, type SyncContext } from '../context.ts'
import { laneQueueName, sendDrain } from '../send-looks.ts'
import { settleCycle } from '../settle-cycle.ts'
import { breakerState, closeBreaker, openBreaker } from './breaker.ts'
import { countOutcomes } from './count-outcomes.ts'
import { createLane } from './create-lane.ts'
import { dryLane, dryResult } from './dry-lane.ts'
import { createInbox, type Inbox } from './inbox.ts'
import type { Lane } from './lane.ts'
import { LaneLost, takeLease, type Lease } from './lease.ts'
import { replacedBy } from '../replaced-by.ts'
import { settlePhotos } from './settle-photos.ts'
import { settleUsers } from './settle-users.ts'
import { verifyAccounts } from './verify-accounts.ts'

/** Users settled together: a transaction of the link table holds 100 rows. */
const chunkSize = 100
/** While one chunk waits for the site, the next reads and the last one commits. */
const chunksInFlight = 3

/**
 * One run of a site's lane: takes the lease, settles what its queues hold for up to `timings.laneRun`, and hands on.
 * Somebody else's live lease or an open breaker ends it at once; whatever it leaves behind is still in the queues.
 */
export async function drainLane(context: SyncContext, settings: SiteSettings): Promise<void> {
  const state = await breakerState(context, settings.id)
  if (state.wait > 0) return
  const lease = await takeLease(context, settings.id)
  if (!lease) return
  let next: number | null = null
  try {
    next = await run(context, settings, lease, state.tripped)
  } finally {
    await lease.release()
  }
  // A message that came while we were giving the lease back woke nobody.
  if (next === null && (await anyWaiting(context, settings.id))) next = 0
  if (next !== null) await sendDrain(context, settings.id, next)
}

/** Returns when the lane wants to run again: milliseconds, or null when its queues are empty. */
async function run(
  context: SyncContext,
  settings: SiteSettings,
  lease: Lease,
  tripped: boolean,
): Promise<number | null> {
  const { now, timings } = context
  const inbox = createInbox(context, settings.id)
  const lane = createLane(context, settings, lease)
  const end = now() + timings.laneRun
  const inFlight = new Set<Promise<void>>()
  const ended: { by: SiteFault | LaneLost | null } = { by: null }
  /** A storage that fails, or a fault of ours: what isn't finished comes back when its time is over. */
  const broken: { by: { error: unknown } | null } = { by: null }
  let pause: number | null = null

  const settle = async (looks: Look[]): Promise<void> => {
    try {
      const fault = await settleChunk(lane, inbox, looks)
      ended.by ??= fault
    } catch (error) {
      if (error instanceof LaneLost) {
        ended.by ??= error
        inbox.leave(looks)
      } else broken.by ??= { error }
    }
  }

  try {
    if (tripped) await lane.site.probe()
    while (!ended.by && !broken.by && now() < end) {
      const looks = inFlight.size < chunksInFlight ? await inbox.take(chunkSize) : []
      if (looks.length === 0 && inFlight.size === 0) {
        if (await verifyAccounts(lane)) continue
        break
      }
      if (looks.length > 0) {
        const chunk: Promise<void> = settle(looks).finally(() => inFlight.delete(chunk))
        inFlight.add(chunk)
      } else await Promise.race(inFlight)
    }
  } catch (error) {
    if (error instanceof SiteFault || error instanceof LaneLost) ended.by = error
    else broken.by ??= { error }
  } finally {
    await Promise.allSettled(inFlight)
    if (ended.by instanceof SiteFault) pause = await openBreaker(context, settings.id, ended.by)
    // A good probe proves little: only a run without a fault does, or the pauses would never grow.
    else if (tripped && !ended.by && !broken.by) await closeBreaker(context, settings.id)
    await inbox.close(pause ?? 0)
    for (const { connection, cycle } of inbox.cycles.values()) await settleCycle(context, connection, cycle)
  }
  if (broken.by) throw broken.by.error
  if (pause !== null) return pause
  return ended.by || now() >= end ? 0 : null
}

/** Settles one chunk and finishes its looks; returns the site's fault, if it failed. */
async function settleChunk(lane: Lane, inbox: Inbox, looks: Look[]): Promise<SiteFault | null> {
  const { context } = lane
  const connection = connectionOf(context, looks[0]!.connection)!
  const putBack = async (after: number): Promise<null> => {
    for (const look of looks) await inbox.finish(look, { kind: 'put-back', after })
    return null
  }
  let settlement
  try {
    const acting = looks[0]!.dryRun ? dryLane(lane, looks[0]!.cycle) : lane
    const settle = looks[0]!.queue === 'photos' ? settlePhotos : settleUsers
    settlement = (await replacedBy(context, connection)) ? null : await settle(acting, connection, looks)
  } catch (error) {
    if (error instanceof LaneLost) throw error
    if (error instanceof SiteFault) {
      inbox.leave(looks)
      return error
    }
    const known = error instanceof RetryLater || error instanceof Terminal
    const reason = error instanceof Error ? error.message : 'unknown'
    context.log(known ? 'warn' : 'error', 'users not settled', {
      site: lane.settings.id,
      connection: connection.id,
      reason,
    })
    if (error instanceof RetryLater) return await putBack(error.after ?? context.timings.directoryRetry)
    if (error instanceof Terminal) return await putBack(context.timings.breakerMax)
    inbox.blame(looks)
    return null
  }
  // From here on looks are being finished: a fault of the storage can't be answered by finishing them otherwise.
  if (!settlement) return await putBack(context.timings.configurationYield)
  const { results, fault } = settlement
  await countOutcomes(lane, connection, looks, results)
  for (const look of looks) {
    const result = results.get(look.objectId)
    if (result) await inbox.finish(look, look.dryRun ? dryResult(result) : result)
    else inbox.leave([look])
  }
  return fault
}

async function anyWaiting(context: SyncContext, site: string): Promise<boolean> {
  for (const name of laneQueues) if (await context.queues.queue(laneQueueName(name, site)).anyVisible()) return true
  return false
}
