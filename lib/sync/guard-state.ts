import type { Connection } from '../domain/connection.ts'
import { emptyGuard, limitOf, removalsWithin, trippedBy, type Guard } from '../domain/deletion-guard.ts'
import { Conflict } from '../domain/faults.ts'
import type { SyncContext } from './context.ts'

/** The guard's row, and how many removals it would let pass now. */
export type GuardState = { guard: Guard; etag: string | null; limit: number; room: number }

/**
 * Reads the guard's row.
 * @param people links that are active, or were until they were removed within the window: see {@link countPeople}
 */
export async function readGuardState(
  context: SyncContext,
  connection: Connection,
  people: number,
): Promise<GuardState> {
  const stored = await context.stores.links.readGuard(connection.site.id, connection.id)
  const guard = stored?.guard ?? emptyGuard
  const removed = removalsWithin(guard, context.now(), context.timings.guardWindow)
  const limit = limitOf(connection.guard, people)
  return { guard, etag: stored?.etag ?? null, limit, room: guard.tripped ? 0 : Math.max(0, limit - removed) }
}

/** What a percentage is taken of. Reads every link, so it is asked for once a cycle or a lane's run, and only where somebody is to be removed. */
export async function countPeople({ stores, now, timings }: SyncContext, { site, id }: Connection): Promise<number> {
  const stored = await stores.links.readGuard(site.id, id)
  let people = stored ? removalsWithin(stored.guard, now(), timings.guardWindow) : 0
  for await (const { state } of stores.links.fingerprints(site.id, id)) if (state === 'active') people++
  return people
}

/** Trips the guard: nothing goes any more until an operator has decided. Told once, and shown by the status until then. */
export async function tripGuard(
  context: SyncContext,
  connection: Connection,
  people: number,
  removals: number,
): Promise<void> {
  for (;;) {
    const { guard, etag, limit } = await readGuardState(context, connection, people)
    if (guard.tripped) return
    try {
      const tripped = trippedBy(guard, removals, limit, context.now())
      await context.stores.links.writeGuard(connection.site.id, connection.id, tripped, etag)
    } catch (error) {
      if (error instanceof Conflict) continue
      throw error
    }
    const cure = `npm run sync -- held, then approve or reject`
    context.log('error', 'deletion guard tripped', { connection: connection.id, removals, limit, cure })
    return
  }
}
