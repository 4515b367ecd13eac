const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/** A step of at least `from` that visits every place of `count` once, in an order that says nothing. */
export function coprimeStep(count: number, from: number = Math.floor(count * 0.618)): number {
  let step = Math.max(1, from)
  while (divisor(step, count) !== 1) step++
  return step
}
