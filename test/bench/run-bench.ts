import { describeMachine } from './machine.ts'
import { changeEveryone, measureNames, measures, type MeasureName, type Samples, type SideName } from './measures.ts'
import { startPair, type Pair } from './pair.ts'
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
  const samples = new Map(reported.map((name): [MeasureName, Samples] => [name, { ours: [], naive: [] }]))
  const machine = describeMachine()
  let versions: Report['versions'] = {}
  const orders = Array.from({ length: rounds }, (_, round) => orderOf(round))
  const step = createProgress(
    orders.flatMap((order) => stepsOf(taken, order, users)),
    say,
  )
  let pair: Promise<Pair | null> = Promise.resolve(null)
  const measureAll = async (): Promise<void> => {
    for (const order of orders) {
      const starting = (): Promise<Pair> => {
        const started = startPair(options)
        pair = started.catch(() => null)
        return started
      }
      const current = await step(starting)
      versions = current.versions
      for (const name of taken) {
        if (name === 'everyone-changed') await changeEveryone(current.stack.directory.admin)
        for (const side of order) {
          const sample = await step(
            () => takeSample(current, side, name, users),
            ({ seconds, siteRequests }) => `${seconds.toFixed(1)} s, ${siteRequests} requests to WordPress`,
          )
          samples.get(name)?.[side].push(sample)
        }
      }
      await current.stop()
    }
  }
  try {
    await Promise.race([measureAll(), options.interrupted])
  } finally {
    // Also one that is only starting when the run is interrupted.
    await (await pair)?.stop()
  }
  return reportOf({ machine, versions, seed, users, rounds, samples })
}

function orderOf(round: number): SideName[] {
  return round % 2 === 0 ? ['ours', 'naive'] : ['naive', 'ours']
}

function stepsOf(taken: readonly MeasureName[], order: readonly SideName[], users: number): Step[] {
  const runs = taken.flatMap((name) =>
    order.map((side) => ({ name: `${name}, ${side}`, guessedSeconds: 2 + users * measures[name].guess[side] })),
  )
  return [{ name: 'two new sites and a directory', guessedSeconds: 15 }, ...runs]
}
