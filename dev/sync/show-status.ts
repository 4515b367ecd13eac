import { statusAnswer, type Cycle, type Status } from './answers.ts'
import type { Client } from './client.ts'
import { columns, count, describeCounters, describeProgress, describeTime } from './describe.ts'
import { plain } from './terminal.ts'

export async function readStatus(client: Client, connection: string): Promise<Status> {
  return await client.get(`connections/${encodeURIComponent(connection)}/status`, statusAnswer)
}

/** A connection's status in lines. `now`: ms. */
export function describeStatus(status: Status, now: number): string[] {
  const { connection, site, cycles, waiting } = status
  const [first = 'none yet', ...others] = columns(cycles.map(cycleCells))
  const rows = [
    ['cycles', first],
    ...others.map((line) => ['', line]),
    [
      'waiting',
      Object.entries(waiting)
        .map(([queue, messages]) => `${queue} ${count(messages)}`)
        .join(', '),
    ],
    ['site', describeSite(status, now)],
    ...(status.untaken ? [['fields', `NOT TAKEN: ${plain(status.untaken)}`]] : []),
    ['guard', describeGuard(status)],
    ['held', describeHeld(status)],
    ['verify', describeVerify(status)],
    ...(status.companion === null ? [] : [['companion', plain(status.companion.version)]]),
    ...status.warnings.map((warning) => ['WARNING', plain(warning)]),
    ...(status.photos ? [['photos', describePhotos(status.photos)]] : []),
  ]
  return [`${connection} → ${plain(site.url)} (site ${site.id})`, ...columns(rows).map((line) => `  ${line}`)]
}

function cycleCells(cycle: Cycle): string[] {
  const { kind, dryRun, state, error, startedAt, counters } = cycle
  const under = state === 'reading' || state === 'read'
  const what = under ? describeProgress(cycle) : describeCounters(counters)
  const kinds = dryRun ? `${kind} (dry run)` : kind
  return [describeTime(startedAt), kinds, state, error === null ? what : `${what}; ${plain(error)}`]
}

function describeSite({ breaker }: Status, now: number): string {
  if (breaker === null) return 'well'
  const { failures, since, openUntil, message } = breaker
  const next = Date.parse(openUntil) > now ? `tried again at ${describeTime(openUntil)}` : 'being tried'
  const faults = failures === 1 ? '1 fault' : `${count(failures)} faults`
  return `FAILS since ${describeTime(since)} (${faults}, ${next}): ${plain(message)}`
}

function describeGuard({ guard: { removals, tripped } }: Status): string {
  const made = removals === 1 ? '1 removal' : `${count(removals)} removals`
  if (tripped === null) return `${made} in its window`
  const { at, removals: wanted, limit } = tripped
  return `TRIPPED at ${describeTime(at)} by ${count(wanted)} removals where ${count(limit)} are allowed; ${made} in its window`
}

function describeHeld({ held, moreHeld, guard: { tripped } }: Status): string {
  if (held === 0 && !moreHeld)
    return tripped
      ? 'nobody; what a cycle under way has found comes next, else: npm run sync -- reject --all'
      : 'nobody'
  return `${count(held)}${moreHeld ? ' or more' : ''}, waiting for you: npm run sync -- held`
}

function describeVerify({ verify }: Status): string {
  if (verify === null) return 'not yet'
  const { startedAt, finishedAt, checked, drifted, missing } = verify
  const when =
    finishedAt === null ? `under way since ${describeTime(startedAt)}` : `finished ${describeTime(finishedAt)}`
  return `${when}: ${count(checked)} accounts compared, ${count(drifted)} changed by hand, ${count(missing)} missing`
}

function describePhotos({
  startedAt,
  finishedAt,
  asked,
  changed,
  error,
  targets,
}: NonNullable<Status['photos']>): string {
  if (error !== null) return `NOT READ: ${plain(error)}`
  if (targets?.length === 0)
    return 'NOWHERE TO GO: install the companion plugin, Simple Local Avatars, BuddyPress or BuddyBoss on the site'
  if (startedAt === null) return 'not yet'
  const when =
    finishedAt === null ? `under way since ${describeTime(startedAt)}` : `finished ${describeTime(finishedAt)}`
  return `${when}: ${count(asked)} people asked for, ${count(changed)} with another photo`
}
