import { createHash } from 'node:crypto'

/** `20261123T101500123Z`: sorts by time, and its first eight characters are the UTC day. */
export function timeStamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:.]/g, '')
}

/** The time of an id that begins with a time stamp, ms; 0 where it doesn't. */
export function timeOfStamp(id: string): number {
  const [, day, hour, minute, rest] = /^(\d{8})T(\d\d)(\d\d)(\d{5})Z/.exec(id) ?? []
  if (!day || !rest) return 0
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
  return Date.parse(`${date}T${hour}:${minute}:${rest.slice(0, 2)}.${rest.slice(2)}Z`) || 0
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
