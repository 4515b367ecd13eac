import type { MapResult } from './mapping.ts'
import type { AccountField, FieldValues, SiteUser } from './site-user.ts'
import type { Change, FieldHashes, Link } from './link.ts'
import { sameField } from './canonical-field.ts'
import { hashField, hashFields } from './field-hash.ts'
import { rolesWith, sameRoles, withRolesHash, type ManagedRoles } from './managed-roles.ts'

/** A plan that an intent announces and the site is written for. */
export type WritePlan = {
  verb: 'create' | 'adopt' | 'update' | 'restore'
  /** The account to write to; null = it must be made. A create that was found to be done already has its account. */
  account: SiteUser | null
  username: string
  email: string
  /** What is sent. Empty, and no roles = there is nothing left to write. */
  values: FieldValues
  /** All roles as they shall be; null = they stay as they are. */
  roles: string[] | null
  changes: Change[]
  /** Hashes of all mapped fields as they will be afterwards. */
  hashes: FieldHashes
}

/** The plan that makes an account that is there already this user's own: an adoption, or a create whose answer never came. */
export function planExisting(
  verb: 'create' | 'adopt',
  account: SiteUser,
  desired: MapResult & { ok: true },
  roles: ManagedRoles,
  /** Roles that were taken from the account when its last owner left. */
  remembered: readonly string[] | null = null,
): WritePlan {
  const values = desiredValues(desired)
  const before = remembered && account.roles.length === 0 ? remembered : account.roles
  const hashes = withRolesHash(hashFields(values), roles)
  return writePlan(verb, account, account.username, told(values, account), rolesWith(roles, before), hashes)
}

const parkedDomain = '@parked.invalid'

export function isParked(account: SiteUser): boolean {
  return account.fields.email.endsWith(parkedDomain)
}

/** An address that nobody has, for one of two people who hold each other's: `.invalid` never resolves (RFC 2606). */
export function planParking(account: SiteUser, link: Link, objectId: string): WritePlan {
  const email = `parked-${objectId.toLowerCase().replace(/[^a-z0-9-]/g, '')}${parkedDomain}`
  const hashes = { ...link.hashes, email: hashField('email', email) }
  return writePlan('update', account, account.username, { email }, account.roles, hashes)
}

/** What has to be sent so that the account has these values and roles. */
export function writePlan(
  verb: WritePlan['verb'],
  account: SiteUser,
  username: string,
  candidates: FieldValues,
  wantedRoles: string[],
  hashes: FieldHashes,
): WritePlan {
  const values: FieldValues = {}
  for (const [field, value] of entries(candidates))
    if (!sameField(field, account.fields[field], value)) values[field] = value
  // Roles that are sent unchanged fire their hooks all the same.
  const roles = sameRoles(account.roles, wantedRoles) ? null : wantedRoles
  return {
    verb,
    account,
    username,
    email: values.email ?? account.fields.email,
    values,
    roles,
    changes: [...asChanges(values, account), ...roleChanges(account.roles, roles)],
    hashes,
  }
}

export function changedSince(hashes: FieldHashes, values: FieldValues): FieldValues {
  return Object.fromEntries(entries(values).filter(([field, value]) => hashField(field, value) !== hashes[field]))
}

export function desiredValues(desired: MapResult & { ok: true }): FieldValues {
  const values: FieldValues = {}
  for (const [field, value] of Object.entries(desired.fields) as [AccountField, string | null | undefined][])
    if (value !== undefined) values[field] = value ?? ''
  // An address is never cleared: WordPress has no account without one.
  if (desired.email !== null) values.email = desired.email
  return values
}

/**
 * The values less a cleared language that the account seems not to have either: without one WordPress shows the site's own, English most
 * often, so that nobody can tell, and it would be cleared again and again.
 */
export function told(values: FieldValues, account: SiteUser): FieldValues {
  const { locale, ...others } = values
  return locale === '' && account.fields.locale === 'en_US' ? others : values
}

/** A new account is empty: sending `''` would say nothing. */
export function withoutEmpty(values: FieldValues): FieldValues {
  return Object.fromEntries(entries(values).filter(([, value]) => value !== ''))
}

export function asChanges(values: FieldValues, account: SiteUser | null): Change[] {
  return entries(values).map(([field, to]) => ({ field, from: account ? account.fields[field] : null, to }))
}

function roleChanges(before: readonly string[], after: readonly string[] | null): Change[] {
  return after === null ? [] : [{ field: 'roles', from: before.join(', '), to: after.join(', ') }]
}

function entries(values: FieldValues): [AccountField, string][] {
  return Object.entries(values) as [AccountField, string][]
}
