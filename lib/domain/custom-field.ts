import { wellFormed } from './plain-text.ts'

/** A field beyond the account's own: user meta by its key, an ACF field by its name. */
export type CustomField = `meta.${string}` | `acf.${string}`

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** What a mapping can make of a value; the companion plugin registers meta with the same names. */
export const valueTypes = ['string', 'number', 'boolean', 'array', 'object'] as const
export type ValueType = (typeof valueTypes)[number]

export function isCustomField(field: string): field is CustomField {
  return field.startsWith('meta.') || field.startsWith('acf.')
}

/** `meta.badge` → where it goes in a request, and under which name. */
export function placeOf(field: CustomField): { part: 'meta' | 'acf'; name: string } {
  return field.startsWith('meta.')
    ? { part: 'meta', name: field.slice('meta.'.length) }
    : { part: 'acf', name: field.slice('acf.'.length) }
}

/**
 * What two values are compared by: equal exactly where PHP and its database can't tell them apart. Meta is kept as text (5 and "5", true
 * and "1"), a number with 14 digits, an empty object as an empty list, a list as a map of its places. '' = nothing is there, or nothing worth
 * telling from that: null, '', 0, false, [], {}.
 */
export function comparableJson(value: JsonValue | undefined): string {
  // REST shows meta that isn't there as the empty value of its type, ACF as false or null: none of them counts as a value.
  const canonical = value === 0 ? '' : canonicalOf(value ?? null)
  return canonical === '{}' ? '' : canonical
}

function canonicalOf(value: JsonValue): string {
  if (value === null || value === false) return ''
  if (value === true) return '1'
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'string') return wellFormed(value)
  // Keys of a map sort by their characters: a list and PHP's map of the same places come out alike.
  const entries = Object.entries(value).map(([key, inner]) => [wellFormed(key), canonicalOf(inner)] as const)
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`)
    .join()}}`
}

/** PHP's `precision` is 14 digits: so many of a fraction outlive the way through the database. */
function numberText(value: number): string {
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(14)))
}

/** The value as JSON can carry it: a lone surrogate would make WordPress refuse the whole request. */
export function sendableJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sendableJson)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wellFormed(key), sendableJson(inner)]))
}

/** As people read it in the audit and in a preview. */
export function jsonText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
