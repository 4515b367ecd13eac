import { createHash } from 'node:crypto'

/** wp_users.user_login. */
const longest = 60

/** Letters that don't come apart into a base letter and a mark. The German ones as a German WordPress writes them. */
const transliterations: Record<string, string> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'k',
  ə: 'e',
}

/** Names that a network keeps for itself: site option `illegal_names` of a fresh network. */
const reserved = new Set(['www', 'web', 'root', 'admin', 'main', 'invite', 'administrator', 'files', 'blog'])

/**
 * A username that WordPress takes: equal to its own `sanitize_user(…, strict)`, lower case, at most 60 characters. Pure: the same
 * candidate and object id always give the same name.
 * @param taken somebody else has the plain name: adds a suffix that depends on the object id only, never a counter
 * @see https://developer.wordpress.org/reference/functions/sanitize_user/
 * @see https://developer.wordpress.org/reference/functions/wpmu_validate_user_signup/ for networks: `[a-z0-9]`, at least 4, not all digits
 */
export function deriveUsername(
  candidate: string,
  objectId: string,
  site: { multisite: boolean },
  taken = false,
): string {
  const suffix = createHash('sha256').update(objectId.toLowerCase()).digest('hex').slice(0, 8)
  const plain = site.multisite ? networkName(candidate, suffix) : siteName(candidate, suffix)
  if (!taken) return plain
  const separator = site.multisite ? '' : '-'
  return withoutEdges(plain.slice(0, longest - separator.length - suffix.length)) + separator + suffix
}

function siteName(candidate: string, suffix: string): string {
  const kept = ascii(candidate)
    .replace(/\s+/g, ' ')
    .replace(/[^a-z0-9 _.\-@]/g, '')
    .replace(/ {2,}/g, ' ')
    .replace(/\.{2,}/g, '.')
    .replace(/@{2,}/g, '@')
  const name = withoutEdges(withoutEdges(kept).slice(0, longest))
  return makesNicename(name) ? name : `user-${suffix}`
}

function networkName(candidate: string, suffix: string): string {
  const kept = ascii(candidate).replace(/[^a-z0-9]/g, '')
  const name = (/^[0-9]+$/.test(kept) ? `user${kept}` : kept).slice(0, longest)
  if (name === '') return `user${suffix}`
  return name.length < 4 || reserved.has(name) ? name + suffix : name
}

/** WordPress refuses a login whose nicename is empty, and to PHP `'0'` is empty too. */
function makesNicename(name: string): boolean {
  const nicename = name
    .slice(0, 50)
    .replace(/[ .]/g, '-')
    .replace(/@/g, '')
    .replace(/^-+|-+$/g, '')
  return nicename !== '' && nicename !== '0'
}

function ascii(candidate: string): string {
  return candidate
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\0-\x7F]/gu, (letter) => transliterations[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
}

function withoutEdges(name: string): string {
  return name.replace(/^[ ._\-@]+/, '').replace(/(?<![ ._\-@])[ ._\-@]+$/, '')
}
