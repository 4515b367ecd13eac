import type { Evidence } from '../evidence.ts'

/** Faults that the program throws on purpose: the host writes them down, and the message comes again. */
const expected = new Set(['RetryLater', 'Terminal', 'Conflict', 'SiteFault', 'LaneLost'])

/** 0: everything came to rest, nothing was thrown that nobody meant to throw, and nothing lies in poison but garbage. */
export function atRest({ unrest, errors, poison, garbage }: Evidence): string[] {
  const thrown = errors.filter((error) => !(error instanceof Error && expected.has(error.name)))
  return [
    ...unrest.map((text) => `never quiet: ${text}`),
    ...thrown.map(
      (error) => `thrown to the host: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    ),
    // Garbage may have been copied like any other message.
    ...(poison > 0 && garbage === 0 ? [`${poison} messages in poison queues, and nobody sent garbage`] : []),
  ]
}

/** 11: never more requests at a time than configured. Where clocks are set or lanes overlap, leases don't promise that. */
export function fewAtOnce({ mostInFlight, schedule }: Evidence): string[] {
  const excused = schedule.actions.some(({ kind }) => ['clock-step', 'clock-skew', 'rivals', 'day'].includes(kind))
  return excused || mostInFlight <= 4 ? [] : [`${mostInFlight} requests to the site at once, 4 are allowed`]
}

/** 12: no secret and nothing personal in what the program wrote to its log. */
export function logDiscreet({ log, secrets }: Evidence): string[] {
  return log
    .filter((line) => secrets.some((secret) => line.includes(secret)))
    .slice(0, 3)
    .map((line) => `the log holds what it must not: ${line}`)
}
