import type { MapResult } from './mapping.ts'
import { isCustomField, jsonText, type JsonValue } from './custom-field.ts'
import type { CompanionValues } from './companion.ts'
import type { FieldName, FieldValues, SiteUser } from './site-user.ts'
import type { Change, FieldHashes, Link } from './link.ts'
import { comparable, sameField } from './canonical-field.ts'
import { hashField, hashFields, valueEntries as entries } from './field-hash.ts'
import {
  hashManaged,
  rolesWith,
  sameRoles,
  takesGuarded,
  withHash,
  withRolesHash,
  type ManagedRoles,
} from './managed-roles.ts'

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
  /** What goes to the companion plugin in the same request; absent = nothing. */
  companion?: CompanionValues
  /** Something is left, which is a plan of its own: look once more when this is done. */
  unfinished?: true
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
  const taken = remembered !== null && account.roles.length === 0
  const before = taken ? remembered : account.roles
  const { once } = desired
  const candidates = withoutSet(told(values, account), account, once)
  // What a hand gave to an account that is adopted is taken by a look of its own, which the guard judges.
  if (verb === 'adopt' && !taken && takesGuarded(roles, before)) {
    const hashes = withHash(hashFields(values, once), hashManaged(roles, before))
    return { ...writePlan(verb, account, account.username, candidates, account.roles, hashes), unfinished: true }
  }
  const hashes = withRolesHash(hashFields(values, once), roles)
  return writePlan(verb, account, account.username, candidates, rolesWith(roles, before), hashes)
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
  const values = picked(candidates, (field, value) => !sameField(field, account.fields[field], value))
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

/** @param once fields that are only ever set: nothing changes them once they were there */
export function changedSince(hashes: FieldHashes, values: FieldValues, once?: ReadonlySet<FieldName>): FieldValues {
  return picked(values, (field, value) =>
    once?.has(field)
      ? hashes[field] === undefined && comparable(field, value) !== ''
      : hashField(field, value) !== hashes[field],
  )
}

/** The values less those that are set once, where the account has one already, or had: it is the people's own since. */
export function withoutSet(
  values: FieldValues,
  account: SiteUser,
  once: ReadonlySet<FieldName> | undefined,
  hashes: FieldHashes = {},
): FieldValues {
  if (once === undefined) return values
  return picked(
    values,
    (field, value) =>
      !once.has(field) ||
      (hashes[field] === undefined &&
        comparable(field, value) !== '' &&
        comparable(field, account.fields[field]) === ''),
  )
}

export function desiredValues(desired: MapResult & { ok: true }): FieldValues {
  const said = Object.entries(desired.fields) as [FieldName, JsonValue | undefined][]
  const values: FieldValues = Object.fromEntries(
    said.flatMap(([field, value]) => {
      if (value === undefined) return []
      return [[field, value === null && !isCustomField(field) ? '' : value]]
    }),
  )
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
  return picked(values, (field, value) => (isCustomField(field) ? comparable(field, value) : value) !== '')
}

export function asChanges(values: FieldValues, account: SiteUser | null): Change[] {
  return entries(values).map(([field, to]) => {
    return { field, from: account ? jsonText(account.fields[field]) : null, to: jsonText(to) }
  })
}

export function roleChanges(before: readonly string[] | null, after: readonly string[] | null): Change[] {
  return after === null ? [] : [{ field: 'roles', from: before?.join(', ') ?? null, to: after.join(', ') }]
}

function picked(values: FieldValues, keep: (field: FieldName, value: JsonValue) => boolean): FieldValues {
  return Object.fromEntries(entries(values).filter(([field, value]) => keep(field, value)))
}
