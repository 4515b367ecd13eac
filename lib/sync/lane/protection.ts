import type { SiteUser } from '../../domain/site-user.ts'
import type { Lane } from './lane.ts'

/**
 * Accounts that are never demoted, suspended, deleted or adopted: protected roles and logins, the sync's own account, and those that get
 * the content of deleted ones.
 * @param allowed protected roles that the configuration gives and takes by name; where they don't protect
 */
export function protectionOf(
  { context, settings }: Lane,
  allowed: readonly string[] = [],
): (account: SiteUser) => boolean {
  const heirs = context.connections.flatMap(({ site, reassignTo }) =>
    site.id === settings.id && reassignTo !== null ? [reassignTo] : [],
  )
  const never = lowerCase([settings.username, ...heirs])
  const named = lowerCase(settings.protectedUsers)
  const free = lowerCase(settings.unprotectedUsers)
  return ({ username, roles }) => {
    const login = username.toLowerCase()
    if (never.has(login)) return true
    if (free.has(login)) return false
    return named.has(login) || roles.some((role) => settings.protectedRoles.includes(role) && !allowed.includes(role))
  }
}

function lowerCase(logins: readonly string[]): Set<string> {
  return new Set(logins.map((login) => login.toLowerCase()))
}
