import type { Connection } from '../domain/connection.ts'
import { noCounters, type Checkpoint } from '../domain/cycle.ts'
import { cycleToStart, type CycleStart } from '../domain/cycle-start.ts'
import { timeStamp } from '../domain/attempt.ts'
import { Conflict } from '../domain/faults.ts'
import type { ReadMessage } from '../domain/look.ts'
import { checkTenant } from './check-tenant.ts'
import type { SyncContext } from './context.ts'
import { dryRunStream, usersStream } from './replaced-by.ts'

/** The right to advance a stream's row, and the row as it stands. */
export type Reading = {
  row: Checkpoint
  cycle: string
  trigger: CycleStart['trigger']
  dryRun: boolean
  /** Conditional on the row's ETag; renews the lease. @throws Conflict: somebody else reads. */
  advance(fields: Partial<Checkpoint>): Promise<void>
  release(): Promise<void>
}

export type Claim = { kind: 'reading'; reading: Reading } | { kind: 'busy' } | { kind: 'yield' }

/**
 * Takes the stream's lease and decides which cycle is read: a new one, or the one under way. `yield`: a process that started later
 * has another configuration, or the asked cycle has to wait for the reader at work. `busy`: nothing to do here.
 */
export async function claimReading(context: SyncContext, connection: Connection, message: ReadMessage): Promise<Claim> {
  const { checkpoints, cycles } = context.stores
  const dryRun = message.dryRun === true
  const stream = dryRun ? dryRunStream : usersStream
  const stored = await checkpoints.read(connection.id, stream)
  const now = context.now()
  const { configurationHash } = connection
  const live = stored !== null && stored.row.leaseOwner !== null && stored.row.leaseUntil > now
  // Whoever reads now brings what an increment asks for, but neither a full cycle nor a dry run.
  const waits = message.start === 'full' || (dryRun && message.start !== undefined)
  if (live) return { kind: waits ? 'yield' : 'busy' }
  if (
    stored &&
    stored.row.configurationHash !== configurationHash &&
    stored.row.configurationSince > context.processStart
  )
    return { kind: 'yield' }

  // A dry run begins where the real cycle would, and writes to a row of its own.
  const place = dryRun ? ((await checkpoints.read(connection.id, usersStream))?.row ?? null) : (stored?.row ?? null)
  const underWay = stored !== null && stored.row.phase !== 'idle'
  const start = dryRun
    ? dryRunToStart(message, place)
    : cycleToStart({ ...connection, checkpoint: place, now, start: message.start })
  if (!start && !underWay) return { kind: 'busy' }
  const row = start ? newCycleRow(context, connection, stored?.row ?? null, place, start) : stored!.row
  const claimed: Checkpoint = { ...row, leaseOwner: context.randomId(), leaseUntil: now + context.timings.readerLease }
  try {
    const etag = await checkpoints.write(connection.id, stream, claimed, stored?.etag ?? null)
    if (start && underWay && stored.row.cycle)
      await cycles.add(connection.id, stored.row.cycle, {}, { state: 'stopped', error: 'replaced by another cycle' })
    return {
      kind: 'reading',
      reading: readingOf(context, connection, claimed, etag, start?.trigger ?? 'timer', dryRun),
    }
  } catch (error) {
    if (error instanceof Conflict) return { kind: waits ? 'yield' : 'busy' }
    throw error
  }
}

/** The cycle's row, and the checks that nobody must be believed gone: the credential's tenant, the groups that are named. */
export async function beginCycle(context: SyncContext, connection: Connection, reading: Reading): Promise<void> {
  const { cycles } = context.stores
  const directory = context.directory(connection)
  if (!(await cycles.read(connection.id, reading.cycle)))
    await cycles.put({
      connection: connection.id,
      id: reading.cycle,
      kind: reading.row.kind,
      trigger: reading.trigger,
      dryRun: reading.dryRun,
      state: 'reading',
      startedAt: context.now(),
      readAt: null,
      settledAt: null,
      expected: null,
      error: null,
      counters: noCounters,
    })
  await checkTenant(context, connection)
  if (connection.groups.length > 0) await directory.checkGroups(connection.groups)
  const expected = reading.row.kind === 'incremental' ? null : await directory.countUsers()
  await cycles.add(connection.id, reading.cycle, {}, { error: null, expected })
}

/** What was read before proves nothing any more: everyone is enumerated again, as a new cycle. */
export async function restartCycle(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  reason: string,
): Promise<void> {
  const { cycles } = context.stores
  await cycles.add(connection.id, reading.cycle, {}, { state: 'stopped', error: reason })
  context.log('warn', 'reading everyone again', { connection: connection.id, cycle: reading.cycle, reason })
  const row = newCycleRow(context, connection, reading.row, reading.row, { kind: 'full', trigger: 'reset' })
  await reading.advance(row)
  reading.cycle = row.cycle!
  reading.trigger = 'reset'
}

function dryRunToStart({ start }: ReadMessage, place: Checkpoint | null): CycleStart | null {
  if (!start) return null
  if (start === 'incremental' && place?.deltaLink) return { kind: 'incremental', trigger: 'on-demand' }
  return { kind: place ? 'full' : 'initial', trigger: 'on-demand' }
}

/** @param base the row that is replaced, with its lease; @param place where the stream stands */
function newCycleRow(
  context: SyncContext,
  connection: Connection,
  base: Checkpoint | null,
  place: Checkpoint | null,
  { kind, trigger }: CycleStart,
): Checkpoint {
  const now = context.now()
  return {
    leaseOwner: base?.leaseOwner ?? null,
    leaseUntil: base?.leaseUntil ?? 0,
    phase: 'reading',
    kind,
    cycle: `${timeStamp(now)}-${context.randomId().slice(0, 4)}`,
    nextLink: null,
    deltaLink: kind === 'incremental' ? (place?.deltaLink ?? null) : null,
    // Another configuration may name another tenant: it is asked anew.
    withoutDelta: trigger === 'configuration' ? false : (place?.withoutDelta ?? false),
    sweptTo: null,
    groups: [],
    nextMessage: 0,
    selectHash: connection.selectHash,
    configurationHash: connection.configurationHash,
    configurationSince:
      base?.configurationHash === connection.configurationHash ? base.configurationSince : context.processStart,
    lastFullAt: kind === 'incremental' ? (place?.lastFullAt ?? 0) : now,
  }
}

function readingOf(
  context: SyncContext,
  connection: Connection,
  row: Checkpoint,
  first: string,
  trigger: CycleStart['trigger'],
  dryRun: boolean,
): Reading {
  let etag = first
  const stream = dryRun ? dryRunStream : usersStream
  const write = async (next: Checkpoint): Promise<void> => {
    etag = await context.stores.checkpoints.write(connection.id, stream, next, etag)
    reading.row = next
  }
  const reading: Reading = {
    row,
    cycle: row.cycle!,
    trigger,
    dryRun,
    advance: (fields) => write({ ...reading.row, leaseUntil: context.now() + context.timings.readerLease, ...fields }),
    release: () => write({ ...reading.row, leaseOwner: null, leaseUntil: 0 }),
  }
  return reading
}
