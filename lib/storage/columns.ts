import * as z from 'zod'
import { Terminal } from '../domain/faults.ts'

/** A property holds 32K UTF-16 characters. https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model */
export const longestColumn = 32_000

/** Whole numbers are Int64 in the table: untyped JSON numbers beyond 32 bits are refused or become doubles. */
export const whole = z.union([z.bigint(), z.number()]).transform(Number)
export const wholeOrNull = z
  .union([z.bigint(), z.number(), z.null()])
  .optional()
  .transform((value) => (value == null ? null : Number(value)))
/** A column that is absent where the value is null: tables hold no null. */
export const textOrNull = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

/** A column that holds JSON of the given shape; absent = null. */
export function json<T extends z.ZodType>(shape: T): z.ZodType<z.infer<T> | null> {
  return z
    .string()
    .nullish()
    .transform((text, context): unknown => {
      if (text == null) return null
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue('is no JSON')
        return z.NEVER
      }
    })
    .pipe(shape.nullable())
}

type Column = string | number | boolean | null

/** Columns as the SDK takes them: whole numbers as Int64, null left out. */
export function columns(values: Record<string, Column>): Record<string, string | bigint | boolean> {
  const entries = Object.entries(values).flatMap(([name, value]): [string, string | bigint | boolean][] => {
    if (value === null) return []
    return [[name, typeof value === 'number' ? BigInt(Math.trunc(value)) : value]]
  })
  return Object.fromEntries(entries)
}

/** The first `most` characters at most, never half of a surrogate pair: that half would arrive as U+FFFD. */
export function cut(text: string, most: number = longestColumn): string {
  if (text.length <= most) return text
  const half = /[\uD800-\uDBFF]/.test(text.charAt(most - 1))
  return text.slice(0, half ? most - 1 : most)
}

/** Text of any length as `name`, `name1`, `name2` …, each within a property's limit; null as no column. */
export function longColumns(name: string, text: string | null): Record<string, string> {
  if (text === null) return {}
  const pieces: Record<string, string> = {}
  let left = text
  for (let number = 0; number === 0 || left !== ''; number++) {
    const piece = cut(left)
    pieces[`${name}${number || ''}`] = piece
    left = left.slice(piece.length)
  }
  return pieces
}

/** The text that `longColumns` spread; null where there is none. */
export function longText(row: Readonly<Record<string, unknown>>, name: string): string | null {
  const first = row[name]
  if (typeof first !== 'string') return null
  let text = first
  for (let piece = 1; typeof row[`${name}${piece}`] === 'string'; piece++) text += String(row[`${name}${piece}`])
  return text
}

/** Parses a row as read; what can't be parsed names its table and key, never its values. */
export function parseRow<T extends z.ZodType>(table: string, shape: T, row: Record<string, unknown>): z.infer<T> {
  const parsed = shape.safeParse(row)
  if (parsed.success) return parsed.data
  const where = `${table}(${String(row['partitionKey'])}, ${String(row['rowKey'])})`
  const what = parsed.error.issues.map((issue) => issue.path.join('.') || issue.code).join(', ')
  throw new Terminal('storage-row', `The row ${where} can't be read: wrong ${what}. Correct or delete it`)
}
