/** How much work one evaluation of an expression may be: about a tenth of a second at the very most. */
const fullTank = 100_000

/** Characters of a text, inside an evaluation and as its result: 64 KiB. */
export const longestText = 65_536
/** Members of a list or an object, at every level. */
export const longestList = 1000

/** An expression asked for more than it may have. The message holds no values. */
export class OutOfBounds extends Error {
  override readonly name = 'OutOfBounds'
}

/**
 * What is left for an evaluation. Work is counted in steps and sizes instead of time, so the same user and expression end the same way on
 * a slow machine.
 */
export type Fuel = {
  burn(units: number): void
  /** Burns what looking at the value once costs; throws where it is larger than any value may be. */
  weigh(value: unknown): void
}

/** A full tank for one evaluation. */
export function newFuel(): Fuel {
  let left = fullTank
  const known = new WeakMap<object, number>()

  const burn = (units: number) => {
    left -= units
    // NaN must not fill the tank.
    if (!(left >= 0)) throw new OutOfBounds('does too much work')
  }

  /** Size as a tree: a value that is shared counts wherever it is reached, as it does once it is turned into text. */
  const size = (value: unknown): number => {
    if (typeof value === 'string') {
      if (value.length > longestText) throw new OutOfBounds(`makes a text of more than ${longestText} characters`)
      return 1 + Math.ceil(value.length / 16)
    }
    if (typeof value !== 'object' || value === null || isFunction(value)) return 1
    const before = known.get(value)
    if (before !== undefined) return before
    // A sequence of JSONata's carries marks of its own beside its members.
    const members: unknown[] = Array.isArray(value) ? value : Object.values(value)
    if (members.length > longestList) throw new OutOfBounds(`makes a list of more than ${longestList} members`)
    let total = 1
    for (const member of members) {
      total += size(member)
      if (total > fullTank) throw new OutOfBounds('makes too large a value')
    }
    known.set(value, total)
    return total
  }

  return { burn, weigh: (value) => burn(size(value)) }
}

/** Lambdas and built-in functions are objects that hold the whole evaluation. */
function isFunction(value: object): boolean {
  return Object.hasOwn(value, '_jsonata_lambda') || Object.hasOwn(value, '_jsonata_function')
}
