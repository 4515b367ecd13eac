import { compileExpression, type Expression } from '../domain/expression.ts'
import type { Scope } from '../domain/scope.ts'
import { baseProperties } from '../domain/select-of.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { propertyFault } from './untracked-properties.ts'

/** Who belongs, with its defaults. A filter that can't be used is told in `faults`, and left out. */
export function buildScope({ policy, properties, names }: ConnectionParts, faults: SettingFault[]): Scope {
  const { groups = [], filter: source = null, members = true, guests = true, enabledOnly = true } = policy.scope ?? {}
  if (!members && !guests)
    faults.push({
      setting: names.policy('scope', 'guests'),
      message: 'takes nobody beside members: false, and everybody would leave; let one of them in',
    })
  const filter = source === null ? null : compileFilter(source, names.policy('scope', 'filter'), faults)
  return {
    groups: [...groups].sort(),
    filter,
    visible: new Set([...baseProperties, ...(filter?.properties ?? []), ...properties]),
    members,
    guests,
    enabledOnly,
  }
}

function compileFilter(source: string, setting: string, faults: SettingFault[]): Expression | null {
  const compiled = compileExpression(source)
  if (!compiled.ok) {
    for (const { message, position } of compiled.faults)
      faults.push({ setting, message: `${message}, near character ${position}` })
    return null
  }
  for (const name of compiled.expression.properties) {
    const message = propertyFault(name)
    if (message !== null) faults.push({ setting, message })
  }
  return compiled.expression
}
