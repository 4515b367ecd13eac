import * as z from 'zod'

/** The schema at a path of a document, without its optional and nullable shells; undefined where there is none. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: unknown = schema
  for (const step of path) {
    const bare = objectOf(withoutShell(current))
    if (bare instanceof z.ZodObject) current = (bare.shape as Record<PropertyKey, unknown>)[step]
    else if (bare instanceof z.ZodArray) current = bare.element
    else if (bare instanceof z.ZodRecord) current = bare.valueType
    else return undefined
  }
  return current instanceof z.ZodType ? current : undefined
}

/** Names of an object schema's fields. */
export function keysOf(schema: z.ZodType | undefined): string[] {
  const bare = objectOf(withoutShell(schema))
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : []
}

/** The field's first example, its description, and whether it may be left out. */
export function describeField(schema: z.ZodType | undefined): {
  description: string
  example: unknown
  optional: boolean
} {
  const shells: unknown[] = [schema]
  for (let inner = schema; inner instanceof z.ZodOptional || inner instanceof z.ZodNullable;) {
    inner = inner.unwrap() as z.ZodType
    shells.push(inner)
  }
  const metas = shells.flatMap((shell) => (shell instanceof z.ZodType ? [shell.meta() ?? {}] : []))
  const examples = metas.find((meta) => Array.isArray(meta.examples))?.examples as unknown[] | undefined
  return {
    description: metas.find((meta) => meta.description)?.description ?? '',
    example: examples?.[0],
    optional: schema instanceof z.ZodOptional,
  }
}

/** Of a union that can be an object, the object; else the schema itself. */
function objectOf(schema: unknown): unknown {
  return schema instanceof z.ZodUnion ? schema.options.find((option) => option instanceof z.ZodObject) : schema
}

export function withoutShell(schema: unknown): unknown {
  let current = schema
  while (current instanceof z.ZodOptional || current instanceof z.ZodNullable) current = current.unwrap()
  return current
}
