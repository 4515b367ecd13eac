import { comparable } from './canonical-field.ts'
import type { JsonValue } from './custom-field.ts'
import { hashedFields, hashField, setOnce } from './field-hash.ts'
import type { FieldHashes, Intent } from './link.ts'
import { hashManaged, sameRoles } from './managed-roles.ts'
import type { FieldName, SiteUser } from './site-user.ts'

/** True when the account shows what the intent said it would: then the write that nobody heard of did happen. */
export function effectVisible(
  intent: Intent,
  before: FieldHashes,
  account: SiteUser | null,
  managed: readonly string[] = [],
): boolean {
  if (intent.verb === 'delete') return account === null
  if (account === null) return false
  // An account that had no roles shows nothing either way, but for the companion plugin's flag.
  if (intent.verb === 'suspend')
    return account.roles.length === 0 && ((intent.roles ?? []).length > 0 || account.suspended === true)
  const fields = hashedFields(intent.hashes).filter((field) => intent.hashes[field] !== before[field])
  const fieldsShow = fields.every((field) => shows(field, account.fields[field], intent.hashes[field], before[field]))
  if (intent.verb === 'restore')
    return (
      fieldsShow &&
      account.suspended !== true &&
      account.roles.length > 0 &&
      sameRoles(account.roles, intent.roles ?? [])
    )
  const rolesChange = intent.hashes.roles !== before.roles
  const shown = hashManaged({ managed }, account.roles)
  return (fields.length > 0 || rolesChange) && fieldsShow && (!rolesChange || shown === intent.hashes.roles)
}

/** A language that was cleared shows as the site's own, English most often: then all that can be seen is that the old one is gone. */
function shows(
  field: FieldName,
  value: JsonValue | undefined,
  after: string | undefined,
  before: string | undefined,
): boolean {
  // It was empty before, or needed no write.
  if (after === setOnce) return comparable(field, value) !== ''
  const shown = hashField(field, value)
  if (field === 'locale' && after === hashField('locale', '')) return value === 'en_US' || shown !== before
  return shown === after
}
