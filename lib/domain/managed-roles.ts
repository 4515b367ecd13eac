import { createHash } from 'node:crypto'
import type { FieldHashes } from './link.ts'

/** Roles that the configuration gives and takes, and those of them that this person has a claim to. All others are nobody's business. */
export type ManagedRoles = {
  managed: readonly string[]
  wanted: readonly string[]
  /** Roles that only rules give, where no rule takes this person any more: taking one of them is a removal. Absent = none. */
  guarded?: readonly string[]
  /** A new account has the wanted roles and no others: they go along with it, in place of the site's default role. */
  whole?: boolean
}

export const noManagedRoles: ManagedRoles = { managed: [], wanted: [] }

/** The roles of an account as they should be: unmanaged ones stay, in their order. */
export function rolesWith({ managed, wanted }: ManagedRoles, roles: readonly string[]): string[] {
  const kept = roles.filter((role) => !managed.includes(role) || wanted.includes(role))
  return [...kept, ...wanted.filter((role) => !kept.includes(role))]
}

/** True where giving the account its roles would leave somebody who had roles by rules with none of them. */
export function takesGuarded({ guarded = [], wanted }: ManagedRoles, roles: readonly string[]): boolean {
  return guarded.some((role) => roles.includes(role) && !wanted.includes(role))
}

/** In `hashes.roles`: the site's default role, which a new account got though it is a managed one. To take it is no removal. */
export const siteDefault = 'site-default'
/** In `hashes.roles`: somebody changed them on the site. */
export const changedOnSite = 'changed-on-site'

/** What `hashes.roles` holds: which managed roles the account was given. Absent where it is none, so that who has none costs no read. */
export function hashRoles(roles: readonly string[]): string | undefined {
  if (roles.length === 0) return undefined
  return createHash('sha256')
    .update(`roles\n${[...roles].sort().join('\n')}`)
    .digest('hex')
    .slice(0, 16)
}

/** Hashes with those of the wanted roles in place of what stood there. */
export function withRolesHash(hashes: FieldHashes, { wanted }: ManagedRoles): FieldHashes {
  return withHash(hashes, hashRoles(wanted))
}

/** The hash of those of the account's roles that are managed. */
export function hashManaged({ managed }: Pick<ManagedRoles, 'managed'>, roles: readonly string[]): string | undefined {
  return hashRoles(roles.filter((role) => managed.includes(role)))
}

/** Hashes with this one in place of that of the roles. */
export function withHash(hashes: FieldHashes, roles: string | undefined): FieldHashes {
  const { roles: _before, ...others } = hashes
  return roles === undefined ? others : { ...others, roles }
}

/**
 * Hashes of a new account that has these roles. The next look gives those that did not go along with it, and takes the site's default one where
 * that is a managed one.
 */
export function hashesOfNew(hashes: FieldHashes, managed: ManagedRoles, roles: readonly string[]): FieldHashes {
  const has = hashManaged(managed, roles)
  return withHash(hashes, has === undefined || has === hashRoles(managed.wanted) ? has : siteDefault)
}

export function sameRoles(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((role) => b.includes(role))
}
