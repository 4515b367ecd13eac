import { isCustomField } from './custom-field.ts'
import { hashedFields, hashField, setOnce } from './field-hash.ts'
import type { Change, Link } from './link.ts'
import { changedOnSite, hashManaged, withHash } from './managed-roles.ts'
import type { FieldName, SiteUser } from './site-user.ts'

/** What somebody changed on the site: fields that aren't as they were last applied, or the whole account. */
export type Drift = { missing: boolean; fields: Change['field'][] }

/**
 * How an account differs from what was last applied to it; null = not at all.
 * @param managed roles that the configuration gives and takes
 * @param marked accounts are marked for single sign-on
 */
export function driftOf(
  link: Link,
  account: SiteUser | null,
  managed: readonly string[],
  marked = false,
): Drift | null {
  // That somebody who left is gone altogether is found when they come back.
  if (account === null) return link.state === 'active' ? { missing: true, fields: [] } : null
  if (link.state === 'suspended') {
    if (account.roles.length > 0) return { missing: false, fields: ['roles'] }
    // Without the companion plugin nobody can tell (null). With it: older than the plugin, or undone by hand.
    return account.suspended === false ? { missing: false, fields: ['suspended'] } : null
  }
  const fields: Drift['fields'] = hashedFields(link.hashes).filter(
    (field) => link.hashes[field] !== hashField(field, account.fields[field]) && !isUntold(field, link, account),
  )
  if (managed.length > 0 && hashManaged({ managed }, account.roles) !== link.hashes.roles) fields.push('roles')
  if (account.suspended === true) fields.push('suspended')
  if (marked && account.suspended !== null && account.markedFor !== link.objectId) fields.push('singleSignOn')
  const stranger = account.username.toLowerCase() !== link.login?.toLowerCase()
  return fields.length > 0 || stranger ? { missing: false, fields } : null
}

/** What says nothing of a hand at work. */
function isUntold(field: FieldName, { hashes }: Link, { fields }: SiteUser): boolean {
  // Set once, it is the people's own.
  if (hashes[field] === setOnce) return true
  // Not shown: mapped no more, or no more a field of the site.
  if (isCustomField(field) && fields[field] === undefined) return true
  // An account without a language shows the site's own: nobody can tell whether somebody chose it.
  return field === 'locale' && hashes.locale === hashField('locale', '')
}

/** True where the account only lacks what the companion plugin keeps and may never have had: a suspension's flag, first marks. */
export function isOwed(link: Link, { missing, fields }: Drift): boolean {
  const owed = (field: Drift['fields'][number]): boolean =>
    field === 'suspended' ? link.state === 'suspended' : field === 'singleSignOn' && !link.hashes.singleSignOn
  return !missing && fields.length > 0 && fields.every(owed)
}

/** The link that lets the next look find out: what drifted counts as never applied. */
export function withoutDrift(link: Link, { fields }: Drift): Link {
  // Somebody gave roles to a suspended account: it is to be suspended again, and gets back what it had before the first time.
  if (link.state === 'suspended') {
    const state = fields.includes('roles') ? 'active' : 'suspended'
    return { ...link, state, fingerprint: null }
  }
  // No hash tells of the suspension: the next look compares everything.
  if (fields.includes('suspended')) return { ...link, fingerprint: null, hashes: {} }
  const kept =
    fields.length === 0
      ? []
      : Object.entries(link.hashes).filter(([field]) => !fields.includes(field as Change['field']))
  const hashes = Object.fromEntries(kept)
  // Of somebody who is to have none of the managed roles there is no hash either: without a mark nobody would look.
  return { ...link, fingerprint: null, hashes: fields.includes('roles') ? withHash(hashes, changedOnSite) : hashes }
}
