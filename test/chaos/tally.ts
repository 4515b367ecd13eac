import type { IoWatch } from './mortal.ts'

/** How often each I/O was done, and how often a process died before or after it. */
export function createTally() {
  const passed = new Map<string, number>()
  const killed = { before: new Map<string, number>(), after: new Map<string, number>() }
  const watch: IoWatch = {
    passed: (point) => add(passed, point),
    killed: (point, when) => add(killed[when], point),
  }
  return {
    watch,
    /** Counts by name, the most frequent first. */
    report: () => ({
      passed: sorted(passed),
      before: sorted(killed.before),
      after: sorted(killed.after),
      /** Done, and never died at. */
      missed: {
        before: [...passed.keys()].filter((point) => !killed.before.has(point)).sort(),
        after: [...passed.keys()].filter((point) => !killed.after.has(point)).sort(),
      },
    }),
    deaths: () => ({ before: total(killed.before), after: total(killed.after) }),
  }
}

export type Tally = ReturnType<typeof createTally>

export function add<K>(counts: Map<K, number>, key: K, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more)
}

const total = (counts: Map<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0)

const sorted = (counts: Map<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
