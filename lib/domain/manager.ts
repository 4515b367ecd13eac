import type { DirectoryUser } from './directory-user.ts'

/** Somebody's manager, as expressions see it; without one all is null. A delta page knows the id only. */
export type Manager = {
  id: string | null
  displayName: string | null
  mail: string | null
  userPrincipalName: string | null
}

export const noManager: Manager = { id: null, displayName: null, mail: null, userPrincipalName: null }

/** Object id of the manager; null where there is none, or none was asked for. */
export function managerIdOf(user: DirectoryUser): string | null {
  const { manager } = user
  if (typeof manager !== 'object' || manager === null || !('id' in manager)) return null
  return typeof manager.id === 'string' ? manager.id : null
}
