import { Terminal } from '../../lib/domain/faults.ts'
import type { Queue, QueueMessage, Queues } from '../../lib/sync/ports/queues.ts'

/** A message as it lies in the queue; `visibleAt` by the queues' clock. */
export type HeldMessage = QueueMessage & { visibleAt: number }

/** Queues in memory, as the port's contract says, with a clock of the test's own. `held` shows what lies in one. */
export function createMemoryQueues(now: () => number = Date.now): Queues & { held(name: string): HeldMessage[] } {
  const queues = new Map<string, { queue: Queue; messages: HeldMessage[] }>()
  let receipts = 0

  function open(): { queue: Queue; messages: HeldMessage[] } {
    const messages: HeldMessage[] = []
    const visible = () => messages.filter(({ visibleAt }) => visibleAt <= now())
    const queue: Queue = {
      async send(text, delay = 0) {
        if (Buffer.byteLength(text) > 48 * 1024) throw new Terminal('message-too-large', 'A message is over 48 KiB')
        const number = ++receipts
        messages.push({
          id: `message-${number}`,
          popReceipt: String(number),
          dequeueCount: 0,
          insertedAt: now(),
          text,
          raw: Buffer.from(text).toString('base64'),
          visibleAt: now() + delay,
        })
      },
      async receive(max, visibility) {
        return visible()
          .slice(0, Math.min(max, 32))
          .map((message) => {
            const popReceipt = String(++receipts)
            const dequeueCount = message.dequeueCount + 1
            const { visibleAt: _, ...received } = Object.assign(message, {
              popReceipt,
              dequeueCount,
              visibleAt: now() + visibility,
            })
            return received
          })
      },
      async delete({ id, popReceipt }) {
        const index = messages.findIndex((message) => message.id === id && message.popReceipt === popReceipt)
        if (index >= 0) messages.splice(index, 1)
      },
      anyVisible: async () => visible().length > 0,
      approximateCount: async () => messages.length,
    }
    return { queue, messages }
  }

  const get = (name: string) => {
    const found = queues.get(name) ?? open()
    queues.set(name, found)
    return found
  }
  return { queue: (name) => get(name).queue, held: (name) => get(name).messages }
}
