export type Spread = { median: number; min: number; max: number }

/** Median, lowest and highest of at least one figure. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) throw new RangeError('There is nothing to take the median of')
  return { median: middle(sorted), min, max }
}

/**
 * The median of the rounds' own ratios: both sides of a pair met the machine in the same minutes, so what slows a whole round down
 * cancels out. 0 / 0 is 1: neither side did anything.
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length)
    throw new RangeError(`${ours.length} figures can't be paired with ${theirs.length}`)
  const ratios = ours.map((figure, round) => (figure === theirs[round] ? 1 : figure / theirs[round]!))
  return spreadOf(ratios).median
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2
  const [below, above] = [sorted[Math.ceil(half) - 1]!, sorted[Math.floor(half)]!]
  return (below + above) / 2
}
