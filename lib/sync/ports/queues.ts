/** A received message. `text` is decoded from base64; null where that can't be done. */
export type QueueMessage = {
  id: string
  popReceipt: string
  dequeueCount: number
  insertedAt: number
  text: string | null
  /** As it lies in the queue: what a poison copy keeps of a message that can't be decoded. */
  raw: string
}

/** One Azure storage queue. Names as in design: `read-directory`, `drain`, `now-<site>`, `soon-<site>`, `bulk-<site>`, and `<name>-poison`. */
export type Queue = {
  /** Durable once it resolves: base64, no expiry (TTL −1). `delay` in milliseconds makes it invisible that long (at most 7 days). */
  send(text: string, delay?: number): Promise<void>
  /** At most 32. `visibility` in milliseconds (at least a second on Azure). */
  receive(max: number, visibility: number): Promise<QueueMessage[]>
  /** Resolves where the message is gone or was received by somebody else since. */
  delete(message: QueueMessage): Promise<void>
  /** True where a message could be received now. */
  anyVisible(): Promise<boolean>
  /** Visible and invisible ones. */
  approximateCount(): Promise<number>
}

/** Queues by name; created on first use, once a process. */
export type Queues = { queue(name: string): Queue }
