/**
 * A `Retry-After` header in milliseconds from `now`: whole seconds or an HTTP date (RFC 9110, 10.2.3). null where it is
 * absent or says neither; a date that is over is 0.
 */
export function retryAfter(header: string | undefined, now: number): number | null {
  const value = header?.trim()
  if (!value) return null
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  // Date.parse alone would take `-5` or `1.5` for a year or a month.
  const at = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
