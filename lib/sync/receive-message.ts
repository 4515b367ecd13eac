import { parseDrainMessage, parseReadMessage } from '../domain/look.ts'
import { connectionOf, siteOf, type SyncContext } from './context.ts'
import { pollPhotos } from './poll-photos.ts'
import { drainLane } from './lane/drain-lane.ts'
import { readDirectory } from './read-directory.ts'
import { poisonName } from './send-looks.ts'

/** A message of `read-directory`, as the Functions host parsed it. */
export async function receiveRead(context: SyncContext, body: unknown): Promise<void> {
  const message = parseReadMessage(body)
  const connection = message && connectionOf(context, message.connection)
  if (!connection) return await toPoison(context, 'read-directory', body)
  if (message.photos) await pollPhotos(context, connection)
  else await readDirectory(context, message)
}

/** A message of `drain`, as the Functions host parsed it. */
export async function receiveDrain(context: SyncContext, body: unknown): Promise<void> {
  const message = parseDrainMessage(body)
  const site = message && siteOf(context, message.site)
  if (!site) return await toPoison(context, 'drain', body)
  await drainLane(context, site)
}

/** What can't be parsed, or names nobody that is configured, will not be better the next time: kept, told by `wake-lanes`, in nobody's way. */
async function toPoison(context: SyncContext, queue: string, body: unknown): Promise<void> {
  await context.queues.queue(poisonName(queue)).send(typeof body === 'string' ? body : JSON.stringify(body))
  context.log('error', 'message went to poison', { queue })
}
