/**
 * A `Retry-After` of Graph in milliseconds: seconds, which can be fractional (`2.128`), or an HTTP date. null where it
 * is absent or unreadable. https://learn.microsoft.com/graph/throttling
 */
export function graphRetryAfter(header: string | null | undefined, now: number): number | null {
  const value = header?.trim()
  if (!value) return null
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  // Date.parse alone would take `-5` for a year.
  const at = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
