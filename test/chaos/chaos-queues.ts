import { QueueServiceClient, type QueueClient } from '@azure/storage-queue'
import { queueNames, type QueueName } from './schedule.ts'

/** The queues of one run, seen past the program under test. */
export type ChaosQueues = {
  /** Puts a copy of each message that can be seen beside it; returns how many. */
  duplicate(queue: QueueName): Promise<number>
  /** Keeps copies of the messages that can be seen, to be put back when the originals are long done. */
  keep(queue: QueueName): Promise<{ putBack(): Promise<number> }>
  /** Takes a message away behind everybody's back. False where there was none. */
  vanish(queue: QueueName): Promise<boolean>
  put(queue: QueueName, text: string): Promise<void>
  /** Queues that hold messages, invisible ones too, and how many. */
  waiting(): Promise<[QueueName, number][]>
  /** Texts of the messages that lie in poison queues. */
  poison(): Promise<{ queue: string; text: string }[]>
  remove(): Promise<void>
}

/** @param names what a queue of the app is called in the storage account */
export function openChaosQueues(connectionString: string, names: Record<QueueName, string>): ChaosQueues {
  const service = QueueServiceClient.fromConnectionString(connectionString)
  const open = (name: QueueName): QueueClient => service.getQueueClient(names[name])
  const peek = async (name: QueueName): Promise<string[]> => {
    const peeked = await orMissing(open(name).peekMessages({ numberOfMessages: 32 }))
    return (peeked?.peekedMessageItems ?? []).map(({ messageText }) => messageText)
  }
  const send = async (name: QueueName, encoded: string): Promise<void> => {
    await open(name).createIfNotExists()
    await open(name).sendMessage(encoded, { messageTimeToLive: -1 })
  }
  return {
    async duplicate(queue) {
      const texts = await peek(queue)
      for (const text of texts) await send(queue, text)
      return texts.length
    },
    async keep(queue) {
      const texts = await peek(queue)
      return {
        async putBack() {
          for (const text of texts) await send(queue, text)
          return texts.length
        },
      }
    },
    async vanish(queue) {
      const received = await orMissing(open(queue).receiveMessages({ numberOfMessages: 1, visibilityTimeout: 30 }))
      const message = received?.receivedMessageItems[0]
      if (message) await open(queue).deleteMessage(message.messageId, message.popReceipt)
      return message !== undefined
    },
    put: (queue, text) => send(queue, Buffer.from(text).toString('base64')),
    async waiting() {
      const counts = await Promise.all(
        queueNames.map(async (name): Promise<[QueueName, number]> => {
          return [name, (await orMissing(open(name).getProperties()))?.approximateMessagesCount ?? 0]
        }),
      )
      return counts.filter(([, count]) => count > 0)
    },
    async poison() {
      const found = queueNames.map(async (name) => {
        // Told ones are invisible for hours: receiving shows none of them, but counting does.
        const queue = service.getQueueClient(`${names[name]}-poison`)
        const count = (await orMissing(queue.getProperties()))?.approximateMessagesCount ?? 0
        const peeked = count > 0 ? await orMissing(queue.peekMessages({ numberOfMessages: 32 })) : null
        const texts = (peeked?.peekedMessageItems ?? []).map(({ messageText }) => messageText)
        return Array.from({ length: count }, (_, index) => ({ queue: name, text: texts[index] ?? '' }))
      })
      return (await Promise.all(found)).flat()
    },
    async remove() {
      for (const name of Object.values(names))
        for (const queue of [name, `${name}-poison`]) await orMissing(service.deleteQueue(queue))
    },
  }
}

/** Null where the queue was never made. */
async function orMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null
    throw error
  }
}
