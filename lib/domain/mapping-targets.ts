import type { CustomField, ValueType } from './custom-field.ts'
import { defaultMapping, mappedFields, type MappedField } from './default-mapping.ts'

/** An expression; or with it, who has authority over the field: the directory, or (`once`) people once it has a value. null: not mapped. */
export type FieldSetting = string | null | { value: string; once?: boolean | undefined }

export type CustomSetting = FieldSetting | { value: string; type?: ValueType | undefined; once?: boolean | undefined }

type CustomSettings = { readonly [name: string]: CustomSetting | undefined }

/** By the field's name; absent = the default. `meta`: by key, `acf`: by the name of the field. `username`, `email` null: derived. */
export type MappingSettings = { [field in MappedField]?: FieldSetting | undefined } & {
  meta?: CustomSettings | undefined
  acf?: CustomSettings | undefined
}

export type MappingTarget = { source: string | null; once: boolean } & (
  { kind: 'account'; field: MappedField } | { kind: 'custom'; field: CustomField; type: ValueType }
)

/** All targets of a mapping, defaults included; meta and ACF fields behind the account's, in their order. */
export function targetsOf(settings: MappingSettings): MappingTarget[] {
  return [
    ...mappedFields.map((field): MappingTarget => {
      const setting = settings[field]
      return { kind: 'account', field, ...expressionOf(setting === undefined ? defaultMapping[field] : setting) }
    }),
    ...customTargets('meta', settings.meta),
    ...customTargets('acf', settings.acf),
  ]
}

function customTargets(part: 'meta' | 'acf', settings: CustomSettings = {}): MappingTarget[] {
  return Object.entries(settings).flatMap(([name, setting]): MappingTarget[] => {
    // null takes out what the defaults say.
    if (setting === undefined || setting === null) return []
    const type = (typeof setting === 'object' && 'type' in setting ? setting.type : undefined) ?? 'string'
    return [{ kind: 'custom', field: `${part}.${name}`, type, ...expressionOf(setting) }]
  })
}

function expressionOf(setting: FieldSetting): { source: string | null; once: boolean } {
  if (setting === null || typeof setting === 'string') return { source: setting, once: false }
  return { source: setting.value, once: setting.once === true }
}
