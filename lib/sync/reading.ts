import type { Connection } from '../domain/connection.ts'
import { noCounters, type Checkpoint } from '../domain/cycle.ts'
import { cycleToStart, type CycleStart } from '../domain/cycle-start.ts'
import { timeStamp } from '../domain/attempt.ts'
import { Conflict } from '../domain/faults.ts'
import type { ReadMessage } from '../domain/look.ts'
import { checkTenant } from './check-tenant.ts'
import type { SyncContext } from './context.ts'
import { usersStream } from './replaced-by.ts'

/** The right to advance a stream's row, and the row as it stands. */
export type Reading = {
  row: Checkpoint
  cycle: string
  trigger: CycleStart['trigger']
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
  const stored = await checkpoints.read(connection.id, usersStream)
  const now = context.now()
  const { configurationHash, selectHash, fullEveryMs } = connection
  const live = stored !== null && stored.row.leaseOwner !== null && stored.row.leaseUntil > now
  if (live) return { kind: message.start === 'full' ? 'yield' : 'busy' }
  if (
    stored &&
    stored.row.configurationHash !== configurationHash &&
    stored.row.configurationSince > context.processStart
  )
    return { kind: 'yield' }

  const input = {
    checkpoint: stored?.row ?? null,
    selectHash,
    configurationHash,
    fullEveryMs,
    now,
    start: message.start,
  }
  const start = cycleToStart(input)
  if (!start && stored?.row.phase !== 'reading') return { kind: 'busy' }
  const base = stored?.row ?? null
  const row = start ? newCycleRow(context, connection, base, start) : base!
  const claimed: Checkpoint = { ...row, leaseOwner: context.randomId(), leaseUntil: now + context.timings.readerLease }
  try {
    const etag = await checkpoints.write(connection.id, usersStream, claimed, stored?.etag ?? null)
    if (start && base?.cycle && base.phase === 'reading')
      await cycles.add(connection.id, base.cycle, {}, { state: 'stopped', error: 'replaced by a full cycle' })
    return { kind: 'reading', reading: readingOf(context, connection, claimed, etag, start?.trigger ?? 'timer') }
  } catch (error) {
    if (error instanceof Conflict) return { kind: message.start === 'full' ? 'yield' : 'busy' }
    throw error
  }
}

/** The cycle's row, and the check that the credential still belongs to the tenant that the connection names. */
export async function beginCycle(context: SyncContext, connection: Connection, reading: Reading): Promise<void> {
  const { cycles } = context.stores
  const directory = context.directory(connection)
  if (!(await cycles.read(connection.id, reading.cycle)))
    await cycles.put({
      connection: connection.id,
      id: reading.cycle,
      kind: reading.row.kind,
      trigger: reading.trigger,
      state: 'reading',
      startedAt: context.now(),
      readAt: null,
      settledAt: null,
      expected: null,
      error: null,
      counters: noCounters,
    })
  await checkTenant(context, connection)
  const expected = reading.row.kind === 'incremental' ? null : await directory.countUsers()
  await cycles.add(connection.id, reading.cycle, {}, { error: null, expected })
}

/** The token is no longer good: everyone is enumerated again, as a new cycle. */
export async function restartCycle(context: SyncContext, connection: Connection, reading: Reading): Promise<void> {
  await context.stores.cycles.add(
    connection.id,
    reading.cycle,
    {},
    { state: 'stopped', error: 'the delta token was reset' },
  )
  context.log('warn', 'delta token reset, reading everyone again', { connection: connection.id, cycle: reading.cycle })
  const row = newCycleRow(context, connection, reading.row, { kind: 'full', trigger: 'reset' })
  await reading.advance(row)
  reading.cycle = row.cycle!
  reading.trigger = 'reset'
}

function newCycleRow(
  context: SyncContext,
  connection: Connection,
  base: Checkpoint | null,
  { kind }: CycleStart,
): Checkpoint {
  const now = context.now()
  return {
    leaseOwner: base?.leaseOwner ?? null,
    leaseUntil: base?.leaseUntil ?? 0,
    phase: 'reading',
    kind,
    cycle: `${timeStamp(now)}-${context.randomId().slice(0, 4)}`,
    nextLink: null,
    deltaLink: kind === 'incremental' ? (base?.deltaLink ?? null) : null,
    nextMessage: 0,
    selectHash: connection.selectHash,
    configurationHash: connection.configurationHash,
    configurationSince:
      base?.configurationHash === connection.configurationHash ? base.configurationSince : context.processStart,
    lastFullAt: kind === 'incremental' ? (base?.lastFullAt ?? 0) : now,
  }
}

function readingOf(
  context: SyncContext,
  connection: Connection,
  row: Checkpoint,
  first: string,
  trigger: CycleStart['trigger'],
): Reading {
  let etag = first
  const write = async (next: Checkpoint): Promise<void> => {
    etag = await context.stores.checkpoints.write(connection.id, usersStream, next, etag)
    reading.row = next
  }
  const reading: Reading = {
    row,
    cycle: row.cycle!,
    trigger,
    advance: (fields) => write({ ...reading.row, leaseUntil: context.now() + context.timings.readerLease, ...fields }),
    release: () => write({ ...reading.row, leaseOwner: null, leaseUntil: 0 }),
  }
  return reading
}
