import { runCycle } from '../../dev/run-cycle.ts'
import type { LargeDirectory } from './large-directory.ts'
import type { LargeCycle, LargeSample } from './large-measures.ts'
import { peakMemory, resetPeakMemory } from './machine.ts'
import { countAccounts, requestsServed } from './site-work.ts'

/**
 * One cycle, with what it cost and whether it did its work. The first begins with the app's own start; the second is asked of the same
 * process, so it has the memory that the first one left behind.
 * @throws Error where accounts are missing: what was not done costs nothing
 */
export async function takeLargeSample(
  large: LargeDirectory,
  cycle: LargeCycle,
  users: number,
  say: (line: string) => void,
): Promise<LargeSample> {
  const { stack, app, site, members } = large
  const { admin } = stack.directory
  const pid = app.process.pid ?? 0
  await admin.resetCounters()
  if (cycle === 'unchanged') await resetPeakMemory(pid)
  const before = await requestsServed(site)
  const start = performance.now()
  const ended = app.exited.then((code) => {
    throw new Error(`The functions host ended with ${code}:\n${app.output().slice(-2000)}`)
  })
  const onProgress = progressTeller(members, say)
  const options = { timeout: Math.max(600_000, users * 40), onProgress }
  const started = cycle === 'first' ? 'due' : 'full'
  const { counters } = await Promise.race([runCycle(stack.context, 'default', started, options), ended])
  const seconds = (performance.now() - start) / 1000
  const siteRequests = (await requestsServed(site)) - before - 1 // the one that asked before
  const peakMemoryMB = Math.round((await peakMemory(pid)) / 1e6)
  const { requests, resourceUnits } = await admin.counters()
  const graphRequests = Object.values(requests).reduce((sum, count) => sum + count, 0)
  if (counters.failed > 0) throw new Error(`${cycle}: ${counters.failed} people failed`)
  const accounts = await countAccounts(site)
  // A few of the seeded people are disabled or share an address.
  if (accounts < members * 0.99 - 4)
    throw new Error(`${cycle}: only ${accounts} of the ${members} people in the scope have an account`)
  return { users, accounts, seconds, siteRequests, graphRequests, resourceUnits, peakMemoryMB, queued: counters.queued }
}

/** A line every half minute. */
function progressTeller(members: number, say: (line: string) => void) {
  let told = performance.now()
  return ({ counters }: { counters: { seen: number; created: number } }): void => {
    if (performance.now() - told < 30_000) return
    told = performance.now()
    say(`        ${counters.seen} entries read, ${counters.created} of ${members} accounts made`)
  }
}
