import type { JsonValue } from '../domain/custom-field.ts'

/**
 * A value as ACF is to be sent it, so that it keeps what was meant.
 *
 * - It hands values to update_metadata() as they came, which takes a backslash for an escape: each is doubled.
 *   https://github.com/AdvancedCustomFields/acf/blob/master/includes/acf-meta-functions.php
 * - A group leaves a field as it is that is given null, and clears one that is given an empty text.
 *   https://github.com/AdvancedCustomFields/acf/blob/master/includes/fields/class-acf-field-group.php (update_value)
 *
 * @param checked the request is one of its own, whose values WordPress holds against their types: an empty text is no number then, so null
 *   stays. Within a batch it does not, for ACF adds its field to a route when a request for it comes.
 */
export function acfBody(value: JsonValue, checked: boolean): JsonValue {
  if (typeof value === 'string') return value.replaceAll('\\', '\\\\')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => acfBody(item, checked))
  // Nothing in it at all: the whole group is cleared, in either way.
  if (Object.values(value).every((inner) => inner === null)) return null
  const empty = checked ? null : ''
  const members = Object.entries(value).map(([name, inner]) => [name, inner === null ? empty : acfBody(inner, checked)])
  return Object.fromEntries(members)
}
