import { sameField } from '../../domain/canonical-field.ts'
import { isCustomField } from '../../domain/custom-field.ts'
import { valueEntries } from '../../domain/field-hash.ts'
import type { FieldValues, SiteUser } from '../../domain/site-user.ts'

/**
 * Says which meta and ACF fields the site took and shows otherwise, or not at all: a plugin of its own cleans them, or shows its fields for
 * accounts of some roles only. null = none.
 */
export function unkeptFields(values: FieldValues, { fields }: SiteUser): string | null {
  const differing = valueEntries(values)
    .map(([field, value]) => (isCustomField(field) && !sameField(field, fields[field], value) ? field : null))
    .filter((field) => field !== null)
  return differing.length === 0 ? null : `the site keeps something else in ${differing.join(', ')}`
}
