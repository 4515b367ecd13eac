import { isCustomField, placeOf } from '../domain/custom-field.ts'
import { compileMapping, MappingError, type CompiledMapping, type MappingSettings } from '../domain/mapping.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { fieldKeyFault } from './field-key-fault.ts'
import { propertyFault } from './untracked-properties.ts'

/** Hashes of so many, with the longest keys, fit into one column of a link. */
const mostFields = 100

/** The mapping, or null where something is wrong with it: then it is told in `faults`. */
export function buildMapping(
  { policy, properties, names }: ConnectionParts,
  faults: SettingFault[],
): CompiledMapping | null {
  const before = faults.length
  const tell = (field: string, message: string | null): void => {
    if (message !== null) faults.push({ setting: names.policy('mapping', field), message })
  }
  const mapping = compileWhatCompiles(policy.mapping ?? {}, properties, tell)
  for (const [field, expression] of Object.entries(mapping.expressions))
    for (const name of expression.properties) tell(field, propertyFault(name))
  for (const name of properties) {
    const message = propertyFault(name)
    if (message !== null) faults.push({ setting: names.properties(name), message })
  }
  checkKeys(policy.mapping ?? {}, tell)
  return faults.length === before ? mapping : null
}

/** What of a mapping decides on accounts, for the configuration's hash; without meta and ACF as before there were any. */
export function mappingKey({ sources, customs, once }: CompiledMapping): unknown[] {
  const entries: unknown[] = Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1))
  if (customs.length > 0) entries.push(customs.map(({ field, type }) => `${field} ${type}`).sort())
  if (once.size > 0) entries.push([...once].sort())
  return entries
}

function checkKeys(settings: MappingSettings, tell: (field: string, message: string | null) => void): void {
  const known = new Map<string, string>()
  for (const part of ['meta', 'acf'] as const)
    for (const [key, setting] of Object.entries(settings[part] ?? {})) {
      if (setting === null || setting === undefined) continue
      const field = `${part}.${key}`
      tell(field, fieldKeyFault(part, key))
      // The database compares keys without case.
      const same = known.get(key.toLowerCase())
      if (same !== undefined) tell(field, `is the same user meta as ${same}: one of them must go`)
      known.set(key.toLowerCase(), field)
    }
  if (known.size > mostFields) tell('meta', `and acf may have ${mostFields} fields between them`)
}

/** Tells what doesn't compile and goes on without it: the rest may have other faults. */
function compileWhatCompiles(
  settings: MappingSettings,
  properties: readonly string[],
  tell: (field: string, message: string) => void,
): CompiledMapping {
  try {
    return compileMapping(settings, properties)
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    for (const { field, message, position } of error.faults) tell(field, `${message}, near character ${position}`)
    return compileMapping(
      error.faults.reduce((rest, { field }) => without(rest, field), settings),
      properties,
    )
  }
}

function without(settings: MappingSettings, field: string): MappingSettings {
  if (!isCustomField(field)) return { ...settings, [field]: null }
  const { part, name } = placeOf(field)
  return { ...settings, [part]: { ...settings[part], [name]: null } }
}
