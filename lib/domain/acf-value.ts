import type { JsonValue } from './custom-field.ts'

/**
 * What a value of an ACF field says, so that the one that was sent and the one that is shown can be compared. A group shows every field that it
 * has, empty ones too. Of an account without `unfiltered_html` (the companion plugin's role, any on a network) ACF cleans texts by
 * `wp_kses_post()`, which keeps `&` and a `<` that opens no tag as entities.
 */
export function acfValue(value: JsonValue): JsonValue {
  if (typeof value === 'string') return withoutEntities(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(acfValue)
  const members = Object.entries(value).map(([name, inner]) => [name, acfValue(inner)] as const)
  return Object.fromEntries(members.filter(([, inner]) => !isNothing(inner)))
}

function isNothing(value: JsonValue): boolean {
  if (value === null || value === '' || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Behind such a `<` quotes are entities too. https://developer.wordpress.org/reference/functions/wp_pre_kses_less_than_callback/ */
function withoutEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#0?39);/g, (_, name: string) => characters[name.replace('#0', '#')] ?? '')
}

const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
