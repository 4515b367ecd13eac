import { randomUUID } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { Queue, Queues } from '../../lib/sync/ports/queues.ts'

const minute = 60_000
const patience = { timeout: 15_000, interval: 100 }

/** What every implementation of the queues' port must do. `queues` is called in each test, and gives the same ones. */
export function queuesContract(queues: () => Queues): void {
  const fresh = (): Queue => queues().queue(`test-${randomUUID().slice(0, 8)}`)

  describe('a queue', () => {
    it('is empty before its first message, without being made first', async () => {
      const queue = fresh()
      expect(await queue.receive(32, minute)).toEqual([])
      expect(await queue.approximateCount()).toBe(0)
      expect(await fresh().anyVisible()).toBe(false)
    })

    it('tells whether anything could be received now', async () => {
      const queue = fresh()
      await queue.send('later', minute)
      expect(await queue.anyVisible()).toBe(false)
      await queue.send('now')
      expect(await queue.anyVisible()).toBe(true)
      expect(await queue.receive(32, minute)).toMatchObject([{ text: 'now', dequeueCount: 1 }])
      expect(await queue.anyVisible()).toBe(false)
    })

    it('gives back any text', async () => {
      const queue = fresh()
      const texts = ['{"a":1}', 'Zoë <&> "quoted" 日本 😀\n', 'x'.repeat(48 * 1024)]
      for (const text of texts) await queue.send(text)
      const received = await queue.receive(32, minute)
      expect(new Set(received.map(({ text }) => text))).toEqual(new Set(texts))
      expect(received).toHaveLength(texts.length)
    })

    it('tells how often and since when', async () => {
      const queue = fresh()
      const before = Date.now()
      await queue.send('a')
      const [message] = await queue.receive(1, minute)
      expect(message).toMatchObject({ dequeueCount: 1, text: 'a', raw: 'YQ==' })
      expect(Math.abs((message?.insertedAt ?? 0) - before)).toBeLessThan(minute)
    })

    it('gives at most as many as asked for, at most 32', async () => {
      const queue = fresh()
      await Promise.all(Array.from({ length: 40 }, (_, number) => queue.send(String(number))))
      expect(await queue.receive(0, minute)).toHaveLength(0)
      expect(await queue.receive(3, minute)).toHaveLength(3)
      expect(await queue.receive(100, minute)).toHaveLength(32)
      expect(await queue.approximateCount()).toBe(40)
    })

    it('hides a received message and gives it again when its time is over', async () => {
      const queue = fresh()
      await queue.send('again')
      expect(await queue.receive(1, 1)).toHaveLength(1)
      const [second] = await vi.waitFor(async () => {
        const messages = await queue.receive(1, minute)
        expect(messages).toHaveLength(1)
        return messages
      }, patience)
      expect(second).toMatchObject({ text: 'again', dequeueCount: 2 })
    })

    it('holds a delayed message back, counts it all the same', async () => {
      const queue = fresh()
      await queue.send('later', 500)
      await queue.send('much later', 7 * 24 * 60 * minute)
      expect(await queue.receive(32, minute)).toEqual([])
      expect(await queue.approximateCount()).toBe(2)
      const [message] = await vi.waitFor(async () => {
        const messages = await queue.receive(32, minute)
        expect(messages).toHaveLength(1)
        return messages
      }, patience)
      expect(message?.text).toBe('later')
    })

    it('forgets a deleted message, twice too', async () => {
      const queue = fresh()
      await queue.send('a')
      const [message] = await queue.receive(1, minute)
      if (!message) throw new Error('nothing received')
      await queue.delete(message)
      await queue.delete(message)
      expect(await queue.approximateCount()).toBe(0)
    })

    it('keeps a message that somebody else has received since', async () => {
      const queue = fresh()
      await queue.send('a')
      const [first] = await queue.receive(1, 1)
      if (!first) throw new Error('nothing received')
      const second = await vi.waitFor(async () => {
        const [message] = await queue.receive(1, minute)
        if (!message) throw new Error('nothing received')
        return message
      }, patience)
      await queue.delete(first)
      expect(await queue.approximateCount()).toBe(1)
      await queue.delete(second)
      expect(await queue.approximateCount()).toBe(0)
    })

    it('is another than a queue of another name', async () => {
      const queue = fresh()
      await queue.send('a')
      expect(await fresh().receive(1, minute)).toEqual([])
    })

    it('refuses what no message can hold', async () => {
      await expect(fresh().send('x'.repeat(49 * 1024))).rejects.toMatchObject({ name: 'Terminal' })
    })
  })
}
