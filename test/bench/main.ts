import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { measureNames, type MeasureName } from './measures.ts'
import { printReport } from './report.ts'
import { runBench, type BenchOptions } from './run-bench.ts'

const usage = `npm run bench -- [--users N] [--rounds N] [--only NAME] [--json FILE] [--seed N] [--profile FOLDER]

  --users N        people in the directory (default 1000)
  --rounds N       rounds, each on new sites (default 3)
  --only NAME      ${measureNames.join(', ')}
  --json FILE      write the figures there
  --seed N         of the people (default 1)
  --profile FOLDER write a CPU profile of the functions host there

Measures this program beside a naive sync (GET, then POST a user, four at a time) on two native WordPress
sites of this machine. Exit code: 0 all goals met, 1 a goal missed or nothing measured, 2 wrong use.`

type Arguments = Omit<BenchOptions, 'say' | 'interrupted'> & { json: string | null }

function readArguments(): Arguments | 'help' {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      ...{ only: text, json: text, profile: text, help: { type: 'boolean' } },
      users: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
    },
  })
  if (values.help) return 'help'
  const only = measureNames.find((name) => name === values.only) ?? null
  if (values.only !== undefined && only === null) throw new Error(`--only is one of ${measureNames.join(', ')}`)
  return {
    users: whole('users', values.users, 50, 100_000),
    rounds: whole('rounds', values.rounds, 1, 100),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    only: only satisfies MeasureName | null,
    json: values.json ?? null,
    profile: values.profile ?? null,
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < min || number > max)
    throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
  return number
}

async function main(): Promise<number> {
  let options: Arguments | 'help'
  try {
    options = readArguments()
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`)
    return 2
  }
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const say = (line: string): void => console.error(line)
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error('interrupted')))
  })
  interrupted.catch(() => undefined) // also when nobody waits any more
  try {
    const report = await runBench({ ...options, say, interrupted })
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`)
    console.log(printReport(report))
    return report.measures.every(({ met }) => met) ? 0 : 1
  } catch (error) {
    console.error(`Nothing was measured to the end: ${messageOf(error)}`)
    return 1
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

process.exitCode = await main()
