import { sendableJson, type JsonValue, type ValueType } from './custom-field.ts'
import { ExpressionFailed } from './expression.ts'

/** A value may be so large as JSON: more is no attribute of a person, and 25 of them share a request. */
const longestJson = 32_000
const deepest = 16

/**
 * An expression's result as the target's type. JSONata makes one of a list of one, so a list is made of what is none; texts that say a
 * number or a truth value are taken for it, for directory extensions often hold them so.
 * @returns null = clear, undefined = leave as it is
 * @throws ExpressionFailed without values
 */
export function typedValue(value: unknown, type: ValueType): JsonValue | undefined {
  if (value === undefined || value === null) return value
  const typed = convert(value, type)
  if (JSON.stringify(typed).length > longestJson)
    throw new ExpressionFailed(`the expression gives more than ${longestJson} characters of JSON`)
  return typed
}

function convert(value: unknown, type: ValueType): JsonValue {
  switch (type) {
    case 'string':
      return sendableJson(textOf(value) ?? fail(value, 'a text'))
    case 'number':
      return numberOf(value)
    case 'boolean':
      return booleanOf(value)
    case 'array':
      // A property without a value is null in a list around it.
      return (Array.isArray(value) ? value : [value])
        .filter((item) => item !== null)
        .map((item) => jsonOf(item, deepest))
    case 'object':
      if (typeof value !== 'object' || Array.isArray(value)) return fail(value, 'an object')
      return jsonOf(value, deepest)
  }
}

/** A scalar as text; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? String(value) : undefined
}

function numberOf(value: unknown): JsonValue {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'string') return fail(value, 'a number')
  if (value.trim() === '') return null
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?\s*$/i.test(value) ? Number(value) : fail(value, 'a number')
}

function booleanOf(value: unknown): JsonValue {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  const text = typeof value === 'string' ? value.trim().toLowerCase() : null
  if (text === '') return null
  return text === 'true' || text === '1'
    ? true
    : text === 'false' || text === '0'
      ? false
      : fail(value, 'true or false')
}

/** A copy that holds nothing but JSON: lists of JSONata carry functions, and objects may. */
function jsonOf(value: unknown, depth: number): JsonValue {
  if (value === null || value === undefined) return null
  const text = textOf(value)
  if (text !== undefined) return typeof value === 'string' ? sendableJson(text) : (value as number | boolean)
  if (depth === 0) throw new ExpressionFailed('the expression gives a value that is nested too deeply')
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth - 1))
  // JSONata's own functions are objects that hold one.
  if (typeof value !== 'object') return fail(value, 'a value')
  const entries = Object.entries(value).map(([key, inner]) => [key, jsonOf(inner, depth - 1)] as const)
  return sendableJson(Object.fromEntries(entries))
}

export function fail(value: unknown, needed: string): never {
  const kind = Array.isArray(value)
    ? 'a list'
    : typeof value === 'number'
      ? 'no finite number'
      : textOf(value) === undefined
        ? 'an object or a function'
        : 'something else'
  throw new ExpressionFailed(`the expression gives ${kind} where ${needed} is needed`)
}
