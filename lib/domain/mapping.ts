import { canonicalField } from './canonical-field.ts'
import { defaultMapping, mappedFields, type MappedField } from './default-mapping.ts'
import { defaultUsernameCandidate, deriveAddress, isAddress } from './derive-address.ts'
import type { DirectoryUser } from './directory-user.ts'
import { compileExpression, ExpressionFailed, type Expression } from './expression.ts'
import { baseProperties } from './select-of.ts'
import { siteLocale } from './site-locale.ts'
import type { AccountField } from './site-user.ts'

/** An expression a field, by the field's name; null = not mapped (`username`, `email`: derived). Absent = the default. */
export type MappingSettings = { [field in MappedField]?: string | null | undefined }

export type CompiledMapping = {
  /** What was compiled, defaults included. */
  sources: Readonly<Record<MappedField, string | null>>
  expressions: Readonly<Partial<Record<MappedField, Expression>>>
  /** Properties of the directory user that the expressions name, sorted. */
  properties: readonly string[]
  /** Properties that the expressions may see: no others reach them. */
  visible: ReadonlySet<string>
}

export type MappedValues = Partial<Record<Exclude<AccountField, 'email'>, string | null>>

/** `fields`: absent = leave as it is, null = clear. `message` holds no values. */
export type MapResult =
  | { ok: true; usernameCandidate: string; email: string | null; fields: MappedValues }
  | { ok: false; field: string; message: string }

/** Expressions that can't be used, each with its field and position. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly faults: readonly { field: MappedField; position: number; message: string }[]
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
  const sources = { ...defaultMapping }
  const expressions: Partial<Record<MappedField, Expression>> = {}
  const faults: { field: MappedField; position: number; message: string }[] = []
  for (const field of mappedFields) {
    const source = settings[field] === undefined ? defaultMapping[field] : settings[field]
    sources[field] = source
    if (source === null) continue
    const compiled = compileExpression(source)
    if (compiled.ok) expressions[field] = compiled.expression
    else faults.push(...compiled.faults.map((fault) => ({ field, ...fault })))
  }
  if (faults.length > 0) throw new MappingError(faults)
  const properties = [...new Set(Object.values(expressions).flatMap((expression) => expression.properties))].sort()
  return { sources, expressions, properties, visible: new Set([...baseProperties, ...properties, ...extra]) }
}

/** What the directory user should look like on the site. A fault of an expression is this user's, nobody else's. */
export async function mapUser(
  mapping: CompiledMapping,
  user: DirectoryUser,
  site: { multisite: boolean; locales: readonly string[] },
): Promise<MapResult> {
  const input = visiblePart(mapping, user)
  const results: Partial<Record<MappedField, string | null>> = {}
  for (const field of mappedFields) {
    const expression = mapping.expressions[field]
    if (!expression) continue
    try {
      const value = asText(await expression.evaluate(input))
      if (value !== undefined) results[field] = value === null ? null : kept(field, value)
    } catch (error) {
      if (error instanceof ExpressionFailed) return { ok: false, field, message: error.message }
      throw error
    }
  }

  const { username, email, locale, name, nickname, ...others } = results
  if (email && !isAddress(email))
    return { ok: false, field: 'email', message: 'the expression gives no address that WordPress takes' }
  const fields: MappedValues = others
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
  }
}

/** No prototype, and only what was selected: whatever else a directory answers can't change an account. */
function visiblePart(mapping: CompiledMapping, user: DirectoryUser): object {
  const part: Record<string, unknown> = Object.create(null)
  for (const name of mapping.visible) if (Object.hasOwn(user, name)) part[name] = user[name]
  return part
}

function asText(value: unknown): string | null | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  const kind = Array.isArray(value)
    ? 'a list'
    : typeof value === 'number'
      ? 'no finite number'
      : 'an object or a function'
  throw new ExpressionFailed(`the expression gives ${kind} where a text is needed`)
}

/** As WordPress will keep it: what is sent is then what is read. */
function kept(field: MappedField, value: string): string {
  return field === 'username' ? value : canonicalField(field, value)
}
