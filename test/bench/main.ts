import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { instances, type Instance } from './instance.ts'
import { largeNames, largeNamesOf, type LargeName } from './large-measures.ts'
import { printLargeReport } from './large-report.ts'
import { measureNames, type MeasureName } from './measures.ts'
import { printReport } from './report.ts'
import { runBench } from './run-bench.ts'
import { runLarge } from './run-large.ts'

const usage = `npm run bench -- [--users N] [--rounds N] [--only NAME] [--json FILE] [--seed N]
                     [--instance MB] [--profile FOLDER]

  --users N        people in the directory (default 1000; with a name of the second list 100000)
  --rounds N       rounds, each on new sites (default 3; with a name of the second list 1)
  --only NAME      ${measureNames.join(', ')};
                   ${largeNames.slice(0, 4).join(', ')},
                   ${largeNames.slice(4).join(', ')}
  --json FILE      write the figures there
  --seed N         of the people (default 1)
  --instance MB    512 or 2048 (the default, as infra/ has it): with a name of the second list the app has
                   the heap limits that Node takes by itself on such an instance
  --profile FOLDER write a CPU profile of the functions host there

Measures this program beside a naive sync (GET, then POST a user, four at a time) on two native WordPress
sites of this machine, and its first sync once more on a third that has the companion plugin.

memory-100k and graph-units have no peer, take some minutes each and are left out unless named: a name
stands for all that begin with it. One native site, a directory of 100,000 people, and 5,000 members in each
of three groups that are the scope; the site hashes passwords with bcrypt at cost 4.

Exit code: 0 all goals met, 1 a goal missed or nothing measured, 2 wrong use.`

type Arguments = {
  users: number
  rounds: number
  seed: number
  json: string | null
  profile: string | null
  only: MeasureName | null
  /** Measures of a large directory; with them nothing else is taken. */
  large: LargeName[]
  instance: Instance
}

function readArguments(): Arguments | 'help' {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      ...{
        only: text,
        json: text,
        profile: text,
        users: text,
        rounds: text,
        instance: text,
        help: { type: 'boolean' },
      },
      seed: { type: 'string', default: '1' },
    },
  })
  if (values.help) return 'help'
  const only = measureNames.find((name) => name === values.only) ?? null
  const large = largeNamesOf(values.only ?? '')
  if (values.only !== undefined && only === null && large.length === 0)
    throw new Error(`--only is one of ${[...measureNames, ...largeNames].join(', ')}`)
  const many = large.length > 0
  const instance = instances.find((size) => String(size) === (values.instance ?? '2048'))
  if (instance === undefined || (values.instance !== undefined && !many))
    throw new Error(`--instance is one of ${instances.join(', ')}, beside an --only of ${largeNames.join(', ')}`)
  return {
    users: whole('users', values.users ?? (many ? '100000' : '1000'), many ? 1000 : 50, 100_000),
    rounds: whole('rounds', values.rounds ?? (many ? '1' : '3'), 1, 100),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    json: values.json ?? null,
    profile: values.profile ?? null,
    ...{ only, large, instance },
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
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error('interrupted')))
  })
  interrupted.catch(() => undefined) // also when nobody waits any more
  try {
    const { report, text } = await measure(options, interrupted)
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`)
    console.log(text)
    return report.measures.every(({ met }) => met) ? 0 : 1
  } catch (error) {
    console.error(`Nothing was measured to the end: ${messageOf(error)}`)
    return 1
  }
}

async function measure({ large, ...options }: Arguments, interrupted: Promise<never>) {
  const say = (line: string): void => console.error(line)
  if (large.length === 0) {
    const report = await runBench({ ...options, say, interrupted })
    return { report, text: printReport(report) }
  }
  const report = await runLarge({ ...options, names: large, say, interrupted })
  return { report, text: printLargeReport(report) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

process.exitCode = await main()
