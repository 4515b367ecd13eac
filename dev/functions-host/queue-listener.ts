import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue'
import { setTimeout as delay } from 'node:timers/promises'
import type { TypedData } from './core-types.ts'
import type { QueueOptions } from './host-json.ts'
import { describeError, type Log } from './log.ts'
import { decodeMessage, triggerMetadata } from './queue-message.ts'
import { storageStatus, type StorageWatch } from './storage-watch.ts'

export type Listener = { /** Takes nothing more and resolves when what runs has finished. */ stop(): Promise<void> }

export type QueueListenerOptions = {
  functionName: string
  queue: QueueClient
  /** `<queue>-poison`; null for a poison queue itself: a failed message then stays invisible until its lease ends. */
  poison: QueueClient | null
  options: QueueOptions
  /** Milliseconds that a received message stays invisible; renewed at half of it. */
  lease: number
  storage: StorageWatch
  log: Log
  /** Runs the function and sends its output; rejects where that failed. */
  run(data: TypedData, metadata: Record<string, TypedData>): Promise<void>
}

const firstPause = 100

/**
 * Polls a queue as the storage extension does: `batchSize` messages, the next ones once no more than `newBatchThreshold` are running, and
 * growing pauses up to `maxPollingInterval` while the queue is empty or not there. The real host draws the pauses at random.
 */
export function listenToQueue(listener: QueueListenerOptions): Listener {
  const { queue, options, storage, log } = listener
  const category = `Function.${listener.functionName}`
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const seconds = (ms: number) => Math.max(1, Math.round(ms / 1000))

  async function receive(): Promise<DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await storage.watch(() =>
        queue.receiveMessages({ numberOfMessages: options.batchSize, visibilityTimeout: seconds(listener.lease) }),
      )
      return receivedMessageItems
    } catch (error) {
      if (storageStatus(error) !== 404) log('Error', category, `Receiving failed: ${describeError(error)}`)
      return []
    }
  }

  async function poll(): Promise<void> {
    let pause = firstPause
    while (!stopping.signal.aborted) {
      const messages = await receive()
      for (const message of messages) {
        // Also those that arrive while the host stops: put back, they would have lost one of their tries.
        const ended = process(message)
          .catch((error: unknown) => log('Error', category, `Message ${message.messageId}: ${describeError(error)}`))
          .finally(() => running.delete(ended))
        running.add(ended)
      }
      if (messages.length === 0) {
        await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
        pause = Math.min(pause * 2, options.maxPollingInterval)
      } else pause = firstPause
      while (running.size > options.newBatchThreshold) await Promise.race(running)
    }
  }

  async function process(message: DequeuedMessageItem): Promise<void> {
    const text = decodeMessage(message.messageText, options.messageEncoding)
    if (text === null) {
      log('Error', category, `Message ${message.messageId} is not base64.`)
      return await toPoison(message, message.popReceipt)
    }
    if (message.dequeueCount > options.maxDequeueCount) return await toPoison(message, message.popReceipt)
    const lease = renewWhileRunning(message)
    let failed = false
    try {
      await listener.run({ string: text }, triggerMetadata(message, text))
    } catch {
      // The invocation itself has logged it.
      failed = true
    }
    const popReceipt = await lease.stop()
    if (!failed) await ignoreGone(() => queue.deleteMessage(message.messageId, popReceipt))
    else if (listener.poison === null) return
    else if (message.dequeueCount >= options.maxDequeueCount) await toPoison(message, popReceipt)
    else {
      const invisible = Math.round(options.visibilityTimeout / 1000)
      await ignoreGone(() => queue.updateMessage(message.messageId, popReceipt, undefined, invisible))
    }
  }

  function renewWhileRunning(message: DequeuedMessageItem): { stop(): Promise<string> } {
    let { popReceipt } = message
    let renewal: Promise<void> = Promise.resolve()
    const renew = async () => {
      const renewed = await storage.watch(() =>
        queue.updateMessage(message.messageId, popReceipt, undefined, seconds(listener.lease)),
      )
      popReceipt = renewed.popReceipt ?? popReceipt
    }
    const timer = setInterval(() => {
      renewal = renewal.then(renew).catch((error: unknown) => {
        log('Warning', category, `Renewing message ${message.messageId} failed: ${describeError(error)}`)
      })
    }, listener.lease / 2)
    return {
      stop: async () => {
        clearInterval(timer)
        await renewal
        return popReceipt
      },
    }
  }

  async function toPoison(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const { poison } = listener
    if (poison === null) return
    log('Warning', category, `Moving message ${message.messageId} to queue '${poison.name}'.`)
    await storage.watch(() => poison.createIfNotExists())
    await storage.watch(() => poison.sendMessage(message.messageText))
    await ignoreGone(() => queue.deleteMessage(message.messageId, popReceipt))
  }

  /** A message whose lease was lost belongs to somebody else now. */
  async function ignoreGone(operation: () => Promise<unknown>): Promise<void> {
    try {
      await storage.watch(operation)
    } catch (error) {
      if (storageStatus(error) !== 404 && storageStatus(error) !== 400) throw error
      log('Warning', category, 'A message was taken by somebody else while its function ran.')
    }
  }

  const polling = poll()
  return {
    stop: async () => {
      stopping.abort()
      await polling
      await Promise.all(running)
    },
  }
}
