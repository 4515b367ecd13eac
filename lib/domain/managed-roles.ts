import { createHash } from 'node:crypto'
import type { FieldHashes } from './link.ts'

/** Roles that the configuration gives and takes, and those of them that this person has a claim to. All others are nobody's business. */
export type ManagedRoles = { managed: readonly string[]; wanted: readonly string[] }

export const noManagedRoles: ManagedRoles = { managed: [], wanted: [] }

/** The roles of an account as they should be: unmanaged ones stay, in their order. */
export function rolesWith({ managed, wanted }: ManagedRoles, roles: readonly string[]): string[] {
  const kept = roles.filter((role) => !managed.includes(role) || wanted.includes(role))
  return [...kept, ...wanted.filter((role) => !kept.includes(role))]
}

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
  const { roles: _before, ...others } = hashes
  const roles = hashRoles(wanted)
  return roles === undefined ? others : { ...others, roles }
}

export function sameRoles(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((role) => b.includes(role))
}
