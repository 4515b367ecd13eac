import { acfValue } from './acf-value.ts'
import { comparableJson, isCustomField, type JsonValue } from './custom-field.ts'
import type { AccountField, FieldName } from './site-user.ts'
import { plainLine, plainText, savedLength, trimmed, wellFormed, withoutOctets } from './plain-text.ts'
import { savedUrl } from './saved-url.ts'

/** Columns of WordPress' users table; a longer value makes the whole write fail, without an error even (display_name). */
const longestName = 250

/**
 * The value that WordPress keeps when it is sent this one, as it comes back decoded. Sending the canonical value gives it back
 * unchanged, so a comparison with what the site says ends. Where WordPress would keep some markup, the plain text is canonical.
 */
export function canonicalField(field: AccountField, value: string): string {
  const kept = keptValue(field, value)
  // PHP takes "0" for empty: WordPress saves nothing, or the login in place of a name.
  return kept === '0' ? '' : kept
}

function keptValue(field: AccountField, value: string): string {
  switch (field) {
    case 'name':
      return shortened(plainLine(value))
    case 'first_name':
    case 'last_name':
    case 'nickname':
      return plainLine(value)
    case 'description':
      return plainText(value)
    case 'url':
      return savedUrl(value)
    case 'email':
      return trimmed(withoutOctets(trimmed(wellFormed(value))))
    case 'locale':
      return trimmed(wellFormed(value))
  }
}

/** What two values of a field are compared by: canonical, an address without case; '' = empty. */
export function comparable(field: FieldName, value: JsonValue | undefined): string {
  if (isCustomField(field)) return comparableJson(field.startsWith('acf.') ? acfValue(value ?? null) : value)
  const canonical = typeof value === 'string' ? canonicalField(field, value) : ''
  return field === 'email' ? canonical.toLowerCase() : canonical
}

/** True where WordPress keeps both values as the same; a change of an address' case is none. */
export function sameField(field: FieldName, a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === b || comparable(field, a) === comparable(field, b)
}

function shortened(value: string): string {
  if (savedLength(value) <= longestName) return value
  const kept: string[] = []
  let length = 0
  for (const character of value) {
    length += savedLength(character)
    if (length > longestName) break
    kept.push(character)
  }
  return plainLine(kept.join(''))
}
