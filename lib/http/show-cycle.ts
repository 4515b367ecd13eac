import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import * as z from 'zod'
import { timeStamp } from '../domain/attempt.ts'
import type { AuditRow } from '../domain/audit.ts'
import type { Cycle } from '../domain/cycle.ts'
import type { SyncContext } from '../sync/context.ts'
import { cycleJson } from './cycle-json.ts'
import { isoTime } from './iso-time.ts'
import { askedAt, nextCycle } from './next-cycle.ts'
import { Problem } from './problem.ts'
import { readConnection, readQuery } from './read-request.ts'

const querySchema = z.object({
  kind: z.enum(['incremental', 'full']).default('incremental'),
  dryRun: z.enum(['true', 'false']).default('false'),
})

const day = 24 * 60 * 60 * 1000
const mostChanges = 1000
/** Cycles that are looked through for the one that was asked for: two days of them at the default schedule. */
const mostCycles = 200

/** `GET /connections/{connection}/cycles/{cycle}`: a dry run's with its changes. `{cycle}` may be the `next-…` of a `Location`. */
export async function showCycle(context: SyncContext, request: HttpRequest): Promise<HttpResponseInit> {
  const { id: connection } = readConnection(context, request)
  const cycle = await findCycle(context, connection, request)
  const changes = cycle.dryRun ? await changesOf(context, cycle) : {}
  return { jsonBody: { connection, ...cycleJson(cycle, context.now()), ...changes } }
}

async function findCycle({ stores }: SyncContext, connection: string, request: HttpRequest): Promise<Cycle> {
  const name = request.params['cycle'] ?? ''
  const at = askedAt(name)
  if (at === null) {
    const cycle = await stores.cycles.read(connection, name)
    if (cycle) return cycle
    throw new Problem(404, 'unknown-cycle', 'The connection has no cycle of this name. Its status lists the last ones.')
  }
  const { kind, dryRun } = readQuery(request, querySchema)
  const cycles = await stores.cycles.list(connection, mostCycles)
  if (cycles.length === mostCycles && cycles.every(({ startedAt }) => startedAt > at))
    throw new Problem(404, 'unknown-cycle', 'That is too long ago. The status lists the last cycles.')
  const cycle = nextCycle(cycles, { at, kind, dryRun: dryRun === 'true' })
  if (cycle) return cycle
  const detail = 'The cycle has not begun yet: another one may be at work. Ask again, or see the status.'
  throw new Problem(404, 'not-begun-yet', detail, { headers: { 'Retry-After': '2' } })
}

/** What a dry run found, as far as it is: the newest first. */
async function changesOf({ stores }: SyncContext, { connection, id, startedAt }: Cycle) {
  const rows: AuditRow[] = []
  // It may have begun before midnight.
  for (const time of [startedAt + day, startedAt])
    rows.push(...(await stores.audit.list(connection, timeStamp(time).slice(0, 8), mostChanges + 1 - rows.length, id)))
  return { changes: rows.slice(0, mostChanges).map(changeJson), truncated: rows.length > mostChanges }
}

function changeJson({ objectId, status, reason, wordpressId, who, changes, error, at }: AuditRow) {
  return { objectId, status, reason, wordpressId, who, changes, error, at: isoTime(at) }
}
