import { describeMachine } from './machine.ts'
import {
  changeEveryone,
  measureNames,
  measures,
  type MeasureName,
  type Sample,
  type Samples,
  type SideName,
} from './measures.ts'
import { startOurs, startPair, type Pair } from './pair.ts'
import { createProgress, type Step } from './progress.ts'
import { reportOf, type Report } from './report.ts'
import { takeSample } from './take-sample.ts'

export type BenchOptions = {
  users: number
  rounds: number
  seed: number
  only: MeasureName | null
  /** Folder for a CPU profile of the functions host, or null. */
  profile: string | null
  say(line: string): void
  /** Rejects when the run is to end early. */
  interrupted: Promise<never>
}

/** Measures both sides in turn, each round on new sites. The side that begins changes from round to round. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const { users, rounds, seed, only, say } = options
  const taken = measureNames.filter((name) => name === 'first-sync' || only === null || name === only)
  const reported = taken.filter((name) => only === null || name === only)
  const samples = new Map(reported.map((name): [MeasureName, Samples] => [name, { ours: [], peer: [] }]))
  const machine = describeMachine()
  let versions: Report['versions'] = {}
  const orders = Array.from({ length: rounds }, (_, round) => orderOf(round, only))
  const step = createProgress(
    orders.flatMap((order) => stepsOf(taken, order, users)),
    say,
  )
  /** What is running, or only starting. */
  const running = new Set<Promise<{ stop(): Promise<void> } | null>>()
  const begin = <T extends { stop(): Promise<void> }>(start: Promise<T>): Promise<T> => {
    running.add(start.catch(() => null))
    return start
  }
  const take = (pair: Pair, side: SideName, name: MeasureName): Promise<Sample> =>
    step(
      () => takeSample(pair, side, name, users),
      ({ seconds, siteRequests }) => `${seconds.toFixed(1)} s, ${siteRequests} requests to WordPress`,
    )
  /** The same people on a site of its own that has the plugin, in the same minutes. */
  const withCompanion = async (pair: Pair): Promise<Sample> => {
    const { stack, app, site, stop } = await step(() => begin(startOurs(options, true)))
    const sample = await take(
      { ...pair, stack, app, sites: { ...pair.sites, ours: site } },
      'ours',
      'first-sync-companion',
    )
    await stop()
    return sample
  }
  const measureAll = async (): Promise<void> => {
    for (const order of orders) {
      const current = await step(() => begin(startPair(options)))
      versions = current.versions
      for (const name of taken) {
        if (name === 'first-sync-companion') {
          samples.get(name)?.ours.push(await withCompanion(current))
          continue
        }
        if (name === 'everyone-changed') await changeEveryone(current.stack.directory.admin)
        for (const side of order) {
          const sample = await take(current, side, name)
          samples.get(name)?.[side === 'ours' ? 'ours' : 'peer'].push(sample)
          if (name === 'first-sync' && side === 'ours') samples.get('first-sync-companion')?.peer.push(sample)
        }
      }
      await current.stop()
    }
  }
  try {
    await Promise.race([measureAll(), options.interrupted])
  } finally {
    // Also what is only starting when the run is interrupted.
    for (const started of running) await (await started)?.stop()
  }
  return reportOf({ machine, versions, seed, users, rounds, samples })
}

/** The side that begins changes; where nothing is held against the naive sync, it isn't asked. */
function orderOf(round: number, only: MeasureName | null): SideName[] {
  if (only !== null && measures[only].peer !== 'naive') return ['ours']
  return round % 2 === 0 ? ['ours', 'naive'] : ['naive', 'ours']
}

function stepsOf(taken: readonly MeasureName[], order: readonly SideName[], users: number): Step[] {
  const run = (name: MeasureName, side: SideName): Step => {
    return { name: `${name}, ${side}`, guessedSeconds: 2 + users * measures[name].guess[side] }
  }
  const runs = taken.flatMap((name) =>
    name === 'first-sync-companion'
      ? [{ name: 'a site with the companion plugin', guessedSeconds: 12 }, run(name, 'ours')]
      : order.map((side) => run(name, side)),
  )
  return [{ name: 'two new sites and a directory', guessedSeconds: 15 }, ...runs]
}
