import { isLeavingPlan } from '../../domain/plan.ts'
import type { LookResult, WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

/** Two users with an equal username or address are never in flight together: the second one looks again once the first is done. */
export function reserve(
  lane: Lane,
  cases: readonly WriteCase[],
  results: Map<string, LookResult>,
): { mine: WriteCase[]; release: () => void } {
  const taken: string[] = []
  const mine = cases.filter((one) => {
    // Who is taken away wants no name.
    const keys = isLeavingPlan(one.plan)
      ? []
      : [`u:${one.plan.username}`, `e:${one.plan.email}`].map((key) => key.toLowerCase())
    if (keys.some((key) => lane.reserved.has(key))) {
      results.set(one.look.objectId, { kind: 'again', status: null })
      return false
    }
    for (const key of keys) lane.reserved.add(key)
    taken.push(...keys)
    return true
  })
  return { mine, release: () => taken.forEach((key) => lane.reserved.delete(key)) }
}
