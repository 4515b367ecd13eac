import { hashField } from './field-hash.ts'
import type { Link } from './link.ts'
import { hashRoles } from './managed-roles.ts'
import type { AccountField, SiteUser } from './site-user.ts'

/** What somebody changed on the site: fields that aren't as they were last applied, or the whole account. */
export type Drift = { missing: boolean; fields: (AccountField | 'roles')[] }

/** How an account differs from what was last applied to it; null = not at all. @param managed roles that the configuration gives and takes */
export function driftOf(link: Link, account: SiteUser | null, managed: readonly string[]): Drift | null {
  // That somebody who left is gone altogether is found when they come back.
  if (account === null) return link.state === 'active' ? { missing: true, fields: [] } : null
  if (link.state === 'suspended') return account.roles.length > 0 ? { missing: false, fields: ['roles'] } : null
  const applied = Object.keys(link.hashes).filter((field) => field !== 'roles') as AccountField[]
  const fields: Drift['fields'] = applied.filter(
    (field) => link.hashes[field] !== hashField(field, account.fields[field]) && !isUntold(field, link),
  )
  const roles = hashRoles(account.roles.filter((role) => managed.includes(role)))
  if (managed.length > 0 && roles !== link.hashes.roles) fields.push('roles')
  const stranger = account.username.toLowerCase() !== link.login?.toLowerCase()
  return fields.length > 0 || stranger ? { missing: false, fields } : null
}

/** An account without a language shows the site's own: nobody can tell whether somebody chose it. */
function isUntold(field: AccountField, { hashes }: Link): boolean {
  return field === 'locale' && hashes.locale === hashField('locale', '')
}

/** The link that lets the next look find out: what drifted counts as never applied. */
export function withoutDrift(link: Link, { fields }: Drift): Link {
  // Somebody gave roles to a suspended account: it is to be suspended again, and gets back what it had before the first time.
  if (link.state === 'suspended') return { ...link, state: 'active', fingerprint: null }
  const kept =
    fields.length === 0 ? [] : Object.entries(link.hashes).filter(([field]) => !fields.includes(field as AccountField))
  return { ...link, fingerprint: null, hashes: Object.fromEntries(kept) }
}
