import { decidedAnswer, removalsAnswer, type Removal, type Tripped } from './answers.ts'
import type { Client } from './client.ts'
import { columns, count, describeTime } from './describe.ts'
import { plain } from './terminal.ts'

/** Most ids that one request takes. */
const idsPerRequest = 1000

export type Held = { removals: Removal[]; tripped: Tripped }
export type Decided = { decided: number; lost: string[]; unknown: string[] }

/** All pages. */
export async function readHeld(client: Client, connection: string): Promise<Held> {
  const path = `connections/${encodeURIComponent(connection)}/held-removals`
  const removals: Removal[] = []
  let continuation: string | undefined
  for (;;) {
    const query = new URLSearchParams({ top: '1000', ...(continuation === undefined ? {} : { continuation }) })
    const page = await client.get(`${path}?${query.toString()}`, removalsAnswer)
    removals.push(...page.removals)
    if (page.continuation === undefined) return { removals, tripped: page.tripped }
    continuation = page.continuation
  }
}

export function describeHeld({ removals, tripped }: Held): string[] {
  const lines: string[] = []
  if (tripped) {
    const { at, removals: wanted, limit } = tripped
    lines.push(
      `The deletion guard tripped at ${describeTime(at)}: ${count(wanted)} removals where ${count(limit)} are allowed.`,
    )
  }
  const held = removals.filter(({ state }) => state === 'held').length
  lines.push(held === 0 ? 'Nobody is held back.' : `${count(held)} held back until you approve or reject them.`)
  const rows = removals.map(({ state, action, reason, login, objectId, since }) => [
    ...[state, action, reason, objectId, describeTime(since), login].map(plain),
  ])
  return removals.length === 0
    ? lines
    : [...lines, ...columns([['state', 'action', 'reason', 'object id', 'since', 'login'], ...rows])]
}

/** In as many requests as it takes; what one of them throws leaves the earlier ones decided, and the same command again does the rest. */
export async function decide(
  client: Client,
  connection: string,
  decision: 'approve' | 'reject',
  whose: readonly string[] | 'all',
): Promise<Decided> {
  const path = `connections/${encodeURIComponent(connection)}/held-removals/${decision}`
  if (whose === 'all') return await client.post(path, { all: true }, decidedAnswer)
  const result: Decided = { decided: 0, lost: [], unknown: [] }
  for (let from = 0; from < whose.length; from += idsPerRequest) {
    const part = await client.post(path, { ids: whose.slice(from, from + idsPerRequest) }, decidedAnswer)
    result.decided += part.decided
    result.lost.push(...part.lost)
    result.unknown.push(...part.unknown)
  }
  return result
}

export function describeDecided(decision: 'approve' | 'reject', { decided, lost, unknown }: Decided): string[] {
  const lines = [`${count(decided)} ${decision === 'approve' ? 'approved' : 'rejected'}.`]
  if (lost.length > 0)
    lines.push(`${count(lost.length)} changed meanwhile; look at "held" again: ${lost.map(plain).join(', ')}`)
  if (unknown.length > 0) lines.push(`${count(unknown.length)} not held: ${unknown.map(plain).join(', ')}`)
  return lines
}
