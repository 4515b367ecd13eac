import type { Fault, RouteName } from './admin-schemas.ts'
import { type Answer, type Call, graphError } from './graph-answer.ts'
import { type DirectoryState, entryOf } from './state.ts'

/** The first fault that was asked for and fits this request; each hit uses one of its times. */
export function takeFault(state: DirectoryState, route: RouteName, call: Call): Fault | null {
  const fits = (fault: Fault) =>
    (fault.route === 'any' || fault.route === route) &&
    (fault.inside === undefined || (fault.inside === 'item') === call.insideBatch) &&
    (fault.id === undefined || namedIds(call).includes(fault.id.toLowerCase()))
  const fault = state.faults.find(fits)
  if (!fault) return null
  fault.left--
  if (fault.left <= 0) state.faults = state.faults.filter((other) => other !== fault)
  return fault
}

/** Object ids in the path or in the filter. */
function namedIds(call: Call): string[] {
  const text = `${call.path} ${call.query.get('$filter') ?? ''}`.toLowerCase()
  return text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []
}

/** People whose `mailNickname` is `fault-429`, `fault-503` …: reading them by id answers that status. */
export function sentinelFault(state: DirectoryState, call: Call): Answer | null {
  for (const id of namedIds(call)) {
    const status = /^fault-([45]\d\d)$/.exec(entryOf(state, id)?.person.mailNickname ?? '')?.[1]
    if (status === undefined) continue
    if (status === '429') state.counters.throttled++
    const headers: Record<string, string> = status === '429' ? { 'Retry-After': '2.128' } : {}
    return graphError(Number(status), status === '429' ? 'TooManyRequests' : 'UnknownError', 'A sentinel.', headers)
  }
  return null
}
