import type { SiteFault } from '../../domain/faults.ts'
import { breakerPause } from '../../domain/retry.ts'
import type { SyncContext } from '../context.ts'

/** Milliseconds until the site may be tried again; 0 = now. `tripped`: its last run failed, so it must prove itself first. */
export async function breakerState(context: SyncContext, site: string): Promise<{ wait: number; tripped: boolean }> {
  const row = await context.stores.sites.readBreaker(site)
  return { wait: Math.max(0, (row?.openUntil ?? 0) - context.now()), tripped: (row?.failures ?? 0) > 0 }
}

/** The site failed as a whole: nobody tries it for a while, longer each time. Told once, when it trips. Returns the pause. */
export async function openBreaker(context: SyncContext, site: string, fault: SiteFault): Promise<number> {
  const { stores, now, timings, log } = context
  const row = await stores.sites.readBreaker(site)
  const failures = (row?.failures ?? 0) + 1
  const pause = breakerPause(failures, fault.after, timings)
  const since = failures === 1 ? now() : (row?.since ?? now())
  const { reason, message } = fault
  await stores.sites.writeBreaker(site, { openUntil: now() + pause, failures, since, reason, message })
  if (failures === 1) log('error', 'site breaker opened', { site, reason, message, status: fault.status, pause })
  return pause
}

export async function closeBreaker(context: SyncContext, site: string): Promise<void> {
  await context.stores.sites.writeBreaker(site, { openUntil: 0, failures: 0, since: 0, reason: '', message: '' })
  context.log('info', 'site breaker closed', { site })
}
