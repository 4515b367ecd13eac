import { setTimeout as delay } from 'node:timers/promises'
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { Terminal } from '../domain/faults.ts'
import type { Queue, Queues } from '../sync/ports/queues.ts'
import { decodeMessage, encodeMessage } from './message-text.ts'
import { storageCredential } from './storage-credential.ts'
import { codeOf, isBeingDeleted, statusOf, toFault } from './storage-fault.ts'
import type { StorageSettings } from './storage-settings.ts'

/** Few and quick: what takes longer is a `RetryLater`. */
const retryOptions = { maxTries: 4, retryDelayInMs: 300, maxRetryDelayInMs: 3000 }
const requestTimeout = 60_000

/** A dropped queue's name comes back after 30 s or more: https://learn.microsoft.com/rest/api/storageservices/delete-queue3 */
const beingDeletedPauses = [500, 1000, 2000, 4000, 8000, 15_000, 15_000]

const week = 7 * 24 * 3600
const mostReceived = 32

export type QueueOptions = { beingDeletedPauses?: readonly number[] }

/**
 * The queues on Azure Storage. A queue is created when something finds it missing. Messages are base64, as the functions host
 * expects them: it moves any other straight to poison. Faults: `RetryLater`, `Terminal`.
 */
export function createQueues(settings: StorageSettings, options: QueueOptions = {}): Queues {
  const service =
    settings.kind === 'identity'
      ? new QueueServiceClient(settings.queueUri, storageCredential(settings), { retryOptions })
      : QueueServiceClient.fromConnectionString(settings.connectionString, { retryOptions })
  const queues = new Map<string, Queue>()
  return {
    queue(name) {
      const queue = queues.get(name) ?? openQueue(service.getQueueClient(name), options)
      queues.set(name, queue)
      return queue
    },
  }
}

function openQueue(client: QueueClient, options: QueueOptions): Queue {
  /** Runs `work`; where the queue is missing or its name still being deleted, creates it and runs it again. */
  const using = async <T>(what: string, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    const pauses = [0, ...(options.beingDeletedPauses ?? beingDeletedPauses)]
    for (;;) {
      try {
        return await work(AbortSignal.timeout(requestTimeout))
      } catch (error) {
        const pause = codeOf(error) === 'QueueNotFound' || isBeingDeleted(error) ? pauses.shift() : undefined
        if (pause === undefined) throw toFault(error, `${what} queue ${client.name}`)
        await delay(pause)
        await client.create({ abortSignal: AbortSignal.timeout(requestTimeout) }).catch((fault: unknown) => {
          const retried = isBeingDeleted(fault) && pauses.length > 0
          if (codeOf(fault) !== 'QueueAlreadyExists' && !retried) throw toFault(fault, `create queue ${client.name}`)
        })
      }
    }
  }

  return {
    async send(text, wait = 0) {
      const encoded = encodeMessage(text)
      if (encoded === null) throw new Terminal('message-too-large', `A message for queue ${client.name} is over 48 KiB`)
      const visibilityTimeout = Math.min(Math.max(0, Math.ceil(wait / 1000)), week)
      await using('send to', (abortSignal) =>
        client.sendMessage(encoded, { messageTimeToLive: -1, visibilityTimeout, abortSignal }),
      )
    },
    async receive(max, visibility) {
      if (max < 1) return []
      const numberOfMessages = Math.min(Math.floor(max), mostReceived)
      const visibilityTimeout = Math.min(Math.max(1, Math.ceil(visibility / 1000)), week)
      const { receivedMessageItems } = await using('receive from', (abortSignal) =>
        client.receiveMessages({ numberOfMessages, visibilityTimeout, abortSignal }),
      )
      return receivedMessageItems.map((item) => ({
        id: item.messageId,
        popReceipt: item.popReceipt,
        dequeueCount: item.dequeueCount,
        insertedAt: item.insertedOn.getTime(),
        text: decodeMessage(item.messageText),
        raw: item.messageText,
      }))
    },
    async delete({ id, popReceipt }) {
      try {
        await client.deleteMessage(id, popReceipt, { abortSignal: AbortSignal.timeout(requestTimeout) })
      } catch (error) {
        if (statusOf(error) !== 404 && codeOf(error) !== 'PopReceiptMismatch')
          throw toFault(error, `delete from queue ${client.name}`)
      }
    },
    async anyVisible() {
      const { peekedMessageItems } = await using('peek into', (abortSignal) =>
        client.peekMessages({ numberOfMessages: 1, abortSignal }),
      )
      return peekedMessageItems.length > 0
    },
    async approximateCount() {
      const answer = await using('count', (abortSignal) => client.getProperties({ abortSignal }))
      return answer.approximateMessagesCount ?? 0
    },
  }
}
