import type { Connection } from '../domain/connection.ts'
import { Conflict, type Terminal } from '../domain/faults.ts'
import { begunPhotoPoll } from '../domain/photo.ts'
import type { SyncContext } from './context.ts'

/** True where photos can't be read at all: looks are let go, and the next poll that works finds everybody. */
export async function arePhotosBarred({ stores }: SyncContext, { id }: Connection): Promise<boolean> {
  const stored = await stores.checkpoints.readPhotoPoll(id)
  return stored !== null && stored.row.error !== null
}

/** This tenant's photos can't be read: a matter of the configuration, told once and not of each person. */
export async function barPhotos(context: SyncContext, connection: Connection, error: Terminal): Promise<void> {
  const { checkpoints } = context.stores
  const stored = await checkpoints.readPhotoPoll(connection.id)
  if (stored?.row.error === error.message) return
  const row = { ...(stored?.row ?? begunPhotoPoll(null, context.now())), error: error.message }
  try {
    await checkpoints.writePhotoPoll(connection.id, row, stored?.etag ?? null)
    tellBarred(context, connection, error)
  } catch (conflict) {
    // A poll is under way, and finds the same.
    if (!(conflict instanceof Conflict)) throw conflict
  }
}

export function tellBarred({ log }: SyncContext, { id }: Connection, { reason, message }: Terminal): void {
  log('error', 'photos not read', { connection: id, reason, message })
}
