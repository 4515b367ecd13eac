import pLimit from 'p-limit'
import type { Capabilities } from '../../domain/site-user.ts'
import type { SiteSettings } from '../../domain/connection.ts'
import type { SyncContext } from '../context.ts'
import type { Site } from '../ports/site.ts'
import type { Lane } from './lane.ts'
import { LaneLost, type Lease } from './lease.ts'

export function createLane(context: SyncContext, settings: SiteSettings, lease: Lease): Lane {
  const requests = { sent: 0, writes: 0 }
  const site = guard(context.site(settings), settings.concurrency, (write) => {
    // PHP may run on for as long as a request may take: nothing of ours may still be under way in another lane's time.
    if (lease.left() < context.timings.laneRequestReserve) throw new LaneLost('the lane lease runs out')
    requests.sent++
    if (write) requests.writes++
  })
  return {
    context,
    settings,
    epoch: lease.epoch,
    site,
    capabilities: once(() => capabilitiesOf(context, settings, site)),
    requests,
    matches: { checked: 0, wrong: 0 },
    reserved: new Set(),
  }
}

/** At most `concurrency` requests at a time; `before` each one may refuse it. */
function guard(site: Site, concurrency: number, before: (write: boolean) => void): Site {
  const slots = pLimit(concurrency)
  const guarded = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>, write = false) => {
    return (...args: Args): Promise<T> =>
      slots(async () => {
        before(write)
        return await call(...args)
      })
  }
  return {
    discover: guarded(site.discover),
    probe: guarded(site.probe),
    readUsers: guarded(site.readUsers),
    findByEmail: guarded(site.findByEmail),
    findByUsername: guarded(site.findByUsername),
    write: guarded(site.write, true),
    batchSize: site.batchSize,
    clockOffset: site.clockOffset,
  }
}

/** Discovered at most once in `timings.capabilitiesFresh` by a process: site settings live as long as it does. */
const discovered = new WeakMap<SiteSettings, { capabilities: Capabilities; at: number }>()

async function capabilitiesOf(context: SyncContext, settings: SiteSettings, site: Site): Promise<Capabilities> {
  const known = discovered.get(settings)
  const at = context.now()
  if (known && at - known.at < context.timings.capabilitiesFresh) return known.capabilities
  const capabilities = await site.discover()
  await context.stores.sites.writeCapabilities(settings.id, capabilities, at)
  discovered.set(settings, { capabilities, at })
  return capabilities
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null
  return () => (loading ??= load())
}
