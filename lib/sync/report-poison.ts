import { attemptOf } from '../domain/attempt.ts'
import type { AuditRow } from '../domain/audit.ts'
import { laneQueues, parseLookMessage } from '../domain/look.ts'
import { sitesOf, type SyncContext } from './context.ts'
import { laneQueueName, poisonName } from './send-looks.ts'

/** Where the audit keeps what belongs to no connection. */
export const noConnection = '-'

/**
 * Writes what lies in the poison queues to the audit, a row a message: without its content, which may be anything. The messages stay
 * where they are, out of sight until the next report, which writes the same row again.
 */
export async function reportPoison(context: SyncContext): Promise<void> {
  const lanes = sitesOf(context).flatMap(({ id }) => laneQueues.map((name) => laneQueueName(name, id)))
  for (const queue of ['read-directory', 'drain', ...lanes]) {
    const poison = context.queues.queue(poisonName(queue))
    const messages = await poison.receive(32, context.timings.poisonReport)
    if (messages.length === 0) continue
    const rows = messages.map((message): AuditRow => {
      const body = message.text === null ? null : parseLookMessage(message.text)
      return {
        connection: body?.connection ?? noConnection,
        dryRun: null,
        attempt: attemptOf(message.insertedAt, queue, message.id),
        objectId: message.id,
        status: 'failed',
        reason: 'poison',
        wordpressId: null,
        who: { userPrincipalName: null, email: null, username: null },
        changes: [],
        at: message.insertedAt,
        milliseconds: 0,
        cycle: body?.cycle ?? null,
        trigger: 'poison',
        tries: message.dequeueCount,
        error: `A message of ${queue} could not be handled. It lies in ${poisonName(queue)}.`,
      }
    })
    await context.stores.audit.write(rows)
    context.log('error', 'messages in poison queue', { queue, messages: messages.length })
  }
}
