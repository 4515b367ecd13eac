import { runCycle } from '../../dev/run-cycle.ts'
import { peakMemory, resetPeakMemory } from './machine.ts'
import { changedEnding, measures, type MeasureName, type Sample, type SideName } from './measures.ts'
import type { Pair } from './pair.ts'
import { countAccounts, requestsServed } from './site-work.ts'

/**
 * One side's run, with what it cost and whether it did its work.
 * @throws Error where accounts are missing: speed without them means nothing
 */
export async function takeSample(pair: Pair, side: SideName, name: MeasureName, people: number): Promise<Sample> {
  const { admin } = pair.stack.directory
  const site = pair.sites[side]
  const pid = side === 'ours' ? (pair.app.process.pid ?? 0) : pair.naive.pid
  await admin.resetCounters()
  await resetPeakMemory(pid)
  const before = await requestsServed(site)
  const { seconds, queued } = side === 'ours' ? await runOurs(pair, name, people) : await runNaive(pair)
  const siteRequests = (await requestsServed(site)) - before - 1 // the one that asked before
  const peakMemoryMiB = Math.round((await peakMemory(pid)) / 2 ** 20)
  const { requests, resourceUnits } = await admin.counters()
  const graphRequests = Object.values(requests).reduce((sum, count) => sum + count, 0)
  const users = await countAccounts(site, name === 'everyone-changed' ? changedEnding : '')
  // A few of the seeded people are disabled or share an address: neither side makes accounts of them.
  if (users < people * 0.95 - 4)
    throw new Error(`${name}: only ${users} of ${people} people are right on the site (${side})`)
  return { users, seconds, siteRequests, graphRequests, resourceUnits, peakMemoryMiB, queued }
}

/** From the request for the cycle, waiting for queues included, until it is settled by its own row. */
async function runOurs({ stack, app }: Pair, name: MeasureName, people: number) {
  const asked = Date.now()
  const ended = app.exited.then((code) => {
    throw new Error(`The functions host ended with ${code}:\n${app.output().slice(-2000)}`)
  })
  const options = { timeout: Math.max(300_000, people * 500) }
  const cycle = await Promise.race([runCycle(stack.context, 'default', measures[name].cycle, options), ended])
  const { failed, queued } = cycle.counters
  if (failed > 0) throw new Error(`${name}: ${failed} people failed`)
  return { seconds: ((cycle.settledAt ?? Date.now()) - asked) / 1000, queued }
}

async function runNaive({ naive }: Pair) {
  const { seconds } = await naive.run()
  return { seconds, queued: 0 }
}
