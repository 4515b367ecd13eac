import { readFileSync } from 'node:fs'
import { format } from 'prettier'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { checkSchedule } from '../../lib/config/check-schedule.ts'
import { environmentSchema } from '../../lib/config/environment.ts'
import { findJsonFault } from '../../lib/config/find-json-fault.ts'
import { configurationJsonSchema } from '../../lib/config/json-schema.ts'
import { mappingSchema } from '../../lib/config/mapping-schema.ts'
import { describeField } from '../../lib/config/schema-at.ts'
import { configurationSchema } from '../../lib/config/schema.ts'
import { scopeSchema } from '../../lib/config/scope-schema.ts'
import { settingsPage } from '../../lib/config/settings-page.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import { mappedFields } from '../../lib/domain/default-mapping.ts'

type JsonSchema = {
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  description?: string
  examples?: unknown[]
  additionalProperties?: unknown
}

function fields(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, field]): [string, JsonSchema][] => [
    [`${path}${key}`, field],
    ...fields(field, `${path}${key}.`),
  ])
  return schema.items ? [...own, ...fields(schema.items, `${path}[].`)] : own
}

describe('the schema of SYNC_CONFIG', () => {
  const all = fields(configurationJsonSchema())

  test('has the fields', () => {
    expect(all.map(([path]) => path)).toEqual(
      expect.arrayContaining(['connections', 'connections.[].site.url', 'defaults.mapping.locale', 'audit.detail']),
    )
  })

  test.each(all)('%s has a description and an example', (_, field) => {
    expect(field.description ?? '').toMatch(/^.{10,}\.$/s)
    expect(field.examples?.length ?? 0).toBeGreaterThan(0)
  })

  test('every example is valid', () => {
    const walk = (schema: z.ZodType): void => {
      let inner: unknown = schema
      while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap()
      if (inner instanceof z.ZodArray) walk(inner.element as z.ZodType)
      if (!(inner instanceof z.ZodObject)) return
      for (const [key, field] of Object.entries<z.ZodType>(inner.shape)) {
        expect({ key, ...field.safeParse(describeField(field).example) }).toMatchObject({ key, success: true })
        walk(field)
      }
    }
    walk(configurationSchema)
  })

  test('the examples of expressions compile', () => {
    for (const field of mappedFields)
      expect(compileExpression(String(describeField(mappingSchema.shape[field]).example))).toMatchObject({ ok: true })
    expect(compileExpression(String(describeField(scopeSchema.shape.filter).example))).toMatchObject({ ok: true })
  })
})

test('every app setting has a description and a valid example', () => {
  for (const [name, schema] of Object.entries(environmentSchema.shape)) {
    const { description, example } = describeField(schema)
    expect({ name, description }).toEqual({ name, description: expect.stringMatching(/\.$/) })
    expect({ name, ...schema.safeParse(example) }).toMatchObject({ name, success: true })
  }
})

test('docs/settings.md is up to date (npm run docs:settings)', async () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
  expect(page).toBe(await format(settingsPage(), { parser: 'markdown', printWidth: 120 }))
})

describe('checkSchedule', () => {
  test.each(['0 */15 * * * *', '0,30 0-10/2 9-17 1,15 jan-mar Mon-Friday', '59 59 23 31 12 6', '*/30 * * * * *'])(
    '%s',
    (schedule) => {
      expect(checkSchedule(schedule)).toBeNull()
    },
  )

  test.each([
    '* * * * *',
    '60 * * * * *',
    '0 0 24 * * *',
    '0 0 0 0 * *',
    '0 0 0 * 13 *',
    '0 0 0 * * 7',
    '0 5-1 * * * *',
    '0 */0 * * * *',
    'x * * * * *',
    '0 1-2-3 * * * *',
    '0 1/2/3 * * * *',
    '00:15:00',
    '',
  ])('not %j', (schedule) => {
    expect(checkSchedule(schedule)).toMatch(/must/)
  })
})

describe('findJsonFault', () => {
  test.each(['{}', ' [1, -2.5e3, "a\\u00e4\\n", true, null, {"a": {"a": []}}] ', '"x"', '0'])('%s is JSON', (text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow()
    expect(findJsonFault(text)).toBeNull()
  })

  test.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    '01',
    '1.',
    'tru',
    'truex',
    '"a\nb"',
    '"\\x"',
    '[1 2]',
    '{"a":1 "b":2}',
    '{"a":}',
    '[',
    '{}x',
    '{"a",1}',
    '[}',
    'NaN',
  ])('%j is not', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow()
    expect(findJsonFault(text)).toMatch(/line \d+ column \d+$/)
  })

  test('endless nesting ends', () => {
    expect(findJsonFault('['.repeat(200_000))).toMatch(/nested|ends/)
  })
})
