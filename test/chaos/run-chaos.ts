import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { describeSchedule } from './describe.ts'
import type { ChaosOptions } from './options.ts'
import type { Finding } from './oracle.ts'
import { planRun } from './plan.ts'
import { convergenceOf, type Report, type Violation } from './report.ts'
import type { RunResult } from './play.ts'
import { runInProcess } from './run-in-process.ts'
import { runOnHosts } from './run-on-hosts.ts'
import type { Schedule } from './schedule.ts'
import { startServers } from './servers.ts'
import { shrink } from './shrink.ts'
import { add, createTally } from './tally.ts'

type Failed = { schedule: Schedule; findings: readonly Finding[] }

const triesToShrink = 36

/** All runs of a command, several at a time; failing ones are made short afterwards. */
export async function runChaos(
  options: ChaosOptions,
  say: (line: string) => void,
  interrupted: Promise<never>,
): Promise<Report> {
  const servers = await startServers(options.wordpress, say)
  const parallel = options.parallel ?? (servers.site.wordpress.kind === 'native' ? 6 : 1)
  const tally = createTally()
  const injected = new Map<string, number>()
  const convergence: number[] = []
  const violations: Violation[] = []
  const failed: Failed[] = []
  const began = performance.now()
  let done = 0

  const play = (schedule: Schedule, watch = createTally().watch): Promise<RunResult> =>
    schedule.mode === 'host'
      ? runOnHosts(servers, schedule)
      : runInProcess(servers, schedule, { without: options.without, watch })

  async function one(run: number): Promise<void> {
    const schedule = planRun(options.seed, run, { hosts: options.hosts })
    const start = performance.now()
    const result = await play(schedule, tally.watch)
    done++
    for (const [kind, count] of result.injected) add(injected, kind, count)
    convergence.push(result.convergence)
    const minutesLeft = ((performance.now() - began) / done / 60_000) * (options.runs.length - done)
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    say(
      `[${done}/${options.runs.length}] run ${run} (${schedule.motifs.join(', ')}): ${result.findings.length === 0 ? 'well' : `${result.findings.length} FINDINGS`}, ${seconds} s; about ${Math.ceil(minutesLeft)} min left`,
    )
    if (result.findings.length === 0) return
    failed.push({ schedule, findings: result.findings })
    for (const { invariant, detail } of result.findings) say(`  run ${run}, rule ${invariant}: ${detail}`)
    if (options.dump === null) return
    await mkdir(options.dump, { recursive: true })
    await writeFile(join(options.dump, `run-${run}.json`), `${JSON.stringify(result.evidence, null, 1)}\n`)
  }

  async function tell({ schedule, findings }: Failed, short: Schedule): Promise<void> {
    const { seed, run } = schedule
    const repeat = `npm run chaos -- --seed ${seed} --run ${run}`
    say(`run ${run} again: ${repeat}`)
    for (const line of describeSchedule(short)) say(`  ${line}`)
    for (const finding of findings) violations.push({ ...finding, run, seed, schedule: short, repeat })
  }

  /** Any finding of a rule that was broken before counts as the same failure. */
  async function shorten({ schedule, findings }: Failed): Promise<Schedule> {
    say(`run ${schedule.run} is made short …`)
    const broken = new Set(findings.map(({ invariant }) => invariant))
    const slots = pLimit(parallel)
    const fails = (candidate: Schedule): Promise<boolean> =>
      slots(async () => (await play(candidate)).findings.some(({ invariant }) => broken.has(invariant)))
    const again = await Promise.all([fails(schedule), fails(schedule)])
    if (!again.includes(true)) {
      say(`  run ${schedule.run} did not fail again in two tries: it depends on more than its schedule`)
      return schedule
    }
    return await shrink(schedule, fails, triesToShrink)
  }

  try {
    const slots = pLimit(parallel)
    await Promise.race([Promise.all(options.runs.map((run) => slots(() => one(run)))), interrupted])
    for (const [index, failure] of failed.entries())
      await tell(
        failure,
        index < options.shrink ? await Promise.race([shorten(failure), interrupted]) : failure.schedule,
      )
  } finally {
    await servers.stop()
  }
  const deaths = tally.deaths()
  return {
    seed: options.seed,
    runs: options.runs.length,
    injected: {
      ...Object.fromEntries([...injected].sort(([a], [b]) => (a < b ? -1 : 1))),
      'killed-before-io': deaths.before,
      'killed-after-io': deaths.after,
    },
    points: tally.report(),
    convergence: convergenceOf(convergence),
    violations,
    minutes: (performance.now() - began) / 60_000,
  }
}
