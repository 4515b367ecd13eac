import type { DirectoryUser } from './directory-user.ts'
import { ExpressionFailed, type Expression } from './expression.ts'

/** Which directory users belong on the site; all conditions must hold. */
export type Scope = {
  /** Object ids of groups: whoever is in one of them, nested ones too. Empty = everyone. */
  groups: string[]
  /** Whoever it is true for; null = everyone. */
  filter: Expression | null
  /** Properties that the filter may see. */
  visible: ReadonlySet<string>
  members: boolean
  guests: boolean
  /** False: whether somebody may sign in makes no difference. */
  enabledOnly: boolean
}

export type ScopeResult = { ok: true; inScope: boolean } | { ok: false; message: string }

/** B2B guests. `userType` can be Member for externals, so the name counts too. */
export function isGuest(user: DirectoryUser): boolean {
  return user.userType === 'Guest' || (user.userPrincipalName ?? '').includes('#EXT#')
}

/**
 * Whether somebody belongs on the site; being disabled is no matter of scope.
 * @param memberships object ids of the configured groups that they are in, nested ones too
 */
export async function inScope(scope: Scope, user: DirectoryUser, memberships: readonly string[]): Promise<ScopeResult> {
  if (isGuest(user) ? !scope.guests : !scope.members) return { ok: true, inScope: false }
  if (scope.groups.length > 0 && !scope.groups.some((group) => memberships.includes(group)))
    return { ok: true, inScope: false }
  if (scope.filter === null) return { ok: true, inScope: true }
  const input: Record<string, unknown> = Object.create(null)
  for (const name of scope.visible) if (Object.hasOwn(user, name)) input[name] = user[name]
  try {
    const value = await scope.filter.evaluate(input)
    if (value === true || value === false) return { ok: true, inScope: value }
    if (value === undefined || value === null) return { ok: true, inScope: false }
    return { ok: false, message: 'the filter gives neither true nor false' }
  } catch (error) {
    if (error instanceof ExpressionFailed) return { ok: false, message: error.message }
    throw error
  }
}
