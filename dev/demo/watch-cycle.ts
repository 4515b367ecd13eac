import type { Cycle } from '../../lib/domain/cycle.ts'
import { progressOf } from '../../lib/domain/progress.ts'

/** Shows a cycle's progress: one line that is written over on a terminal, else a line whenever it moved. */
export function createProgressLine(out: NodeJS.WriteStream): { show(cycle: Cycle): void; end(): void } {
  let last = ''
  return {
    show(cycle) {
      const { done, total, eta } = progressOf(cycle, Date.now())
      const of = total === null ? `${done}` : `${done} of ${total}`
      const left = eta === null || cycle.state === 'settled' ? '' : `, about ${Math.ceil(eta / 1000)} s left`
      const line = `  ${cycle.kind} cycle: ${of} people${left}`
      if (line === last) return
      last = line
      out.write(out.isTTY ? `\r${line.padEnd(78)}` : `${line}\n`)
    },
    end() {
      if (last !== '' && out.isTTY) out.write('\n')
      last = ''
    },
  }
}

/** What a cycle did, in a line. */
export function describeCycle({ kind, counters, startedAt, settledAt }: Cycle): string {
  const named = [
    'created',
    'adopted',
    'updated',
    'suspended',
    'restored',
    'deleted',
    'held',
    'skipped',
    'failed',
  ] as const
  const done = named.filter((name) => counters[name] > 0).map((name) => `${counters[name]} ${name}`)
  const quiet = counters.unchanged + counters.dropped
  if (quiet > 0 || done.length === 0) done.push(`${quiet} unchanged`)
  const seconds = (((settledAt ?? startedAt) - startedAt) / 1000).toFixed(1)
  const { siteRequests, siteWrites } = counters
  return `${kind} cycle: ${done.join(', ')}; ${siteWrites} writes in ${siteRequests} requests to the site, ${seconds} s`
}

/** The shape that `--json` prints. */
export function summariseCycle({ kind, counters, startedAt, settledAt }: Cycle) {
  const { seen: _seen, queued: _queued, dropped, ...outcomes } = counters
  const seconds = ((settledAt ?? startedAt) - startedAt) / 1000
  return { kind, ...outcomes, unchanged: counters.unchanged + dropped, seconds }
}
