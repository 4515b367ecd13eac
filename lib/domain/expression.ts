import jsonata, { type Environment, type JsonataError } from 'jsonata'
import { boundedFunctions, fuelName, fuelOf } from './bounded-functions.ts'
import { checkExpression, type ExpressionFault } from './check-expression.ts'
import { newFuel, OutOfBounds } from './fuel.ts'
import { linearRegexEngine } from './linear-regex.ts'
import { namedProperties } from './named-properties.ts'

const longestSource = 4000

/** A JSONata expression that can neither run for ever nor reach anything but its input. */
export type Expression = {
  source: string
  /** Properties of the input that it names. */
  properties: string[]
  /** @throws ExpressionFailed */
  evaluate(input: object): Promise<unknown>
}

/** An expression failed for one input. The message holds no values. */
export class ExpressionFailed extends Error {
  override readonly name = 'ExpressionFailed'
}

/** Compiles an expression, or tells everything that is wrong with it; positions count characters from 1. */
export function compileExpression(
  source: string,
): { ok: true; expression: Expression } | { ok: false; faults: ExpressionFault[] } {
  if (source.trim() === '') return { ok: false, faults: [{ message: 'the expression is empty', position: 1 }] }
  if (source.length > longestSource)
    return {
      ok: false,
      faults: [{ message: `the expression is longer than ${longestSource} characters`, position: 1 }],
    }
  // `RegexEngine` is read before the first await of each evaluation: setting it right before one gives each its own.
  const options: { sequence: number; RegexEngine?: RegExpConstructor } = { sequence: 1000 }
  let compiled: jsonata.Expression
  let ast: unknown
  let properties: string[]
  try {
    compiled = jsonata(source, options)
    ast = compiled.ast()
    properties = namedProperties(ast)
  } catch (error) {
    return { ok: false, faults: [syntaxFault(error)] }
  }
  const faults = checkExpression(ast)
  if (faults.length > 0) return { ok: false, faults }

  const assign = compiled.assign as (name: string | symbol, value: unknown) => void
  assign(Symbol.for('jsonata.__evaluate_entry'), (_: unknown, __: unknown, environment: Environment) => {
    fuelOf(environment).burn(8)
  })
  assign(
    Symbol.for('jsonata.__evaluate_exit'),
    (_: unknown, __: unknown, environment: Environment, result: unknown) => {
      fuelOf(environment).weigh(result)
    },
  )
  for (const { name, implementation, signature } of boundedFunctions)
    compiled.registerFunction(name, implementation as (...args: unknown[]) => unknown, signature)

  const evaluate = async (input: object): Promise<unknown> => {
    const fuel = newFuel()
    options.RegexEngine = linearRegexEngine(fuel)
    try {
      return await compiled.evaluate(input, { [fuelName]: fuel })
    } catch (error) {
      throw new ExpressionFailed(failure(error))
    }
  }
  return { ok: true, expression: { source, properties, evaluate: directly(ast) ?? evaluate } }
}

/** The name of a single property needs no machinery; most of a mapping is that. */
function directly(ast: unknown): ((input: object) => Promise<unknown>) | null {
  const { type, steps, ...rest } = ast as {
    type?: unknown
    steps?: { type?: unknown; value?: unknown; position?: unknown }[]
  }
  const [step, ...more] = steps ?? []
  if (type !== 'path' || step?.type !== 'name' || more.length > 0 || Object.keys(rest).length > 0) return null
  const { type: _, value: name, position: __, ...extra } = step
  if (typeof name !== 'string' || Object.keys(extra).length > 0) return null
  return async (input) => {
    const value: unknown = Object.hasOwn(input, name) ? Reflect.get(input, name) : undefined
    // As JSONata: a list of one is its member, an empty one is nothing.
    return Array.isArray(value) && value.length < 2 ? value[0] : value
  }
}

function syntaxFault(error: unknown): ExpressionFault {
  const { code, message, position } = error as Partial<JsonataError>
  if (!code) return { message: 'the expression is nested too deeply', position: 1 }
  return { message: `${message ?? 'not valid'} (${code})`, position: position ?? 1 }
}

/** JSONata's own messages quote values: only its code and position are told. */
function failure(error: unknown): string {
  if (error instanceof OutOfBounds) return `the expression ${error.message}`
  const { code, position } = error as Partial<JsonataError>
  if (typeof code !== 'string') return 'the expression failed'
  return `the expression failed${position ? ` at position ${position}` : ''} (JSONata ${code})`
}
