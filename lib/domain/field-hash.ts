import { createHash } from 'node:crypto'
import type { AccountField, FieldValues } from './site-user.ts'
import type { FieldHashes } from './link.ts'
import { comparable } from './canonical-field.ts'

/** 16 hex digits that tell whether a field changed; equal exactly where {@link comparable} is. No personal data can be read from it at a glance. */
export function hashField(field: AccountField, value: string): string {
  return createHash('sha256')
    .update(`${field}\n${comparable(field, value)}`)
    .digest('hex')
    .slice(0, 16)
}

/** The hash of every value that is there. */
export function hashFields(values: FieldValues): FieldHashes {
  const hashes: FieldHashes = {}
  for (const [field, value] of Object.entries(values) as [AccountField, string][])
    hashes[field] = hashField(field, value)
  return hashes
}
