import { laneQueues, parseLookMessage, type LaneQueue, type Look, type LookMessage } from '../../domain/look.ts'
import { connectionOf, type SyncContext } from '../context.ts'
import type { Queue, QueueMessage } from '../ports/queues.ts'
import { laneQueueName, poisonName, retryOf, sendLater, sendLooks } from '../send-looks.ts'
import type { LookResult } from './case.ts'

/** A message in hand: deleted once no id is open, after what goes back has been sent. */
type Entry = {
  queue: LaneQueue
  message: QueueMessage
  body: LookMessage
  open: Set<string>
  putBack: Map<string, number>
  /** It met an unexpected fault: left in the queue, so that its dequeue count tells. */
  blamed: boolean
}
type Waiting = { look: Look; entries: Entry[] }

/** Looks that met each other this often in one run go back to the queue. */
const triesPerRun = 6
/** Ids of a message that was received this often are looked at one by one; a single one waits. */
const splitAt = 4
const suspectAt = 8

export type Inbox = ReturnType<typeof createInbox>

/**
 * The lane's side of its three queues: receives in the order of urgency, merges equal ids, never hands out an id that is in flight,
 * and deletes a message only when each of its ids is settled, handed on, or durably back in the queue.
 */
export function createInbox(context: SyncContext, site: string) {
  const { timings, stores, log } = context
  const entries = new Set<Entry>()
  const waiting: Record<LaneQueue, Map<string, Waiting>> = {
    now: new Map(),
    soon: new Map(),
    bulk: new Map(),
    photos: new Map(),
  }
  const inFlight = new Map<string, Waiting>()
  /** Cycles that had a message of this run finished. */
  const cycles = new Map<string, { connection: string; cycle: string }>()
  const queueOf = (name: LaneQueue): Queue => context.queues.queue(laneQueueName(name, site))

  /** The next looks of one connection, the most urgent first; empty = there is nothing to do but what is in flight. */
  async function take(max: number): Promise<Look[]> {
    await receive('now', 32)
    if (count('now') + count('soon') < max) await receive('soon', 4)
    if (count('now') + count('soon') < max && count('bulk') < max) await receive('bulk', 2)
    // Photos keep nobody waiting.
    if (count('now') + count('soon') + count('bulk') === 0) await receive('photos', 1)
    const looks: Look[] = []
    for (const name of laneQueues)
      for (const [key, one] of waiting[name]) {
        if (looks.length === max) return looks
        if (isInFlight(one.look) || (looks[0] && !goTogether(looks[0], one.look))) continue
        waiting[name].delete(key)
        inFlight.set(key, one)
        looks.push(one.look)
      }
    return looks
  }

  /** A look at somebody's photo and one at the person write the same link: one after the other. */
  function isInFlight(look: Look): boolean {
    if (look.dryRun) return inFlight.has(keyOf(look))
    return inFlight.has(keyOf({ ...look, queue: 'now' })) || inFlight.has(keyOf({ ...look, queue: 'photos' }))
  }

  /** Stores what became of a look. Its message is deleted with its last id. */
  async function finish(look: Look, result: LookResult): Promise<void> {
    const one = inFlight.get(keyOf(look))
    if (!one) throw new Error('a look was finished that is not in flight')
    if (result.kind === 'later') await sendLater(context, site, look.connection, look.objectId, result.at)
    inFlight.delete(keyOf(look))
    if (result.kind === 'again' && look.tries < triesPerRun) return again(one, result)
    const back = result.kind === 'put-back' ? result.after : result.kind === 'again' ? timings.userRetryFirst : null
    for (const entry of one.entries) {
      entry.open.delete(look.objectId)
      if (back !== null) entry.putBack.set(look.objectId, back)
      if (entry.open.size === 0) await complete(entry)
    }
  }

  /** Looks that ended by an unexpected fault: their messages stay, and come back by themselves. */
  function blame(looks: readonly Look[]): void {
    for (const look of looks) {
      for (const entry of inFlight.get(keyOf(look))?.entries ?? []) entry.blamed = true
      inFlight.delete(keyOf(look))
    }
  }

  /** Nobody's fault: the looks go back to the queue when the run ends. */
  function leave(looks: readonly Look[]): void {
    for (const look of looks) inFlight.delete(keyOf(look))
  }

  /** What is left goes back as new messages, so that nothing is blamed for the end of a run. */
  async function close(delay: number): Promise<void> {
    for (const entry of [...entries]) {
      if (entry.blamed) continue
      for (const id of entry.open) entry.putBack.set(id, delay)
      await complete(entry)
    }
  }

  async function receive(name: LaneQueue, max: number): Promise<void> {
    for (;;) {
      const messages = await queueOf(name).receive(max, timings.laneVisibility)
      for (const message of messages) await accept(name, message)
      if (messages.length < 32 || count(name) >= 400) return
    }
  }

  async function accept(name: LaneQueue, message: QueueMessage): Promise<void> {
    const body = message.text === null ? null : parseLookMessage(message.text)
    if (!body || connectionOf(context, body.connection)?.site.id !== site) {
      await context.queues.queue(poisonName(laneQueueName(name, site))).send(message.text ?? message.raw)
      await queueOf(name).delete(message)
      log('error', 'message went to poison', { queue: laneQueueName(name, site), readable: body !== null })
      return
    }
    if (message.dequeueCount >= splitAt && body.ids.length > 1) return await split(name, message, body)
    if (message.dequeueCount >= suspectAt) return await suspect(name, message, body)
    const entry: Entry = { queue: name, message, body, open: new Set(body.ids), putBack: new Map(), blamed: false }
    entries.add(entry)
    for (const id of entry.open) add(name, lookOf(name, body, id), [entry])
  }

  /** Merges with a look that waits already; the more urgent queue wins. What a cycle judges or has released waits for a look of that cycle. */
  function add(name: LaneQueue, look: Look, from: Entry[]): void {
    const key = keyOf(look)
    for (const other of laneQueues) {
      const found = waiting[other].get(key)
      if (!found) continue
      found.entries.push(...from)
      found.look = { ...found.look, cycle: found.look.cycle ?? look.cycle }
      if (laneQueues.indexOf(name) >= laneQueues.indexOf(other)) return
      waiting[other].delete(key)
      waiting[name].set(key, found)
      return
    }
    waiting[name].set(key, { look, entries: from })
  }

  function again({ look, entries: from }: Waiting, { first, batch }: LookResult & { kind: 'again' }): void {
    if (first) add(look.queue, { ...look, ...first, tries: look.tries, batch: Infinity }, [])
    add(look.queue, { ...look, tries: look.tries + 1, batch: batch ?? look.batch }, from)
  }

  async function complete(entry: Entry): Promise<void> {
    const { body, message, queue, putBack } = entry
    if (putBack.size > 0) {
      const delay = Math.max(...putBack.values())
      await sendLooks(context, site, queue, { ...body, ids: [...putBack.keys()] }, delay)
    } else if (body.cycle !== null && body.number !== null) {
      await stores.checkpoints.removeMessage(body.connection, body.cycle, body.number, body.signal)
      cycles.set(body.cycle, { connection: body.connection, cycle: body.cycle })
    }
    await queueOf(queue).delete(message)
    entries.delete(entry)
  }

  /** It came back too often: one of its users may be killing the process. Alone they can't harm each other. */
  async function split(name: LaneQueue, message: QueueMessage, body: LookMessage): Promise<void> {
    const dry = body.dryRun ? { cycle: body.cycle, dryRun: body.dryRun } : {}
    for (const id of body.ids) {
      const alone = { ...retryOf(body.connection, [id], body.signal), trigger: body.trigger, ...dry }
      await sendLooks(context, site, name, alone)
    }
    if (body.cycle !== null && body.number !== null)
      await stores.checkpoints.removeMessage(body.connection, body.cycle, body.number, body.signal)
    await queueOf(name).delete(message)
    log('warn', 'message split into single users', { queue: name, site, users: body.ids.length })
  }

  async function suspect(name: LaneQueue, message: QueueMessage, body: LookMessage): Promise<void> {
    const due = context.now() + timings.suspectUser
    // A look that writes nothing is given up: the one that waits would be a real one. So is one at a photo: the next poll finds it.
    if (!body.dryRun && name !== 'photos')
      for (const id of body.ids) await sendLater(context, site, body.connection, id, due)
    await queueOf(name).delete(message)
    log('error', 'user looked at too often without an end', { queue: name, site, connection: body.connection })
  }

  function count(name: LaneQueue): number {
    return waiting[name].size
  }

  return { take, finish, blame, leave, close, cycles }
}

/** A dry look never stands for a real one, nor one at a photo for one at the person. */
function keyOf({ connection, objectId, dryRun, queue }: Look): string {
  return `${connection}|${objectId}${dryRun ? '|dry' : ''}${queue === 'photos' ? '|photo' : ''}`
}

/** Users of one connection are settled together; a dry run's apart, and photos too. */
function goTogether(a: Look, b: Look): boolean {
  if ((a.queue === 'photos') !== (b.queue === 'photos')) return false
  return a.connection === b.connection && a.dryRun === b.dryRun && (!a.dryRun || a.cycle === b.cycle)
}

function lookOf(queue: LaneQueue, body: LookMessage, objectId: string): Look {
  const { connection, trigger, signal, cycle } = body
  return {
    connection,
    objectId,
    trigger,
    queue,
    signal,
    cycle,
    dryRun: body.dryRun === true,
    tries: 0,
    batch: Infinity,
  }
}
