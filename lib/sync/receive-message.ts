import { parseDrainMessage, parseReadMessage } from '../domain/look.ts'
import { siteOf, type SyncContext } from './context.ts'
import { drainLane } from './lane/drain-lane.ts'
import { readDirectory } from './read-directory.ts'
import { poisonName } from './send-looks.ts'

/** A message of `read-directory`, as the Functions host parsed it. */
export async function receiveRead(context: SyncContext, body: unknown): Promise<void> {
  const message = parseReadMessage(body)
  if (!message) return await toPoison(context, 'read-directory', body)
  await readDirectory(context, message)
}

/** A message of `drain`, as the Functions host parsed it. */
export async function receiveDrain(context: SyncContext, body: unknown): Promise<void> {
  const message = parseDrainMessage(body)
  if (!message) return await toPoison(context, 'drain', body)
  const site = siteOf(context, message.site)
  if (!site) return context.log('warn', 'no such site', { site: message.site })
  await drainLane(context, site)
}

/** What can't be parsed will not be better the next time: kept, told by `wake-lanes`, and in nobody's way. */
async function toPoison(context: SyncContext, queue: string, body: unknown): Promise<void> {
  await context.queues.queue(poisonName(queue)).send(typeof body === 'string' ? body : JSON.stringify(body))
  context.log('error', 'message went to poison', { queue })
}
