/** The time as a process sees it: the machine's, moved by steps of the whole world and by the skew of its own host. */
export type Clock = {
  now(): number
  /** Milliseconds that the world's clock is ahead of the machine's. */
  readonly offset: number
  step(milliseconds: number): void
  /** A host's own clock; `skew` is added to the world's. */
  host(): { now(): number; skew(milliseconds: number): void }
  /** The machine's time when the world's clock showed this one, as far as steps can tell. */
  toReal(time: number): number
}

export function createClock(): Clock {
  let offset = 0
  const steps: { at: number; offset: number }[] = [{ at: 0, offset: 0 }]
  return {
    now: () => Date.now() + offset,
    get offset() {
      return offset
    },
    step(milliseconds) {
      offset += milliseconds
      steps.push({ at: Date.now(), offset })
    },
    host() {
      let skewed = 0
      return { now: () => Date.now() + offset + skewed, skew: (milliseconds) => (skewed = milliseconds) }
    },
    toReal(time) {
      for (const step of [...steps].reverse()) if (time - step.offset >= step.at) return time - step.offset
      return time
    },
  }
}
