/** How many removals a connection may see in 24 hours: `most`, and `percent` of its active links where that is more than `fewest`. */
export type GuardPolicy = { most: number; percent: number; fewest: number }

/** The guard's window and latch: row `g|connection` of Links. */
export type Guard = {
  /** Removals whose intent was written, oldest first: [start of a five-minute slot (ms), how many]. */
  slots: [number, number][]
  /** Tripped, it stays so until an operator has decided on every held removal. */
  tripped: { at: number; removals: number; limit: number } | null
}

export const emptyGuard: Guard = { slots: [], tripped: null }

/** The most removals that may lie in one window. */
export function limitOf({ most, percent, fewest }: GuardPolicy, activeLinks: number): number {
  return Math.min(most, Math.max(fewest, Math.floor((activeLinks * percent) / 100)))
}

/** Removals of the window that ends now. A slot counts until its last moment has left the window. */
export function removalsWithin({ slots }: Guard, now: number, window: number): number {
  return inWindow(slots, now, window).reduce((sum, [, count]) => sum + count, 0)
}

/** The guard after `count` more removals. */
export function withRemovals(guard: Guard, count: number, now: number, window: number): Guard {
  if (count === 0) return guard
  const slot = slotOf(now, window)
  // Not by the clock, which may jump ahead and back: twice as many slots as a window has hold everything that can count.
  const kept = guard.slots.slice(-2 * slotsPerWindow)
  const last = kept.at(-1)
  // A clock that was set back adds to the newest slot: that one leaves the window later.
  const slots: Guard['slots'] =
    last && last[0] >= slot ? [...kept.slice(0, -1), [last[0], last[1] + count]] : [...kept, [slot, count]]
  return { ...guard, slots }
}

/** The guard, tripped by so many removals; the first time stays. */
export function trippedBy(guard: Guard, removals: number, limit: number, now: number): Guard {
  return guard.tripped ? guard : { ...guard, tripped: { at: now, removals, limit } }
}

/** 288 slots a window: a row of 24 hours stays small. */
const slotsPerWindow = 288

function slotOf(now: number, window: number): number {
  const length = Math.max(1, window / slotsPerWindow)
  return Math.floor(Math.floor(now / length) * length)
}

function inWindow(slots: Guard['slots'], now: number, window: number): Guard['slots'] {
  const length = Math.max(1, window / slotsPerWindow)
  return slots.filter(([start]) => start + length > now - window)
}
