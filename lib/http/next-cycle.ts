import { timeStamp } from '../domain/attempt.ts'
import type { Cycle } from '../domain/cycle.ts'

/** What was asked for: a cycle has its id only once the reader begins it. `at`: ms. */
export type AskedCycle = { at: number; kind: 'incremental' | 'full'; dryRun: boolean }

/**
 * The cycle that serves a request for one: the oldest that began since. A change that is asked for while pages are being read is read along, so an
 * incremental one is also served by the cycle that was being read then; a dry run always begins anew.
 * @param cycles newest first
 */
export function nextCycle(cycles: readonly Cycle[], { at, kind, dryRun }: AskedCycle): Cycle | null {
  const serving = cycles.filter(
    (cycle) => cycle.dryRun === dryRun && (kind === 'incremental' || cycle.kind !== 'incremental'),
  )
  const since = timeStamp(at)
  const next = serving.findLast(({ id }) => id >= since)
  const newest = serving[0]
  if (next || !newest || kind === 'full' || dryRun) return next ?? null
  const wasRead = newest.state !== 'stopped' && (newest.readAt ?? Infinity) >= at
  return wasRead ? newest : null
}

/** `next-20261123T101500123Z` of a `Location`, as ms; null where it is no such name. */
export function askedAt(name: string): number | null {
  const found = /^next-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(name)
  if (!found) return null
  const [, year, month, day, hour, minute, second, milliseconds] = found
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`)
  return Number.isNaN(time) ? null : time
}
