import { createHash } from 'node:crypto'

/** Keys may be 1 KiB of UTF-16: a part that would be longer than this becomes a hash. */
const longestPart = 200

/**
 * One part of a key, safe in tables (no `/ \ # ?`, no control characters), in URLs and beside the separator `|`. Letters,
 * digits and `.@_~-` stay as they are, so usual ids keep their look and order; everything else becomes `!` and hex digits.
 * https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields
 */
export function keyPart(text: string): string {
  const encoded = Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9.@_~-]/.test(character) ? character : `!${byte.toString(16).padStart(2, '0')}`
  }).join('')
  if (encoded.length <= longestPart) return encoded
  return `!h${createHash('sha256').update(text).digest('hex')}`
}

/** `rowKey('u', 'default', id)` = `u|default|<id>`. */
export function rowKey(...parts: readonly string[]): string {
  return parts.map(keyPart).join('|')
}

/** Bounds of every row key that begins with these parts: `from` inclusive, `to` exclusive. `}` follows `|`. */
export function keyRange(...parts: readonly string[]): { from: string; to: string } {
  const prefix = rowKey(...parts)
  return { from: `${prefix}|`, to: `${prefix}}` }
}

/** A whole number at a width of its own, so that text order is number order. */
export function padded(number: number, width = 16): string {
  return String(Math.min(Math.max(0, Math.floor(number)), Number.MAX_SAFE_INTEGER)).padStart(width, '0')
}

/** Nine's complement of every digit: text that begins with a time then sorts newest first. Its own inverse. */
export function newestFirst(text: string): string {
  return text.replace(/[0-9]/g, (digit) => String(9 - Number(digit)))
}
