import { placeOf, type CustomField, type JsonValue, type ValueType } from './custom-field.ts'
import type { DirectoryUser } from './directory-user.ts'
import { compileExpression, ExpressionFailed, type Expression } from './expression.ts'
import { targetsOf, type FieldSetting, type MappingSettings } from './mapping-targets.ts'
import { postText } from './post-text.ts'
import { postTexts, type PostText, type PostValues } from './post.ts'
import { baseProperties } from './select-of.ts'
import { typedValue } from './typed-value.ts'

/** What a post becomes while its person's account is suspended or gone. `leave`: it stays as it is. */
export const postAfters = ['draft', 'private', 'leave'] as const
export type PostAfter = (typeof postAfters)[number]

export type PostSettings = {
  type: string
  title: FieldSetting
  content?: FieldSetting | undefined
  excerpt?: FieldSetting | undefined
  meta?: MappingSettings['meta']
  acf?: MappingSettings['acf']
  when?: string | undefined
  status?: PostPolicy['status'] | undefined
  whenLeaving?: PostAfter | undefined
  whenDeleted?: PostPolicy['whenDeleted'] | undefined
}

type PostTarget = { expression: Expression; once: boolean } & (
  { field: PostText; type: null } | { field: CustomField; type: ValueType }
)

/** One post a person, as configured. */
export type PostPolicy = {
  type: string
  /** While the account is active. */
  status: 'publish' | 'private'
  /** While the account is suspended, or the person is none of those whom `when` takes. */
  whenLeaving: PostAfter
  whenDeleted: PostAfter | 'trash'
  targets: readonly PostTarget[]
  once: ReadonlySet<string>
  /** Who has such a post; null = everybody. */
  when: Expression | null
  /** Properties that the expressions name, sorted. */
  properties: readonly string[]
  visible: ReadonlySet<string>
}

export type PostFault = { field: string; message: string; position: number }

/** `taken` false: `when` doesn't take the person. */
export type MappedPost = { policy: PostPolicy } & (
  { ok: true; taken: boolean; values: PostValues } | { ok: false; field: string; message: string }
)

/** Compiles one entry of `posts`; what doesn't compile is told in `faults`, and left out. @param extra properties that the expressions may use beside those they name */
export function compilePost(
  settings: PostSettings,
  extra: readonly string[] = [],
): { policy: PostPolicy; faults: PostFault[] } {
  const faults: PostFault[] = []
  const compiled = (field: string, source: string): Expression | null => {
    const result = compileExpression(source)
    if (result.ok) return result.expression
    faults.push(...result.faults.map((fault) => ({ field, ...fault })))
    return null
  }
  const targets: PostTarget[] = []
  for (const field of postTexts) {
    const setting = settings[field]
    if (setting === undefined || setting === null) continue
    const { value, once = false } = typeof setting === 'string' ? { value: setting } : setting
    const expression = compiled(field, value)
    if (expression) targets.push({ field, type: null, expression, once })
  }
  for (const target of targetsOf({ meta: settings.meta, acf: settings.acf })) {
    if (target.kind !== 'custom' || target.source === null) continue
    const { field, type, once, source } = target
    const expression = compiled(field, source)
    if (expression) targets.push({ field, type, expression, once })
  }
  const when = settings.when === undefined ? null : compiled('when', settings.when)
  const named = [...targets.map(({ expression }) => expression), ...(when ? [when] : [])].flatMap(
    (one) => one.properties,
  )
  const properties = [...new Set(named)].sort()
  const whenLeaving = settings.whenLeaving ?? 'draft'
  const policy: PostPolicy = {
    type: settings.type,
    status: settings.status ?? 'publish',
    whenLeaving,
    whenDeleted: settings.whenDeleted ?? whenLeaving,
    targets,
    once: new Set(targets.flatMap(({ field, once }) => (once ? [field] : []))),
    when,
    properties,
    visible: new Set([...baseProperties, ...properties, ...extra]),
  }
  return { policy, faults }
}

/** Everything that decides on the posts, for the configuration's hash. */
export function postKey({ type, status, whenLeaving, whenDeleted, targets, when }: PostPolicy): unknown {
  const sources = targets.map(({ field, type: kind, expression, once }) => [field, kind, expression.source, once])
  return [type, status, whenLeaving, whenDeleted, when?.source ?? null, sources]
}

/** What somebody's post should say. A fault of an expression is this person's, and this post's. */
export async function mapPost(policy: PostPolicy, user: DirectoryUser): Promise<MappedPost> {
  const input: Record<string, unknown> = Object.create(null)
  for (const name of policy.visible) if (Object.hasOwn(user, name)) input[name] = user[name]
  let field = 'when'
  try {
    const taken = policy.when === null ? true : await policy.when.evaluate(input)
    if (typeof taken !== 'boolean' && taken !== undefined && taken !== null)
      throw new ExpressionFailed('the expression gives neither true nor false')
    if (taken !== true) return { policy, ok: true, taken: false, values: {} }
    const values: { [name: string]: JsonValue } = {}
    for (const target of policy.targets) {
      field = target.field
      const value = valueOf(target, await target.expression.evaluate(input))
      if (value !== undefined) values[field] = value
    }
    // WordPress takes no post with nothing in it, and a directory entry without a title is none.
    if (!values['title'] || values['title'] === '0')
      return { policy, ok: false, field: 'title', message: 'the expression gives no title' }
    return { policy, ok: true, taken: true, values }
  } catch (error) {
    if (error instanceof ExpressionFailed) return { policy, ok: false, field, message: error.message }
    throw error
  }
}

function valueOf(target: PostTarget, result: unknown): JsonValue | undefined {
  if (target.type !== null) return typedValue(result, target.type)
  const value = typedValue(result, 'string')
  return typeof value === 'string' ? postText(target.field, value) : value
}

/** What the site would not take of a post's fields: their names as the configuration has them. */
export function customsOf({ targets }: PostPolicy, part: 'meta' | 'acf'): string[] {
  return targets.flatMap(({ field, type }) =>
    type !== null && placeOf(field).part === part ? [placeOf(field).name] : [],
  )
}
