import { attemptOf } from '../domain/attempt.ts'
import { withDetail, type AuditRow } from '../domain/audit.ts'
import type { Connection } from '../domain/connection.ts'
import { idsPerMessage } from '../domain/look.ts'
import type { Removal } from '../domain/leaving.ts'
import type { SyncContext } from './context.ts'
import { countPeople, readGuardState, tripGuard } from './guard-state.ts'
import { sendDrain, sendLooks } from './send-looks.ts'

type Waiting = { removal: Removal; etag: string }

/** Numbers of the messages that carry out what was released: far above those of the reader. */
const firstReleaseNumber = 900_000_000

/**
 * Judges the removals of a cycle that is read and whose other people are settled: within the limit all go, beyond it none. Those that go
 * are messages of the cycle like any other, so it isn't settled before they are. Repeating it after any interruption does no harm.
 * @returns true where messages were sent, so that the cycle isn't settled yet
 */
export async function judgeCycle(context: SyncContext, connection: Connection, cycle: string): Promise<boolean> {
  const candidates: Waiting[] = []
  let released: Waiting[] = []
  for await (const waiting of context.stores.links.removals(connection.site.id, connection.id)) {
    const { state, cycle: judgedWith } = waiting.removal
    // Those of a cycle that was stopped before its end are judged with the next one. Ids begin with their start.
    if (judgedWith === null || judgedWith > cycle) continue
    if (state === 'candidate') candidates.push(waiting)
    if (state === 'released') released.push(waiting)
  }
  if (candidates.length > 0) {
    const people = await countPeople(context, connection)
    const { room } = await readGuardState(context, connection, people)
    if (candidates.length + released.length <= room)
      released = [...released, ...(await decide(context, connection, candidates, 'released'))]
    else {
      // In this order: whatever interrupts it, the rest is judged again, and the guard says no.
      await tripGuard(context, connection, people, candidates.length)
      await tellHeld(context, connection, cycle, candidates)
      await decide(context, connection, candidates, 'held')
    }
  }
  if (released.length === 0) return false
  await sendReleased(context, connection, cycle, released)
  return true
}

async function decide(
  context: SyncContext,
  connection: Connection,
  candidates: readonly Waiting[],
  state: 'released' | 'held',
): Promise<Waiting[]> {
  const decidedAt = context.now()
  const decided = candidates.map(({ removal, etag }) => ({ removal: { ...removal, state, decidedAt }, etag }))
  const { lost } = await context.stores.links.decide(connection.site.id, decided)
  return decided.filter(({ removal }) => !lost.has(removal.objectId))
}

/** Told before anybody can act on it, and keyed by when it was first seen: a repeat tells nothing new, nor does a later cycle's. */
async function tellHeld(
  context: SyncContext,
  connection: Connection,
  cycle: string,
  held: readonly Waiting[],
): Promise<void> {
  const at = context.now()
  const rows = held.map(({ removal }): AuditRow => {
    const { objectId, reason, action, wordpressId, login, since } = removal
    const row: AuditRow = {
      connection: connection.id,
      dryRun: null,
      attempt: attemptOf(since, objectId, 'held', action, reason),
      objectId,
      status: 'held',
      reason,
      wordpressId,
      who: { userPrincipalName: null, email: null, username: login },
      changes: [],
      at,
      milliseconds: 0,
      cycle,
      trigger: 'cycle',
      tries: 1,
      error: null,
    }
    return withDetail(row, context.audit.detail)
  })
  await context.stores.audit.write(rows)
  await context.stores.cycles.add(connection.id, cycle, { held: held.length })
}

async function sendReleased(
  context: SyncContext,
  connection: Connection,
  cycle: string,
  released: readonly Waiting[],
): Promise<void> {
  const { checkpoints } = context.stores
  const ids = released.map(({ removal }) => removal.objectId)
  for (let start = 0, number = firstReleaseNumber; start < ids.length; start += idsPerMessage, number++) {
    const part = ids.slice(start, start + idsPerMessage)
    const signal = context.now()
    await checkpoints.putMessage(connection.id, cycle, number, part, signal)
    const message = { connection: connection.id, ids: part, trigger: 'cycle', signal, cycle, number } as const
    await sendLooks(context, connection.site.id, 'soon', message)
  }
  await sendDrain(context, connection.site.id)
}
