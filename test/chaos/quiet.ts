import { setTimeout as wait } from 'node:timers/promises'
import { readState, type Row, type StateRows } from './chaos-tables.ts'
import type { Scene } from './scene.ts'

/** What keeps the app from being quiet; empty = nothing does. */
export function unrest(rows: StateRows, waiting: readonly [string, number][], now: number): string[] {
  const found: string[] = []
  for (const [queue, count] of waiting) found.push(`${count} messages in ${queue}`)
  const lane = rows.Sites.find(({ rowKey }) => rowKey === 'lane')
  if (lane?.['owner'] && Number(lane['until']) > now) found.push('the lane is at work')
  for (const row of rows.Sites)
    if (row.rowKey.startsWith('v|') && row['finishedAt'] === undefined) found.push('a verify pass is under way')
  const stopped = new Set(rows.Cycles.flatMap((row) => (row['state'] === 'stopped' ? [row['id']] : [])))
  for (const row of rows.Checkpoints) {
    // Of a cycle that another one replaced, nobody waits for a message.
    if (row.rowKey.startsWith('m|') && !stopped.has(row['cycle'])) found.push(`message ${row.rowKey} under way`)
    if (row.rowKey === 'users' && row['phase'] !== 'idle') found.push(`the reader is ${String(row['phase'])}`)
  }
  for (const row of rows.Cycles) if (isOpen(row)) found.push(`cycle ${String(row['id'])} is ${String(row['state'])}`)
  for (const row of rows.Links) {
    if (row.rowKey.startsWith('r|') && Number(row['due']) <= now) found.push(`look ${row.rowKey} is due`)
    if (row.rowKey.startsWith('h|') && (row['state'] === 'candidate' || row['state'] === 'released'))
      found.push(`removal ${row.rowKey} is ${row['state']}`)
    if (row['intentOpen'] === true) found.push(`intent of ${row.rowKey} is open`)
  }
  return found
}

function isOpen(row: Row): boolean {
  return row['state'] === 'reading' || row['state'] === 'read'
}

/**
 * Waits until the app has nothing to do any more: queues empty, invisible messages too, no live lease, no cycle or look left.
 * @param kick asked again and again while something waits for the schedule: a reader that died, a removal to be judged
 * @returns what was left when the time was over; empty = quiet
 */
export async function waitForQuiet(
  scene: Scene,
  options: { timeout: number; kick: () => Promise<void>; further?: (rows: StateRows) => string[] },
): Promise<string[]> {
  const end = Date.now() + options.timeout
  let calm = 0
  let last = { text: '', since: Date.now() }
  for (;;) {
    const waiting = await scene.queues.waiting()
    const rows = await readState(scene.storage, scene.id)
    const left = [...unrest(rows, waiting, scene.clock.now()), ...(options.further?.(rows) ?? [])]
    calm = left.length === 0 ? calm + 1 : 0
    if (calm === 2 || Date.now() > end) return left
    const text = left.join()
    if (text !== last.text) last = { text, since: Date.now() }
    // A removal that time brings waits for the schedule's next cycle too.
    const scheduled = left.some((one) => one.startsWith('the reader is') || one.endsWith('is candidate'))
    if (scheduled && Date.now() - last.since > 1500) {
      last = { text, since: Date.now() }
      await options.kick()
    }
    await wait(calm === 1 ? 200 : 400)
  }
}
