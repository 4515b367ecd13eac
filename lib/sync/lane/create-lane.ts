import pLimit from 'p-limit'
import type { Capabilities } from '../../domain/site-user.ts'
import type { SiteSettings } from '../../domain/connection.ts'
import type { SyncContext } from '../context.ts'
import type { PhotoWrite, Site } from '../ports/site.ts'
import type { Lane } from './lane.ts'
import { LaneLost, type Lease } from './lease.ts'
import { noteCompanion } from './note-companion.ts'

export function createLane(context: SyncContext, settings: SiteSettings, lease: Lease): Lane {
  const requests = { sent: 0, writes: 0 }
  const site = guard(context.site(settings), settings.concurrency, (write) => {
    // PHP may run on for as long as a request may take: nothing of ours may still be under way in another lane's time.
    if (lease.left() < context.timings.laneRequestReserve) throw new LaneLost('the lane lease runs out')
    requests.sent++
    if (write) requests.writes++
  })
  const discover = async (): Promise<Capabilities> => {
    const at = context.now()
    const capabilities = await site.discover()
    await noteCompanion(context, settings, capabilities)
    await context.stores.sites.writeCapabilities(settings.id, capabilities, at)
    discovered.set(settings, { capabilities, at })
    return capabilities
  }
  return { ...laneOf(context, settings, site, discover), epoch: lease.epoch, requests }
}

/**
 * A lane that nobody has the lease of, for looks that write nothing: it sends one request at a time beside those of the real one, and keeps
 * nothing of what it finds.
 */
export function createUnleasedLane(context: SyncContext, settings: SiteSettings): Lane {
  const site = guard(context.site(settings), 1, (write) => {
    if (write) throw new Error('a lane without its lease writes nothing')
  })
  return laneOf(context, settings, site, () => site.discover())
}

/** `discover`: asks the site what it can do, where this process doesn't know. */
function laneOf(context: SyncContext, settings: SiteSettings, site: Site, discover: () => Promise<Capabilities>): Lane {
  return {
    context,
    settings,
    epoch: 0,
    site,
    capabilities: once(async () => knownCapabilities(context, settings) ?? (await discover())),
    requests: { sent: 0, writes: 0 },
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
    writePhoto: guarded((write: PhotoWrite) => site.writePhoto(write, () => before(true)), true),
    removePhoto: guarded(
      (write: Omit<PhotoWrite, 'photo' | 'tag'>) => site.removePhoto(write, () => before(true)),
      true,
    ),
    writeSettings: guarded(site.writeSettings, true),
    postTypes: guarded(site.postTypes),
    readPosts: guarded(site.readPosts),
    findPosts: guarded(site.findPosts),
    writePosts: guarded(site.writePosts, true),
    batchSize: site.batchSize,
    clockOffset: site.clockOffset,
  }
}

/** Discovered at most once in `timings.capabilitiesFresh` by a process: site settings live as long as it does. */
const discovered = new WeakMap<SiteSettings, { capabilities: Capabilities; at: number }>()

function knownCapabilities({ now, timings }: SyncContext, settings: SiteSettings): Capabilities | null {
  const known = discovered.get(settings)
  return known && now() - known.at < timings.capabilitiesFresh ? known.capabilities : null
}

/** What is known of the site is good no more: the next run asks. */
export function askAgain(settings: SiteSettings): void {
  discovered.delete(settings)
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null
  return () => (loading ??= load())
}
