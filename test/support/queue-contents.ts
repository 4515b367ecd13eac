import { parseLookMessage, type LaneQueue, type LookMessage } from '../../lib/domain/look.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import type { Queue } from '../../lib/sync/ports/queues.ts'
import { receiveRead } from '../../lib/sync/receive-message.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'

/** Takes every message out that could be received now. */
export async function takeMessages(queue: Queue): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    const messages = await queue.receive(32, 60_000)
    if (messages.length === 0) return texts
    for (const message of messages) {
      texts.push(message.text ?? message.raw)
      await queue.delete(message)
    }
  }
}

/** Takes the visible looks out of a lane's queue: what the reader has queued, in a test without a lane. */
export async function takeLooks(context: SyncContext, queue: LaneQueue): Promise<LookMessage[]> {
  const texts = await takeMessages(context.queues.queue(laneQueueName(queue, context.connections[0]!.site.id)))
  return texts.map((text) => {
    const message = parseLookMessage(text)
    if (!message) throw new Error('a lane queue holds what is no look')
    return message
  })
}

/** As {@link takeLooks}, the ids only, sorted; an id that was queued twice is there twice. */
export async function takeIds(context: SyncContext, queue: LaneQueue): Promise<string[]> {
  return (await takeLooks(context, queue)).flatMap(({ ids }) => ids).sort()
}

/** The functions host for `read-directory` alone, until that queue is empty, invisible messages too. Returns how many it handled. */
export async function readUntilQuiet(context: SyncContext, timeout = 60_000): Promise<number> {
  const queue = context.queues.queue('read-directory')
  const end = Date.now() + timeout
  let handled = 0
  for (;;) {
    const [message] = await queue.receive(1, 60_000)
    if (message) {
      await receiveRead(context, message.text)
      await queue.delete(message)
      handled++
    } else if ((await queue.approximateCount()) === 0) return handled
    else if (Date.now() > end) throw new Error('read-directory does not become empty')
    else await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
