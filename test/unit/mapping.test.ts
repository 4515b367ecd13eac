import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalField } from '../../lib/domain/canonical-field.ts'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { compileMapping, mapUser, MappingError, type MappingSettings } from '../../lib/domain/mapping.ts'
import { selectOf } from '../../lib/domain/select-of.ts'
import type { AccountField } from '../../lib/domain/site-user.ts'
import { siteLocale } from '../../lib/domain/site-locale.ts'

const site = { multisite: false, locales: ['en_US', 'de_DE', 'ja'] }
const ann: DirectoryUser = {
  id: '1',
  userPrincipalName: 'ann.smith@contoso.example',
  mail: 'ann@contoso.example',
  displayName: 'Ann Smith',
  givenName: 'Ann',
  surname: 'Smith',
  jobTitle: 'Engineer',
  department: 'R&D',
  preferredLanguage: 'de-DE',
}
const nobody: DirectoryUser = {
  id: '2',
  userPrincipalName: 'nobody@contoso.example',
  mail: null,
  displayName: null,
  givenName: null,
  surname: null,
  jobTitle: null,
  department: null,
  preferredLanguage: null,
}

const map = (settings: MappingSettings, user: DirectoryUser = ann, extra: string[] = []) =>
  mapUser(compileMapping(settings, extra), user, site)

describe('the default mapping', () => {
  test('fills every field', async () => {
    expect(await map({})).toEqual({
      ok: true,
      usernameCandidate: 'ann.smith',
      email: 'ann@contoso.example',
      fields: {
        first_name: 'Ann',
        last_name: 'Smith',
        name: 'Ann Smith',
        nickname: 'Ann',
        description: 'Engineer, R&D',
        locale: 'de_DE',
      },
    })
  })

  test('clears what is null, but never a display name or nickname', async () => {
    expect(await map({}, nobody)).toEqual({
      ok: true,
      usernameCandidate: 'nobody',
      email: 'nobody@contoso.example',
      fields: { first_name: null, last_name: null, description: null, locale: null },
    })
  })

  test.each([
    [{ displayName: null }, { name: 'Ann Smith' }],
    [{ displayName: '', surname: null }, { name: 'Ann' }],
    [{ givenName: null }, { nickname: 'Ann Smith' }],
    [{ jobTitle: null }, { description: 'R&D' }],
    [{ department: '' }, { description: 'Engineer' }],
  ])('falls back: %j', async (properties, fields) => {
    expect(await map({}, { ...ann, ...properties })).toMatchObject({ ok: true, fields })
  })

  test('leaves a locale that the site lacks as it is', async () => {
    const result = await map({}, { ...ann, preferredLanguage: 'fr-FR' })
    expect(result.ok && Object.hasOwn(result.fields, 'locale')).toBe(false)
  })
})

describe('a configured mapping', () => {
  test('null takes a field out, a text replaces the default', async () => {
    const result = await map({ description: null, url: '"https://contoso.example/" & givenName', locale: null })
    expect(result).toMatchObject({ ok: true, fields: { url: 'https://contoso.example/Ann' } })
    expect(result.ok && Object.keys(result.fields).sort()).toEqual([
      'first_name',
      'last_name',
      'name',
      'nickname',
      'url',
    ])
  })

  test('username and email from expressions; without a username the derived one', async () => {
    expect(
      await map({ username: 'displayName', email: 'otherMails[0]' }, { ...ann, otherMails: ['o@x.example'] }),
    ).toMatchObject({
      usernameCandidate: 'Ann Smith',
      email: 'o@x.example',
    })
    expect(await map({ username: 'employeeId', email: 'otherMails[0]' })).toMatchObject({
      usernameCandidate: 'ann.smith',
      email: null,
    })
  })

  test.each([
    ['42', '42'],
    ['true', 'true'],
    ['"a" & 1.5', 'a1.5'],
  ])('%s becomes text', async (first_name, expected) => {
    expect(await map({ first_name })).toMatchObject({ fields: { first_name: expected } })
  })

  test.each([
    ['last_name', '[1, 2]', /a list/],
    ['last_name', '{"a": surname}', /an object/],
    ['last_name', '$uppercase', /a function/],
    ['last_name', '$number(surname)', /D3030/],
    ['email', '"no address: " & surname', /no address/],
  ] as const)("%s: %s is this user's fault, told without values", async (field, source, message) => {
    const result = await map({ [field]: source })
    expect(result).toMatchObject({ ok: false, field })
    expect(result.ok ? '' : result.message).toMatch(message)
    expect(JSON.stringify(result)).not.toContain('Smith')
  })

  test('sees only what was selected', async () => {
    const user = { ...ann, city: 'Berlin', secret: 'x' }
    expect(await map({ first_name: 'city & $string($keys($))' }, user)).toMatchObject({ ok: true })
    const seen = await map({ first_name: '$string($lookup($, "secret"))' }, user)
    expect(seen.ok && seen.fields.first_name).toBeUndefined()
    const listed = await map({ first_name: '$string($lookup($, "secret"))' }, user, ['secret'])
    expect(listed.ok && listed.fields.first_name).toBe('x')
  })

  test('all faults of all fields at once', () => {
    expect(() => compileMapping({ first_name: '$now()', url: 'a[', name: 'displayName' })).toThrow(MappingError)
    expect(() => compileMapping({ first_name: '$now()', url: 'a[' })).toThrow(/first_name: \$now[^]*url: Expected/)
  })
})

test('values are sent as WordPress keeps them, whoever the user is', async () => {
  const mapping = compileMapping({})
  const text = fc.option(fc.string({ unit: 'binary', maxLength: 20 }))
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        mail: text,
        displayName: text,
        givenName: text,
        surname: text,
        jobTitle: text,
        department: text,
        preferredLanguage: text,
        userPrincipalName: text,
      }),
      async (properties) => {
        const result = await mapUser(mapping, { id: '1', ...properties }, site)
        if (!result.ok) throw new Error(result.message)
        for (const [field, value] of Object.entries(result.fields) as [AccountField, string | null][])
          expect(value === null ? null : canonicalField(field, value)).toBe(value)
        expect(result.fields.name).not.toBe('')
        expect(result.fields.nickname).not.toBe('')
      },
    ),
  )
})

test('the selected properties: base, named ones and configured ones, sorted and once', () => {
  const select = selectOf(compileMapping({ url: 'companyWebsite', name: 'displayName' }), ['city', 'mail'])
  expect(select).toEqual([...new Set(select)].sort())
  for (const name of ['id', 'accountEnabled', 'identities', 'companyWebsite', 'city']) expect(select).toContain(name)
})

test.each([
  ['de-DE', 'de_DE'],
  ['de', 'de_DE'],
  ['DE-de', 'de_DE'],
  ['de-AT', 'de_DE'],
  ['ja-JP', 'ja'],
  ['en', 'en_US'],
  ['en-GB', 'en_US'],
  ['fr-FR', null],
  ['', null],
])('locale of %j is %j', (tag, expected) => {
  expect(siteLocale(tag, site.locales)).toBe(expected)
})
