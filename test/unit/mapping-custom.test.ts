import { describe, expect, test } from 'vitest'
import type { ValueType } from '../../lib/domain/custom-field.ts'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { noManager } from '../../lib/domain/manager.ts'
import { compileMapping, mapUser, MappingError, type MappingSettings } from '../../lib/domain/mapping.ts'

const site = { multisite: false, locales: ['en_US'] }
const ann: DirectoryUser = {
  id: '1',
  userPrincipalName: 'ann@contoso.example',
  mail: 'ann@contoso.example',
  displayName: 'Ann',
  employeeId: '0042',
  otherMails: ['a@x.example', 'b@x.example'],
  manager: { id: '2', displayName: 'Max', mail: 'max@contoso.example', userPrincipalName: 'max@contoso.example' },
  onPremisesExtensionAttributes: { extensionAttribute1: 'blue', extensionAttribute2: null },
  extension_0123456789abcdef0123456789abcdef_level: 7,
}

const map = (settings: MappingSettings, user: DirectoryUser = ann) => mapUser(compileMapping(settings), user, site)
const one = async (value: string, type?: ValueType, user = ann) => {
  const result = await map({ meta: { x: type === undefined ? value : { value, type } } }, user)
  return result.ok ? result.fields['meta.x'] : result
}

describe('values by type', () => {
  test.each([
    ['employeeId', undefined, '0042'],
    ['employeeId', 'number', 42],
    ['1.50', 'string', '1.5'],
    ['" -1.5e3 "', 'number', -1500],
    ['""', 'number', null],
    ['accountEnabled', 'boolean', undefined],
    ['"TRUE"', 'boolean', true],
    ['0', 'boolean', false],
    ['otherMails', 'array', ['a@x.example', 'b@x.example']],
    ['otherMails[0]', 'array', ['a@x.example']],
    ['[otherMails[$ = "none"]]', 'array', []],
    ['[onPremisesExtensionAttributes.extensionAttribute2]', 'array', []],
    ['{"city": city, "badge": employeeId}', 'object', { badge: '0042' }],
    ['{"list": otherMails[[0..0]]}', 'object', { list: 'a@x.example' }],
    ['onPremisesExtensionAttributes.extensionAttribute1', undefined, 'blue'],
    ['onPremisesExtensionAttributes.extensionAttribute2', undefined, null],
    ['extension_0123456789abcdef0123456789abcdef_level', 'number', 7],
    ['manager.displayName', undefined, 'Max'],
    ['null', 'array', null],
    ['city', 'object', undefined],
  ] as const)('%s as %s', async (value, type, expected) => {
    expect(await one(value, type)).toEqual(expected)
  })

  test('without a manager everything about one is cleared', async () => {
    expect(await one('manager.displayName', 'string', { ...ann, manager: noManager })).toBeNull()
  })

  test.each([
    ['otherMails', 'string', /a list where a text/],
    ['employeeId & "x"', 'number', /where a number/],
    ['true', 'number', /where a number/],
    ['"perhaps"', 'boolean', /where true or false/],
    ['2', 'boolean', /where true or false/],
    ['otherMails', 'object', /a list where an object/],
    ['"x"', 'object', /where an object/],
    ['$uppercase', 'object', /a function/],
    ['[function($x){$x}]', 'array', /a function/],
    ['{"a": $uppercase}', 'object', /a function/],
    ['$pad("x", 40000)', 'string', /32000 characters/],
  ] as const)("%s as %s is this user's fault, told without values", async (value, type, message) => {
    const result = await map({ acf: { x: { value, type } } })
    expect(result).toMatchObject({ ok: false, field: 'acf.x' })
    expect(result.ok ? '' : result.message).toMatch(message)
    expect(JSON.stringify(result)).not.toMatch(/0042|perhaps|example/)
  })
})

test('once is said beside the values, null takes a default out, and properties are found', async () => {
  const mapping = compileMapping({
    nickname: { value: 'displayName', once: true },
    description: { value: 'employeeId' },
    meta: { a: { value: 'employeeId', once: true }, b: null, c: 'manager.mail' },
    acf: { d: 'city' },
  })
  expect([...mapping.once].sort()).toEqual(['meta.a', 'nickname'])
  expect(mapping.customs).toEqual([
    { field: 'meta.a', type: 'string' },
    { field: 'meta.c', type: 'string' },
    { field: 'acf.d', type: 'string' },
  ])
  expect(mapping.sources).toMatchObject({ 'meta.a': 'employeeId', nickname: 'displayName', first_name: 'givenName' })
  expect(mapping.properties).toEqual(expect.arrayContaining(['city', 'employeeId', 'manager']))
  const result = await mapUser(mapping, ann, site)
  expect(result).toMatchObject({
    once: mapping.once,
    fields: { 'meta.a': '0042', nickname: 'Ann', description: '0042' },
  })
  expect(result.ok && Object.hasOwn(result.fields, 'acf.d')).toBe(false)
})

test('all faults at once, by field', () => {
  const compile = () => compileMapping({ url: 'a[', meta: { x: '$now()' }, acf: { y: { value: '' } } })
  expect(compile).toThrow(MappingError)
  expect(compile).toThrow(/url: Expected[^]*meta\.x: \$now[^]*acf\.y: the expression is empty/)
})
