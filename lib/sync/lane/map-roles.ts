import type { Connection } from '../../domain/connection.ts'
import { hashRoles, noManagedRoles } from '../../domain/managed-roles.ts'
import { rolesFor } from '../../domain/role-rules.ts'
import type { Case } from './case.ts'
import type { Lane } from './lane.ts'
import { roleFault } from './unknown-roles.ts'

/**
 * Which roles each person has a claim to. A rule that fails, and a role that the site doesn't have, are faults of those whom they are about:
 * they stay as they are, and nobody else waits for them.
 * @throws Terminal `group-missing`: a group that is gone is no reason to take a role from anybody
 */
export async function mapRoles(lane: Lane, connection: Connection, cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    if (one.lookUp.kind !== 'found') continue
    const result = await rolesFor(connection, one.lookUp.user, one.memberships)
    one.fault = result.ok
      ? await roleFault(lane, connection, result.roles)
      : { code: 'roles-failed', message: result.message }
    one.roles = result.ok && one.fault === null ? result.roles : noManagedRoles
  }
  const changes = cases.some(
    ({ standing, fault, roles, link }) =>
      standing.kind === 'here' && fault === null && hashRoles(roles.wanted) !== link.hashes.roles,
  )
  if (changes && connection.groups.length > 0) await lane.context.directory(connection).checkGroups(connection.groups)
}
