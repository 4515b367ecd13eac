import { Conflict } from '../../domain/faults.ts'
import type { SyncContext } from '../context.ts'

/** The right to write to one site. Its epoch is greater than every earlier one's. */
export type Lease = {
  epoch: number
  /** Milliseconds left; 0 once it is lost. */
  left(): number
  release(): Promise<void>
}

/** Takes the site's lease, or null where somebody has it. Renewed until released. */
export async function takeLease(context: SyncContext, site: string): Promise<Lease | null> {
  const { stores, timings, now, log } = context
  const stored = await stores.sites.readLane(site)
  if (stored?.row.owner && stored.row.until > now()) return null
  const owner = context.randomId()
  const epoch = (stored?.row.epoch ?? 0) + 1
  let until = now() + timings.laneLease
  let etag: string
  try {
    etag = await stores.sites.writeLane(site, { epoch, owner, until }, stored?.etag ?? null)
  } catch (error) {
    if (error instanceof Conflict) return null
    throw error
  }

  let renewing: Promise<void> = Promise.resolve()
  const renew = async (): Promise<void> => {
    const next = now() + timings.laneLease
    try {
      etag = await stores.sites.writeLane(site, { epoch, owner, until: next }, etag)
      until = next
    } catch (error) {
      // A renewal that got no answer may have been stored: then the next one conflicts, and the lane ends in good time.
      if (error instanceof Conflict) until = 0
      log('warn', 'lane lease not renewed', { site, epoch, lost: until === 0 })
    }
  }
  const timer = setInterval(() => {
    renewing = renewing.then(renew)
  }, timings.laneLeaseRenewal)
  timer.unref()

  return {
    epoch,
    left: () => Math.max(0, until - now()),
    release: async () => {
      clearInterval(timer)
      await renewing
      if (until === 0) return
      until = 0
      try {
        await stores.sites.writeLane(site, { epoch, owner: null, until: 0 }, etag)
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
      }
    },
  }
}

/** Somebody else may write to the site now: this run ends, and what it had in hand is looked at again. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost'
}
