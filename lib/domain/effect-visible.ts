import { hashField } from './field-hash.ts'
import type { FieldHashes, Intent } from './link.ts'
import { hashRoles, sameRoles } from './managed-roles.ts'
import type { AccountField, SiteUser } from './site-user.ts'

/** True when the account shows what the intent said it would: then the write that nobody heard of did happen. */
export function effectVisible(
  intent: Intent,
  before: FieldHashes,
  account: SiteUser | null,
  managed: readonly string[] = [],
): boolean {
  if (intent.verb === 'delete') return account === null
  if (account === null) return false
  // An account that had no roles shows nothing either way.
  if (intent.verb === 'suspend') return account.roles.length === 0 && (intent.roles ?? []).length > 0
  const fields = (Object.keys(intent.hashes) as AccountField[]).filter(
    (field) => (field as string) !== 'roles' && intent.hashes[field] !== before[field],
  )
  const fieldsShow = fields.every((field) => shows(field, account.fields[field], intent.hashes[field], before[field]))
  if (intent.verb === 'restore')
    return fieldsShow && account.roles.length > 0 && sameRoles(account.roles, intent.roles ?? [])
  const rolesChange = intent.hashes.roles !== before.roles
  const shown = hashRoles(account.roles.filter((role) => managed.includes(role)))
  return (fields.length > 0 || rolesChange) && fieldsShow && (!rolesChange || shown === intent.hashes.roles)
}

/** A language that was cleared shows as the site's own, English most often: then all that can be seen is that the old one is gone. */
function shows(field: AccountField, value: string, after: string | undefined, before: string | undefined): boolean {
  const shown = hashField(field, value)
  if (field === 'locale' && after === hashField('locale', '')) return value === 'en_US' || shown !== before
  return shown === after
}
