import { createHash } from 'node:crypto'

/** `20261123T101500123Z`: sorts by time, and its first eight characters are the UTC day. */
export function timeStamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:.]/g, '')
}

/** A new attempt's id. It names the audit row and goes along with each request of the attempt. `random`: 12 hex digits. */
export function newAttempt(now: number, random: string): string {
  return `${timeStamp(now)}-${random}`
}

/**
 * The id of an outcome that had no intent (a refusal): the same signal and reason give the same id, so a message that
 * comes twice tells it once.
 */
export function attemptOf(signal: number, ...parts: readonly (string | null)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
  return `${timeStamp(signal)}-${digest}`
}
