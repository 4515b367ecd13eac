import type { Connection } from '../domain/connection.ts'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { appRoleKey } from '../domain/role-rules.ts'
import type { SyncContext } from './context.ts'
import type { AppRoleAssignment } from './ports/directory.ts'

/** The stream of what an application's app roles are assigned to: it has a place, but no pages of changes. */
export const appRolesStream = 'app-roles'

/** All assignments that the rules ask for. */
export async function readAssignments(context: SyncContext, connection: Connection): Promise<AppRoleAssignment[]> {
  const { app } = connection.roles
  const all: AppRoleAssignment[] = []
  if (app !== null) for await (const page of context.directory(connection).appRoleAssignments(app)) all.push(...page)
  return all
}

/**
 * Who has which app roles, as keys of memberships: assigned directly, or a direct member of a group that is. Nested ones have no app role by
 * their group, in Entra's tokens neither. https://learn.microsoft.com/graph/api/resources/approleassignment
 */
export async function loadAppRoles(
  context: SyncContext,
  connection: Connection,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  const lists = new Map<string, readonly string[]>()
  const add = (id: string, value: string): void => {
    const before = found.get(id) ?? []
    const key = appRoleKey(value)
    if (before.includes(key)) return
    const next = [...before, key].sort()
    const list = lists.get(next.join('\n')) ?? next
    lists.set(next.join('\n'), list)
    found.set(id, list)
  }
  const assignments = await readAssignments(context, connection)
  for (const { kind, id, value } of assignments) if (kind === 'user') add(id, value)
  const byGroup = Map.groupBy(
    assignments.filter(({ kind }) => kind === 'group'),
    ({ id }) => id,
  )
  for (const [group, values] of byGroup)
    for await (const page of assignedMembers(context, connection, group))
      for (const id of page) for (const { value } of values) add(id.toLowerCase(), value)
  return found
}

/** @throws RetryLater where the group is gone: then its assignments are too, and the list of them is behind */
export async function* assignedMembers(
  context: SyncContext,
  connection: Connection,
  group: string,
): AsyncGenerator<string[]> {
  try {
    yield* context.directory(connection).groupMembers(group, 'direct')
  } catch (error) {
    if (!(error instanceof Terminal) || error.reason !== 'group-missing') throw error
    throw new RetryLater(`The group ${group} is assigned an app role, but is not there.`, null, { cause: error })
  }
}
