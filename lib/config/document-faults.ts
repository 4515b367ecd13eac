import type { z } from 'zod'
import { nearest } from '../domain/nearest.ts'
import type { SettingFault } from './configuration-error.ts'
import { describeField, keysOf, schemaAt } from './schema-at.ts'

/** `SYNC_CONFIG.connections[0].site.url` */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${String(step)}`),
    'SYNC_CONFIG',
  )
}

/** What an issue says to the reader: the field, what is wrong, what to do; no value. */
export function documentFaults(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): SettingFault[] {
  return issues.flatMap((issue): SettingFault[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = keysOf(schemaAt(schema, issue.path))
      return issue.keys.map((key) => ({
        setting: pathText([...issue.path, key]),
        message: `is no known key${nearest(key, known, (near) => `; did you mean "${near}"?`) || `; known are ${known.join(', ')}`}`,
      }))
    }
    const inner = issue.code === 'invalid_union' ? meant(issue) : null
    if (inner) return documentFaults(schema, inner)
    return [{ setting: pathText(issue.path), message: issueText(schema, issue) }]
  })
}

/** The issues of the one form that has the right kind of value; null where none has. */
function meant({ path, errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | null {
  const form = errors.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  )
  return form?.map((issue) => ({ ...issue, path: [...path, ...issue.path] })) ?? null
}

function issueText(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  const { description } = describeField(schemaAt(schema, issue.path))
  if (issue.code === 'invalid_type') {
    if (issue.message.endsWith('received undefined')) return `is missing. ${description}`
    return `must be ${nouns[issue.expected] ?? issue.expected}. ${description}`
  }
  // Where a schema has no message of its own.
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid'))
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return `must be at least ${issue.minimum}`
  if (issue.code === 'too_big' && issue.message.startsWith('Too big'))
    return issue.origin === 'array' ? `must have at most ${issue.maximum} members` : `must be at most ${issue.maximum}`
  return issue.message
}

const nouns: Record<string, string> = {
  object: 'an object',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
}

/**
 * A copy of the document with an example in the place of everything that an issue is about, so that what else is wrong can be found in
 * the same go; a list of texts loses all its members. null where that doesn't help.
 */
export function patched(schema: z.ZodType, document: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  let copy = structuredClone(document)
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) copy = withValue(copy, [...issue.path, key], undefined)
      continue
    }
    const at = schemaAt(schema, issue.path)
    if (typeof issue.path.at(-1) === 'number' && keysOf(at).length === 0) {
      copy = withValue(copy, issue.path.slice(0, -1), [])
      continue
    }
    const field = describeField(at)
    copy = withValue(copy, issue.path, field.optional ? undefined : structuredClone(field.example))
  }
  return copy
}

function withValue(document: unknown, path: readonly PropertyKey[], value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (typeof document !== 'object' || document === null) return document
  const inner = withValue(Reflect.get(document, step), rest, value)
  if (inner === undefined && !Array.isArray(document)) Reflect.deleteProperty(document, step)
  else Reflect.set(document, step, inner)
  return document
}
