import { savedLength } from '../domain/plain-text.ts'
import type { SiteWrite, UserFault } from '../sync/ports/site.ts'

/** Columns of wp_users, in characters as saved (`&amp;` is five). https://core.trac.wordpress.org/browser/trunk/src/wp-admin/includes/schema.php */
const longest = { email: 100, name: 250 }

/**
 * A write with a value too long for its column, which may not be sent. WordPress doesn't check these two: the database refuses
 * the row, whereupon a create ends in a PHP fatal error that takes the whole batch along, and an update answers 200 and keeps
 * the old row, whatever else was to change in it.
 */
export function lengthFault(write: SiteWrite): UserFault | null {
  const tooLong = (['email', 'name'] as const).find(
    (field) => savedLength(savedAs(write, field).trim()) > longest[field],
  )
  return tooLong === undefined
    ? null
    : { kind: 'invalid', status: 0, code: `user_${tooLong}_too_long`, params: [tooLong] }
}

function savedAs(write: SiteWrite, field: 'email' | 'name'): string {
  if (write.kind === 'delete' || write.kind === 'join') return ''
  const { kind, fields } = write
  const value = fields[field] ?? ''
  // A create without a display name gets one of first and last name.
  const composed = kind === 'create' && field === 'name' && value === ''
  return composed ? [fields.first_name, fields.last_name].filter(Boolean).join(' ') : value
}
