import { compileExpression, type Expression } from '../domain/expression.ts'
import type { RolePolicy, RoleRule } from '../domain/role-rules.ts'
import { baseProperties } from '../domain/select-of.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import type { PolicyInput } from './policy-schema.ts'
import { propertyFault } from './untracked-properties.ts'

type RuleInput = NonNullable<NonNullable<PolicyInput['roles']>['rules']>[number]

/** Who gets which role. What can't be used is told in `faults`, and left out. */
export function buildRoles(parts: ConnectionParts, faults: SettingFault[]): RolePolicy {
  const { policy, properties, names } = parts
  const { mode = 'priority', rules: given = [], default: fallback = null, allowProtected = [] } = policy.roles ?? {}
  const at = (index: number, key: string) => `${names.policy('roles', 'rules')}[${index}].${key}`
  const settings = new Map<string, string>()
  const name = (role: string | undefined, setting: string): void => {
    if (role !== undefined && !settings.has(role)) settings.set(role, setting)
  }
  const rules = given.flatMap((rule, index): RoleRule[] => {
    name(rule.role, at(index, 'role'))
    for (const role of rule.roles ?? []) name(role, at(index, 'roles'))
    const built = ruleOf(rule, at(index, 'expression'), faults)
    return built ? [built] : []
  })
  name(fallback ?? undefined, names.policy('roles', 'default'))
  name(policy.guests?.role ?? undefined, names.policy('guests', 'role'))
  tellUnreachable(given, mode, at, faults)
  tellProtected(parts, settings, faults)

  const named = [...new Set(rules.flatMap((rule) => ('expression' in rule ? rule.expression.properties : [])))]
  const values = [...new Set(given.flatMap(({ appRole }) => appRole ?? []))].sort()
  return {
    mode,
    rules,
    fallback,
    allowProtected: [...allowProtected].sort(),
    visible: new Set([...baseProperties, ...named, ...properties]),
    properties: named.sort(),
    app: values.length === 0 ? null : { clientId: applicationOf(parts, given, at, faults), values },
    settings,
  }
}

function ruleOf(rule: RuleInput, setting: string, faults: SettingFault[]): RoleRule | null {
  const { group, appRole, expression: source, role, roles } = rule
  if (source === undefined) {
    if (role === undefined) return null
    if (group !== undefined) return { kind: 'group', group, role }
    return appRole === undefined ? null : { kind: 'appRole', value: appRole, role }
  }
  const expression = compiled(source, setting, faults)
  if (!expression) return null
  return role === undefined
    ? { kind: 'named', expression, roles: roles ?? [] }
    : { kind: 'condition', expression, role }
}

function compiled(source: string, setting: string, faults: SettingFault[]): Expression | null {
  const result = compileExpression(source)
  if (!result.ok) {
    for (const { message, position } of result.faults)
      faults.push({ setting, message: `${message}, near character ${position}` })
    return null
  }
  for (const property of result.expression.properties) {
    const message = propertyFault(property)
    if (message !== null) faults.push({ setting, message })
  }
  return result.expression
}

/** A rule that says what an earlier one says does nothing: somebody meant something else. */
function tellUnreachable(
  rules: readonly RuleInput[],
  mode: RolePolicy['mode'],
  at: (index: number, key: string) => string,
  faults: SettingFault[],
): void {
  const seen = new Map<string, number>()
  for (const [index, { group, appRole, role }] of rules.entries()) {
    const key = group === undefined ? (appRole === undefined ? null : 'appRole') : 'group'
    if (key === null) continue
    const asked = `${key} ${group ?? appRole}${mode === 'union' ? ` ${role}` : ''}`
    const first = seen.get(asked)
    if (first === undefined) seen.set(asked, index)
    else
      faults.push({
        setting: at(index, key),
        message:
          mode === 'union'
            ? `gives the same role for the same ${key} as rule ${first + 1}; take one out`
            : `is that of rule ${first + 1} too, which always decides before; take one out, or set mode to "union"`,
      })
  }
}

/** Who can be made an administrator by a group's owner must be said out loud. */
function tellProtected(
  { site, policy, names }: ConnectionParts,
  settings: ReadonlyMap<string, string>,
  faults: SettingFault[],
): void {
  const allowed = policy.roles?.allowProtected ?? []
  for (const [role, setting] of settings)
    // The guests' role has a fault of its own.
    if (site.protectedRoles.includes(role) && !allowed.includes(role) && role !== policy.guests?.role)
      faults.push({
        setting,
        message:
          `is a protected role (site.protectedRoles): who has it is never suspended, and may own the site. To have it given and taken ` +
          `all the same, name it in ${names.policy('roles', 'allowProtected')}`,
      })
  for (const role of allowed)
    if (!site.protectedRoles.includes(role))
      faults.push({
        setting: names.policy('roles', 'allowProtected'),
        message: 'names a role that is not in site.protectedRoles; take it out',
      })
}

function applicationOf(
  { policy, clientId }: ConnectionParts,
  rules: readonly RuleInput[],
  at: (index: number, key: string) => string,
  faults: SettingFault[],
): string {
  const application = policy.roles?.application ?? clientId
  if (application === null) {
    const first = rules.findIndex(({ appRole }) => appRole !== undefined)
    faults.push({
      setting: at(first, 'appRole'),
      message: 'is an app role of nobody knows what: set roles.application to the application (client) id that has it',
    })
  }
  return (application ?? '').toLowerCase()
}
