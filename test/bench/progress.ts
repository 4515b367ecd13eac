export type Step = { name: string; guessedSeconds: number }

/** Tells on which step a run is, and how long the rest will take by what equal steps took before. */
export function createProgress(steps: readonly Step[], say: (line: string) => void) {
  const taken = new Map<string, number[]>()
  let next = 0
  return async <T>(work: () => Promise<T>, describe: (result: T) => string = () => 'done'): Promise<T> => {
    const step = steps[next]
    if (step === undefined) throw new RangeError('There are more steps than were announced')
    const left = Math.ceil(secondsLeft(steps.slice(next), taken))
    say(`[${next + 1}/${steps.length}] ${step.name} … (about ${left} s left in all)`)
    next++
    const start = performance.now()
    const result = await work()
    const seconds = (performance.now() - start) / 1000
    taken.set(step.name, [...(taken.get(step.name) ?? []), seconds])
    say(`        ${describe(result)}`)
    return result
  }
}

/** Seconds that these steps will take: what equal ones took on average, else the guess. */
export function secondsLeft(steps: readonly Step[], taken: ReadonlyMap<string, readonly number[]>): number {
  return steps.reduce((sum, { name, guessedSeconds }) => {
    const known = taken.get(name) ?? []
    return sum + (known.length === 0 ? guessedSeconds : known.reduce((a, b) => a + b, 0) / known.length)
  }, 0)
}
