import { canonicalField } from './canonical-field.ts'
import type { CustomField, JsonValue, ValueType } from './custom-field.ts'
import type { MappedField } from './default-mapping.ts'
import { defaultUsernameCandidate, deriveAddress, isAddress } from './derive-address.ts'
import type { DirectoryUser } from './directory-user.ts'
import { compileExpression, ExpressionFailed, type Expression } from './expression.ts'
import { targetsOf, type MappingSettings, type MappingTarget } from './mapping-targets.ts'
import { baseProperties } from './select-of.ts'
import { siteLocale } from './site-locale.ts'
import type { AccountField, FieldName } from './site-user.ts'
import { fail, textOf, typedValue } from './typed-value.ts'

export type { MappingSettings } from './mapping-targets.ts'

export type CompiledMapping = {
  /** What was compiled, defaults included; meta and ACF fields where they are mapped. */
  sources: Readonly<Record<MappedField, string | null> & { [field in CustomField]: string | null }>
  expressions: Readonly<Partial<Record<MappedField, Expression>> & { [field in CustomField]: Expression }>
  /** The meta and ACF fields that are mapped. */
  customs: readonly { field: CustomField; type: ValueType }[]
  /** Fields that people may change once they have a value. */
  once: ReadonlySet<FieldName>
  /** Properties of the directory user that the expressions name, sorted. */
  properties: readonly string[]
  /** Properties that the expressions may see: no others reach them. */
  visible: ReadonlySet<string>
}

export type MappedValues = { [field in Exclude<AccountField, 'email'>]?: string | null } & {
  [field in CustomField]?: JsonValue
}

/** `fields`: absent = leave as it is, null = clear. `once`: those of them that are only ever set. `message` holds no values. */
export type MapResult =
  | {
      ok: true
      usernameCandidate: string
      email: string | null
      fields: MappedValues
      once?: ReadonlySet<FieldName>
    }
  | { ok: false; field: string; message: string }

type TargetFault = { field: MappingTarget['field']; position: number; message: string }

/** Expressions that can't be used, each with its field and position. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly faults: readonly TargetFault[]
  constructor(faults: MappingError['faults']) {
    super(faults.map(({ field, position, message }) => `${field}: ${message}, near position ${position}`).join('\n'))
    this.faults = faults
  }
}

/**
 * Compiles a mapping.
 * @param extra properties that the expressions may use beside those they name
 * @throws MappingError with all faults
 */
export function compileMapping(settings: MappingSettings, extra: readonly string[] = []): CompiledMapping {
  const targets = targetsOf(settings)
  const expressions: Partial<Record<MappedField, Expression>> & { [field in CustomField]: Expression } = {}
  const faults: TargetFault[] = []
  for (const { field, source } of targets) {
    if (source === null) continue
    const compiled = compileExpression(source)
    if (compiled.ok) expressions[field] = compiled.expression
    else faults.push(...compiled.faults.map((fault) => ({ field, ...fault })))
  }
  if (faults.length > 0) throw new MappingError(faults)
  const properties = [...new Set(Object.values(expressions).flatMap((expression) => expression.properties))].sort()
  return {
    sources: Object.fromEntries(targets.map(({ field, source }) => [field, source])) as CompiledMapping['sources'],
    expressions,
    customs: targets.flatMap((target) =>
      target.kind === 'custom' ? [{ field: target.field, type: target.type }] : [],
    ),
    once: new Set(targets.flatMap(({ field, once }) => (once && field !== 'username' ? [field] : []))),
    properties,
    visible: new Set([...baseProperties, ...properties, ...extra]),
  }
}

/** What the directory user should look like on the site. A fault of an expression is this user's, nobody else's. */
export async function mapUser(
  mapping: CompiledMapping,
  user: DirectoryUser,
  site: { multisite: boolean; locales: readonly string[] },
): Promise<MapResult> {
  const input = visiblePart(mapping, user)
  const types = new Map<string, ValueType>(mapping.customs.map(({ field, type }) => [field, type]))
  const texts: Partial<Record<MappedField, string | null>> = {}
  const customs: { [field in CustomField]?: JsonValue } = {}
  for (const [field, expression] of Object.entries(mapping.expressions)) {
    try {
      const result = await expression.evaluate(input)
      const type = types.get(field)
      const value = type === undefined ? asText(result) : typedValue(result, type)
      if (value === undefined) continue
      if (type !== undefined) customs[field as CustomField] = value
      else texts[field as MappedField] = typeof value === 'string' ? kept(field as MappedField, value) : null
    } catch (error) {
      if (error instanceof ExpressionFailed) return { ok: false, field, message: error.message }
      throw error
    }
  }

  const { username, email, locale, name, nickname, ...others } = texts
  if (email && !isAddress(email))
    return { ok: false, field: 'email', message: 'the expression gives no address that WordPress takes' }
  const fields: MappedValues = { ...others, ...customs }
  // An account always has these two: cleared, WordPress would put the login there.
  if (name) fields.name = name
  if (nickname) fields.nickname = nickname
  const known = locale ? siteLocale(locale, site.locales) : locale
  if (known !== undefined && (known !== null || !locale)) fields.locale = known
  return {
    ok: true,
    usernameCandidate: username || defaultUsernameCandidate(user),
    email: mapping.expressions.email ? email || null : deriveAddress(user),
    fields,
    ...(mapping.once.size > 0 && { once: mapping.once }),
  }
}

/** No prototype, and only what was selected: whatever else a directory answers can't change an account. */
function visiblePart(mapping: CompiledMapping, user: DirectoryUser): object {
  const part: Record<string, unknown> = Object.create(null)
  for (const name of mapping.visible) if (Object.hasOwn(user, name)) part[name] = user[name]
  return part
}

function asText(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return value
  return textOf(value) ?? fail(value, 'a text')
}

/** As WordPress will keep it: what is sent is then what is read. */
function kept(field: MappedField, value: string): string {
  return field === 'username' ? value : canonicalField(field, value)
}
