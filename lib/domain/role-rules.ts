import type { DirectoryUser } from './directory-user.ts'
import { ExpressionFailed, type Expression } from './expression.ts'
import type { ManagedRoles } from './managed-roles.ts'
import { isGuest } from './scope.ts'

/** Who gets which role. */
export type RoleRule =
  /** Whoever is in the group, nested ones too. */
  | { kind: 'group'; group: string; role: string }
  /** Whoever is assigned the app role of this value. */
  | { kind: 'appRole'; value: string; role: string }
  /** Whoever the expression is true for. */
  | { kind: 'condition'; expression: Expression; role: string }
  /** The expression names one role, or a list of them; no others than these. */
  | { kind: 'named'; expression: Expression; roles: readonly string[] }

/** What the configuration says about roles; with `rules` and `fallback` empty it says nothing. */
export type RolePolicy = {
  /** priority: the first rule that takes somebody decides. union: all that do. */
  mode: 'priority' | 'union'
  rules: readonly RoleRule[]
  /** For whom no rule takes; null = none. */
  fallback: string | null
  /** Protected roles that may be given and taken all the same. */
  allowProtected: readonly string[]
  /** Properties that the expressions may see. */
  visible: ReadonlySet<string>
  /** Properties that the expressions name. */
  properties: readonly string[]
  /** Whose app roles the rules mean, and their values; null = no rule names one. */
  app: { clientId: string; values: readonly string[] } | null
  /** Where the configuration names each role. */
  settings: ReadonlyMap<string, string>
}

/** What of a connection decides on roles. */
export type RoleSettings = {
  roles: RolePolicy
  /** Role that guests get beside others; null = they aren't tagged. */
  guestRole: string | null
}

export type RolesResult = { ok: true; roles: ManagedRoles } | { ok: false; message: string }

/** An app role among a person's memberships. No group's id looks like this. */
export function appRoleKey(value: string): string {
  return `app role ${value}`
}

/** Every role that the configuration gives and takes. */
export function managedRoles({ roles, guestRole }: RoleSettings): string[] {
  const named = [...roles.rules.flatMap(rolesOfRule), roles.fallback, guestRole]
  return [...new Set(named.filter((role) => role !== null))]
}

/**
 * Which roles somebody has a claim to.
 * @param memberships of the configured groups and app roles, those that they have
 */
export async function rolesFor(
  settings: RoleSettings,
  user: DirectoryUser,
  memberships: readonly string[],
): Promise<RolesResult> {
  const { roles: policy, guestRole } = settings
  const given = new Set<string>()
  for (const [index, rule] of policy.rules.entries()) {
    const result = await rolesByRule(rule, policy, user, memberships)
    if ('message' in result) return { ok: false, message: `rule ${index + 1}: ${result.message}` }
    for (const role of result) given.add(role)
    if (given.size > 0 && policy.mode === 'priority') break
  }
  const matched = given.size > 0
  if (!matched && policy.fallback !== null) given.add(policy.fallback)
  if (guestRole !== null && isGuest(user)) given.add(guestRole)
  const byRules = new Set(policy.rules.flatMap(rolesOfRule))
  return {
    ok: true,
    roles: {
      managed: managedRoles(settings),
      wanted: [...given],
      guarded: matched ? [] : [...byRules],
      whole: policy.rules.length > 0 || policy.fallback !== null,
    },
  }
}

function rolesOfRule(rule: RoleRule): readonly string[] {
  return rule.kind === 'named' ? rule.roles : [rule.role]
}

async function rolesByRule(
  rule: RoleRule,
  { visible }: RolePolicy,
  user: DirectoryUser,
  memberships: readonly string[],
): Promise<readonly string[] | { message: string }> {
  if (rule.kind === 'group') return memberships.includes(rule.group) ? [rule.role] : []
  if (rule.kind === 'appRole') return memberships.includes(appRoleKey(rule.value)) ? [rule.role] : []
  const input: Record<string, unknown> = Object.create(null)
  for (const name of visible) if (Object.hasOwn(user, name)) input[name] = user[name]
  try {
    const value = await rule.expression.evaluate(input)
    if (value === undefined || value === null) return []
    if (rule.kind === 'condition') {
      if (typeof value !== 'boolean') return { message: 'the expression gives neither true nor false' }
      return value ? [rule.role] : []
    }
    const named: unknown[] = (Array.isArray(value) ? value : [value]).filter((role) => role !== '')
    if (!named.every((role) => typeof role === 'string')) return { message: 'the expression gives no role’s name' }
    if (!named.every((role) => rule.roles.includes(role)))
      return { message: 'the expression gives a role that the rule does not list' }
    return named
  } catch (error) {
    if (error instanceof ExpressionFailed) return { message: error.message }
    throw error
  }
}
