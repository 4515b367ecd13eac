import type { Connection } from '../domain/connection.ts'
import { Conflict, RetryLater } from '../domain/faults.ts'
import type { Removal } from '../domain/leaving.ts'
import { idsPerMessage } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import { sendDrain, sendLooks } from './send-looks.ts'

export type Decision = 'approve' | 'reject'

export type Decided = {
  /** Rows that the decision was written for, and named ones that had it already. */
  decided: number
  /** Object ids of those that changed meanwhile. */
  lost: string[]
  /** Object ids that nobody can decide about: there is no such row, or the guard hasn't judged it yet. */
  unknown: string[]
}

type StoredRemoval = { removal: Removal; etag: string }

/** What becomes of a row. again: it stands, but whoever wrote it may have died before its look was sent. */
type Step = 'write' | 'again' | 'stands' | 'undecidable'

/** The lane writes the guard's row with each removal that it makes. */
const mostTries = 50

/**
 * Writes an operator's decision on held removals of the named people, or on all that are held. Rows go first, then the looks that make approved
 * ones happen, then the guard's latch: killed between any two steps, the same command again does the rest.
 * @throws RetryLater where others write the guard's row all the time
 */
export async function decideRemovals(
  context: SyncContext,
  connection: Connection,
  decision: Decision,
  whose: readonly string[] | 'all',
): Promise<Decided> {
  const result: Decided = { decided: 0, lost: [], unknown: [] }
  const batches = whose === 'all' ? allOf(context, connection) : named(context, connection, whose, result)
  for await (const batch of batches) await decideBatch(context, connection, decision, whose === 'all', batch, result)
  if (decision === 'approve') await sendDrain(context, connection.site.id)
  await clearLatch(context, connection)
  context.log('info', 'held removals decided', {
    connection: connection.id,
    decision,
    decided: result.decided,
    lost: result.lost.length,
  })
  return result
}

async function decideBatch(
  context: SyncContext,
  connection: Connection,
  decision: Decision,
  all: boolean,
  batch: readonly StoredRemoval[],
  result: Decided,
): Promise<void> {
  const { stores, now, timings } = context
  const lapsed = now() - timings.approvalLapses
  const steps = batch.map((stored) => ({ ...stored, step: stepOf(stored.removal, decision, all, lapsed) }))
  const of = (...wanted: Step[]) => steps.filter(({ step }) => wanted.includes(step))

  const state = decision === 'approve' ? 'approved' : 'rejected'
  const writes = of('write').map(
    ({ removal, etag }) => ({ removal: { ...removal, state, decidedAt: now() }, etag }) as const,
  )
  const { lost } =
    writes.length > 0 ? await stores.links.decide(connection.site.id, writes) : { lost: new Set<string>() }
  result.decided += writes.length - lost.size
  result.lost.push(...lost)
  if (!all) {
    result.decided += of('again', 'stands').length
    result.unknown.push(...of('undecidable').map(({ removal }) => removal.objectId))
  }

  const ids = of('write', 'again').flatMap(({ removal: { objectId } }) => (lost.has(objectId) ? [] : [objectId]))
  if (decision === 'reject' || ids.length === 0) return
  const look = { connection: connection.id, ids, signal: now(), cycle: null, number: null }
  await sendLooks(context, connection.site.id, 'soon', { ...look, trigger: 'approval' })
}

/** `all` speaks of what waits for a decision; somebody who is named can be decided about anew. `lapsed`: approvals up to then count no more. */
function stepOf({ state, decidedAt }: Removal, decision: Decision, all: boolean, lapsed: number): Step {
  switch (state) {
    case 'candidate':
    case 'released':
      return 'undecidable'
    case 'held':
      return 'write'
    case 'approved':
      if (decision === 'reject') return all ? 'stands' : 'write'
      return (decidedAt ?? 0) <= lapsed ? 'write' : 'again'
    case 'rejected':
      return decision === 'approve' && !all ? 'write' : 'stands'
  }
}

/** As many as one message of looks takes. */
async function* allOf({ stores }: SyncContext, { site, id }: Connection): AsyncIterable<StoredRemoval[]> {
  let batch: StoredRemoval[] = []
  for await (const stored of stores.links.removals(site.id, id)) {
    if (batch.push(stored) < idsPerMessage) continue
    yield batch
    batch = []
  }
  yield batch
}

async function* named(
  { stores }: SyncContext,
  { site, id }: Connection,
  ids: readonly string[],
  { unknown }: Decided,
): AsyncIterable<StoredRemoval[]> {
  const wanted = [...new Set(ids)]
  for (let from = 0; from < wanted.length; from += idsPerMessage) {
    const part = wanted.slice(from, from + idsPerMessage)
    const found = await stores.links.readRemovals(site.id, id, part)
    unknown.push(...part.filter((objectId) => !found.has(objectId)))
    yield [...found.values()]
  }
}

/**
 * The guard is armed again once nobody waits, neither for a decision nor for the guard's own judgement: of a cycle's removals some may be
 * held already while the judgement was interrupted, and an armed guard would let the rest pass. What its window has counted stays.
 */
async function clearLatch(context: SyncContext, connection: Connection): Promise<void> {
  const { links } = context.stores
  for (let tries = 0; tries < mostTries; tries++) {
    // Read before the rows: whoever trips it meanwhile makes the write below fail.
    const stored = await links.readGuard(connection.site.id, connection.id)
    if (!stored?.guard.tripped || (await anyWaiting(context, connection))) return
    try {
      await links.writeGuard(connection.site.id, connection.id, { ...stored.guard, tripped: null }, stored.etag)
      return context.log('info', 'deletion guard armed again', { connection: connection.id })
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
  throw new RetryLater('The decisions are written, but the deletion guard could not be armed again', null)
}

async function anyWaiting({ stores }: SyncContext, { site, id }: Connection): Promise<boolean> {
  for await (const { removal } of stores.links.removals(site.id, id))
    if (removal.state === 'held' || removal.state === 'candidate') return true
  return false
}
