import { startLargeDirectory, type LargeDirectory } from './large-directory.ts'
import { largeMeasures, type LargeCycle, type LargeKind, type LargeName, type LargeSample } from './large-measures.ts'
import { largeReportOf, type LargeReport } from './large-report.ts'
import type { Instance } from './instance.ts'
import { describeMachine } from './machine.ts'
import { createProgress, type Step } from './progress.ts'
import { takeLargeSample } from './take-large-sample.ts'

export type LargeOptions = {
  users: number
  rounds: number
  seed: number
  names: readonly LargeName[]
  /** Whose heap limits the app gets. */
  instance: Instance
  /** Folder for a CPU profile of the functions host, or null. */
  profile: string | null
  say(line: string): void
  /** Rejects when the run is to end early. */
  interrupted: Promise<never>
}

/** Seconds a user, for the first guess at the time left. */
const guess: Record<LargeCycle, number> = { first: 0.003, unchanged: 0.0003 }

/** Measures the cycles that these measures need, each round and kind of directory on a new stack. */
export async function runLarge(options: LargeOptions): Promise<LargeReport> {
  const { users, rounds, seed, names, instance, say } = options
  const wanted = names.map((name) => largeMeasures[name])
  const runs = Array.from({ length: rounds }).flatMap(() =>
    (['entra', 'b2c'] as const)
      .filter((kind) => wanted.some((one) => one.kind === kind))
      .map((kind) => ({ kind, cycles: cyclesOf(kind, wanted) })),
  )
  const step = createProgress(
    runs.flatMap((run) => stepsOf(run, users)),
    say,
  )
  const samples = new Map<string, LargeSample[]>()
  const machine = describeMachine()
  let versions: LargeReport['versions'] = {}
  let large: Promise<LargeDirectory | null> = Promise.resolve(null)
  const measureAll = async (): Promise<void> => {
    for (const { kind, cycles } of runs) {
      const starting = (): Promise<LargeDirectory> => {
        const started = startLargeDirectory({ ...options, kind })
        large = started.catch(() => null)
        return started
      }
      const current = await step(starting)
      versions = current.versions
      for (const cycle of cycles) {
        const sample = await step(() => takeLargeSample(current, cycle, users, say), describe)
        const key = `${kind} ${cycle}`
        samples.set(key, [...(samples.get(key) ?? []), sample])
      }
      await current.stop()
    }
  }
  try {
    await Promise.race([measureAll(), options.interrupted])
  } finally {
    // Also one that is only starting when the run is interrupted.
    await (await large)?.stop()
  }
  return largeReportOf({ machine, versions, seed, users, rounds, instance, names, samples })
}

/** There is no second cycle without the first. */
function cyclesOf(kind: LargeKind, wanted: readonly { kind: LargeKind; cycle: LargeCycle }[]): LargeCycle[] {
  const second = wanted.some((one) => one.kind === kind && one.cycle === 'unchanged')
  return second ? ['first', 'unchanged'] : ['first']
}

function stepsOf({ kind, cycles }: { kind: LargeKind; cycles: readonly LargeCycle[] }, users: number): Step[] {
  const taken = cycles.map((cycle) => ({ name: `${kind}, ${cycle} cycle`, guessedSeconds: 5 + users * guess[cycle] }))
  return [{ name: `a directory (${kind}) and a site`, guessedSeconds: 15 }, ...taken]
}

function describe({ seconds, resourceUnits, peakMemoryMB, siteRequests }: LargeSample): string {
  return `${seconds.toFixed(1)} s, ${resourceUnits} resource units, peak ${peakMemoryMB} MB, ${siteRequests} requests to WordPress`
}
