import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { protections, type Protection } from './without.ts'

export const usage = `npm run chaos -- [--seed N] [--runs N] [--run N] [--json FILE] [--parallel N] [--only-in-process]
                 [--wordpress native|embedded] [--shrink N] [--dump FOLDER]

  --seed N           what everything is drawn from; without it one is drawn and printed
  --runs N           how many runs (default 20)
  --run N            this run alone
  --json FILE        write the result there
  --parallel N       runs side by side (default 6; 1 on the embedded WordPress)
  --only-in-process  no runs with processes of their own
  --wordpress KIND   default: native where this machine can, else embedded
  --shrink N         how many runs that failed are made short (default 3)
  --dump FOLDER      write what the oracle saw of a run that failed there

Seeded kills and faults, and an oracle that judges what is left when they are over (docs/chaos.md).
Exit code: 0 nothing found, 1 something is wrong, 2 wrong use.`

export type ChaosOptions = {
  seed: number
  /** Numbers of the runs. */
  runs: number[]
  json: string | null
  dump: string | null
  parallel: number | null
  hosts: boolean
  wordpress: 'native' | 'embedded' | 'any'
  without: Protection | null
  /** Failing runs that are made short: each takes minutes. */
  shrink: number
}

/** @throws Error that says what is wrong with the arguments */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seed: text, runs: text, run: text, json: text, dump: text, parallel: text, wordpress: text, shrink: text },
      ...{ 'only-in-process': flag, without: text, help: flag },
    },
  })
  if (values.help) return 'help'
  const { wordpress = 'any' } = values
  if (wordpress !== 'any' && wordpress !== 'native' && wordpress !== 'embedded')
    throw new Error('--wordpress is native or embedded')
  const lacking = protections.find((name) => name === values.without) ?? null
  if (values.without !== undefined && lacking === null) throw new Error(`--without is one of ${protections.join(', ')}`)
  const count = whole('runs', values.runs, 1, 100_000) ?? 20
  const only = whole('run', values.run, 0, 100_000)
  return {
    seed: whole('seed', values.seed, 0, 2 ** 31) ?? randomInt(1, 2 ** 31),
    runs: only === null ? Array.from({ length: count }, (_, run) => run) : [only],
    json: values.json ?? null,
    dump: values.dump ?? null,
    parallel: whole('parallel', values.parallel, 1, 32),
    hosts: values['only-in-process'] !== true,
    wordpress,
    without: lacking,
    shrink: whole('shrink', values.shrink, 0, 1000) ?? 3,
  }
}

function whole(name: string, text: string | undefined, min: number, max: number): number | null {
  if (text === undefined) return null
  const number = Number(text)
  if (!Number.isInteger(number) || number < min || number > max)
    throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
  return number
}
