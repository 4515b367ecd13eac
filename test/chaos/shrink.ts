import type { Schedule } from './schedule.ts'

/**
 * Makes a schedule that fails as short as a few tries allow: leaves out halves of its actions, then quarters, and so on to single ones,
 * then people, accounts and the second host, and keeps whatever still fails.
 * @param fails asked of several schedules side by side
 * @param tries how many schedules may be tried
 */
export async function shrink(
  schedule: Schedule,
  fails: (schedule: Schedule) => Promise<boolean>,
  tries: number,
): Promise<Schedule> {
  const budget = { left: tries }
  /** The first of these that still fails, or null. */
  const firstFailing = async (candidates: Schedule[]): Promise<Schedule | null> => {
    const tried = candidates.slice(0, budget.left)
    budget.left -= tried.length
    const failed = await Promise.all(tried.map(fails))
    return tried.find((_, index) => failed[index]) ?? null
  }

  let current = schedule
  const simpler = await firstFailing(withFewerHosts(current))
  if (simpler) current = simpler
  for (const list of ['actions', 'accounts', 'people'] as const) {
    let parts = Math.min(2, current[list].length)
    while (parts > 0 && budget.left > 0) {
      const shorter = await firstFailing(withoutParts(current, list, parts))
      if (shorter) {
        current = shorter
        parts = Math.min(Math.max(2, parts - 1), current[list].length)
      } else if (parts >= current[list].length) break
      else parts = Math.min(parts * 2, current[list].length)
    }
  }
  return current
}

/** The schedule without each of so many equal parts of a list in turn. */
function withoutParts(schedule: Schedule, list: 'actions' | 'accounts' | 'people', parts: number): Schedule[] {
  const { length } = schedule[list]
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [Math.floor((part * length) / parts), Math.floor(((part + 1) * length) / parts)]
    return { ...schedule, [list]: (schedule[list] as unknown[]).filter((_, index) => index < from || index >= to) }
  })
}

function withFewerHosts(schedule: Schedule): Schedule[] {
  return schedule.hosts > 1 ? [{ ...schedule, hosts: 1 }] : []
}
