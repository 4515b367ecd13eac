import { setTimeout as wait } from 'node:timers/promises'
import { noCounters, type Cycle } from '../lib/domain/cycle.ts'
import type { SyncContext } from '../lib/sync/context.ts'
import { sendRead } from '../lib/sync/read-directory.ts'

/**
 * Asks the running app for a cycle of a connection and waits until it is settled; `onProgress` sees its row now and then.
 * @throws Error when the cycle is stopped, reports an error, or isn't settled after `timeout` ms
 */
export async function runCycle(
  context: SyncContext,
  connection: string,
  start: 'due' | 'incremental' | 'full',
  options: { onProgress?: (cycle: Cycle) => void; timeout?: number } = {},
): Promise<Cycle> {
  const before = (await context.stores.cycles.list(connection, 1))[0]?.id ?? ''
  const end = Date.now() + (options.timeout ?? 600_000)
  await sendRead(context, { connection, start })
  for (;;) {
    const cycle = (await context.stores.cycles.list(connection, 20)).filter(({ id }) => id > before).at(-1)
    if (cycle) options.onProgress?.(cycle)
    if (cycle?.state === 'settled') return cycle
    if (cycle?.state === 'stopped' || (cycle?.error && cycle.counters.seen === 0 && Date.now() > end - 60_000))
      throw new Error(`The ${cycle.kind} cycle stopped: ${cycle.error}`)
    if (Date.now() > end) throw new Error(`The cycle is not settled in time: ${describe(cycle)}`)
    await wait(200)
  }
}

function describe(cycle: Cycle | undefined): string {
  if (!cycle) return 'it never began.'
  const counted = Object.entries(cycle.counters).filter(
    ([name, count]) => count !== noCounters[name as keyof typeof noCounters],
  )
  return `${cycle.state}, ${cycle.error ?? 'no error'}, ${counted.map(([name, count]) => `${name} ${count}`).join(', ')}`
}
