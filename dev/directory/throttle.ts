import { type Answer, graphError } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

const windowLength = 10_000

/** Limits of the identity workload. https://learn.microsoft.com/graph/throttling-limits */
export function unitLimit(state: DirectoryState): number {
  const { unitsPerTenSeconds } = state.options
  if (unitsPerTenSeconds === 'unlimited') return Number.POSITIVE_INFINITY
  if (unitsPerTenSeconds !== 'documented') return unitsPerTenSeconds
  return state.activeUsers < 50 ? 3500 : state.activeUsers <= 500 ? 5000 : 8000
}

/** What a request costs: `$select` and a small `$top` make it cheaper, `$expand` dearer, never below 1. */
export function unitCost(base: number, query: URLSearchParams): number {
  const small = query.has('$top') && Number(query.get('$top')) < 20
  return Math.max(1, base - Number(query.has('$select')) - Number(small) + Number(query.has('$expand')))
}

/** Takes the units out of the window, or answers 429 where it is used up. `headers` go on the answer. */
export function charge(
  state: DirectoryState,
  units: number,
  now: number,
): { headers: Record<string, string>; refused: Answer | null } {
  const { window } = state
  if (now - window.start >= windowLength) {
    window.start = now
    window.units = 0
  }
  const limit = unitLimit(state)
  const share = (window.units + units) / limit
  const headers: Record<string, string> = { 'x-ms-resource-unit': String(units) }
  if (share >= 0.8) headers['x-ms-throttle-limit-percentage'] = Math.min(1.8, share).toFixed(2)
  if (window.units + units > limit) {
    // Fractional on purpose: Graph does that too.
    const wait = Math.max(0.001, (window.start + windowLength - now) / 1000).toFixed(3)
    headers['x-ms-throttle-scope'] = `Tenant_Application/ReadWrite/${state.clientId}/${state.tenantId}`
    headers['x-ms-throttle-information'] = 'ResourceUnitLimitExceeded'
    state.counters.throttled++
    return {
      headers,
      refused: graphError(429, 'TooManyRequests', 'Too many requests.', { ...headers, 'Retry-After': wait }),
    }
  }
  window.units += units
  state.counters.resourceUnits += units
  return { headers, refused: null }
}
