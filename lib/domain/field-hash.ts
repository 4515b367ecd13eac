import { createHash } from 'node:crypto'
import { isCustomField, type JsonValue } from './custom-field.ts'
import { accountFields, type FieldName, type FieldValues } from './site-user.ts'
import type { FieldHashes } from './link.ts'
import { comparable } from './canonical-field.ts'

/** Stands in place of a hash where the field is set once: it has had its value, and people may change it as they like. */
export const setOnce = 'once'

/** 16 hex digits that tell whether a field changed; equal exactly where {@link comparable} is. No personal data can be read from it at a glance. */
export function hashField(field: FieldName, value: JsonValue | undefined): string {
  return createHash('sha256')
    .update(`${field}\n${comparable(field, value)}`)
    .digest('hex')
    .slice(0, 16)
}

/**
 * The hash of every value that is there.
 * @param once fields that are only ever set: an empty value sets nothing, so that a later one still may
 */
export function hashFields(values: FieldValues, once: ReadonlySet<FieldName> = none): FieldHashes {
  const hashes: FieldHashes = {}
  for (const [field, value] of valueEntries(values))
    if (!once.has(field)) hashes[field] = hashField(field, value)
    else if (comparable(field, value) !== '') hashes[field] = setOnce
  return hashes
}

const none: ReadonlySet<FieldName> = new Set()

export function valueEntries(values: FieldValues): [FieldName, JsonValue][] {
  return Object.entries(values) as [FieldName, JsonValue][]
}

/** Fields that have a hash; what else is hashed (roles, marks) is none. */
export function hashedFields(hashes: FieldHashes): FieldName[] {
  return Object.keys(hashes).filter(isFieldName)
}

function isFieldName(name: string): name is FieldName {
  return (accountFields as readonly string[]).includes(name) || isCustomField(name)
}
