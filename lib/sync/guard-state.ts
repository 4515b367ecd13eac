import type { Connection } from '../domain/connection.ts'
import { emptyGuard, limitOf, removalsWithin, trippedBy, type Guard } from '../domain/deletion-guard.ts'
import { Conflict } from '../domain/faults.ts'
import type { SyncContext } from './context.ts'

/** The guard's row, and how many removals it would let pass now. */
export type GuardState = { guard: Guard; etag: string | null; limit: number; room: number }

/** Reads the guard, and counts the connection's active links: only asked where somebody is to be removed. */
export async function readGuardState(context: SyncContext, connection: Connection): Promise<GuardState> {
  const { links } = context.stores
  const stored = await links.readGuard(connection.site.id, connection.id)
  const guard = stored?.guard ?? emptyGuard
  const removed = removalsWithin(guard, context.now(), context.timings.guardWindow)
  let active = 0
  for await (const { state } of links.fingerprints(connection.site.id, connection.id)) if (state === 'active') active++
  const limit = limitOf(connection.guard, active + removed)
  return { guard, etag: stored?.etag ?? null, limit, room: guard.tripped ? 0 : Math.max(0, limit - removed) }
}

/** Trips the guard: nothing goes any more until an operator has decided. Told once, and shown by the status until then. */
export async function tripGuard(context: SyncContext, connection: Connection, removals: number): Promise<void> {
  for (;;) {
    const { guard, etag, limit } = await readGuardState(context, connection)
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
