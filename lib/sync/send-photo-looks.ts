import type { Connection } from '../domain/connection.ts'
import type { LookMessage } from '../domain/look.ts'
import type { SyncContext } from './context.ts'
import { sendDrain, sendLooks } from './send-looks.ts'

/** "Look at the photos of these people": durable once it resolves. The queue says that it is about photos, the message no more than who. */
export async function sendPhotoLooks(
  context: SyncContext,
  { id, site }: Connection,
  ids: readonly string[],
  delay = 0,
): Promise<void> {
  if (ids.length === 0) return
  const signal = context.now()
  const message: LookMessage = { connection: id, ids: [...ids], trigger: 'photo', signal, cycle: null, number: null }
  await sendLooks(context, site.id, 'photos', message, delay)
  await sendDrain(context, site.id, delay)
}
