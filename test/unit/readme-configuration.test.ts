import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadConfiguration } from '../../lib/config/load-configuration.ts'
import type { Connection } from '../../lib/domain/connection.ts'
import { appRoleKey, rolesFor } from '../../lib/domain/role-rules.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** Blocks that begin with ```json SYNC_CONFIG, by the nearest heading. */
const examples = Object.fromEntries(
  readme.split(/^#+ (?=.*$)/m).flatMap((part) => {
    const [, text] = /^```json SYNC_CONFIG\n(.*?)^```$/ms.exec(part) ?? []
    return text === undefined ? [] : [[part.slice(0, part.indexOf('\n')), text]]
  }),
)

const quickStart = {
  AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  WORDPRESS_URL: 'https://www.contoso.example',
  WORDPRESS_USERNAME: 'entra-sync',
  WORDPRESS_APP_PASSWORD: 'planted secret one',
}

function load(heading: string): Connection | undefined {
  return loadConfiguration({ ...quickStart, SYNC_CONFIG: examples[heading] }, () => '').connections[0]
}

test('the policies are shown', () => {
  expect(Object.keys(examples)).toEqual([
    'Any attribute, to any field',
    'A post for each person',
    'Who belongs',
    'Who has which role',
    'Who leaves',
    'The deletion guard',
    'Changes by hand',
  ])
  // One a heading, or some would not be looked at.
  expect(readme.match(/^```json SYNC_CONFIG$/gm)).toHaveLength(Object.keys(examples).length)
})

test('any attribute is mapped, here and on the page of its own', () => {
  const page = readFileSync(new URL('../../docs/mapping.md', import.meta.url), 'utf8')
  const [, text = ''] = /^```json SYNC_CONFIG\n(.*?)^```$/ms.exec(page) ?? []
  const whole = loadConfiguration({ ...quickStart, SYNC_CONFIG: text }, () => '').connections[0]
  for (const connection of [load('Any attribute, to any field'), whole]) {
    expect(connection?.mapping.once).toContain('description')
    expect(connection?.select).toEqual(expect.arrayContaining(['businessPhones', 'employeeId', 'manager']))
    expect(connection?.site.fields).toEqual(expect.arrayContaining([{ field: 'acf.office', type: 'string' }]))
  }
})

test('who belongs', async () => {
  const { scope } = load('Who belongs') ?? {}
  expect(scope).toMatchObject({ groups: { length: 2 }, members: true, guests: false })
  const belongs = (displayName: string, department: string) => scope?.filter?.evaluate({ displayName, department })
  expect(await belongs('Jana', 'Sales')).toBe(true)
  expect(await belongs('Jana (test)', 'Sales')).toBe(false)
  expect(await belongs('Jana', 'Legal')).toBe(false)
})

test('who leaves', () => {
  expect(load('Who leaves')).toMatchObject({
    leaving: { absent: { action: 'suspend', deleteAfter: 90 * 86_400_000 }, 'out-of-scope': { action: 'leave' } },
    reassignTo: 'archive',
  })
})

test('the guard is shown with its defaults', () => {
  const { guard } = loadConfiguration(quickStart, () => '').connections[0] ?? {}
  expect(guard).toBeDefined()
  expect(load('The deletion guard')?.guard).toEqual(guard)
})

test('changes by hand', () => {
  expect(load('Changes by hand')).toMatchObject({ drift: 'report', whenAccountMissing: 'leave' })
})

test('who has which role', async () => {
  const connection = load('Who has which role')!
  const rolesOf = async (user: object, memberships: string[]) => {
    const result = await rolesFor(connection, { id: '1', ...user }, memberships)
    return result.ok ? result.roles.wanted : result.message
  }
  expect(await rolesOf({ department: 'Press' }, [connection.groups[0]!])).toEqual(['editor'])
  expect(await rolesOf({ department: 'Press' }, [appRoleKey('Author')])).toEqual(['author'])
  expect(await rolesOf({ department: 'Press' }, [])).toEqual(['contributor'])
  expect(await rolesOf({ extension_0123456789abcdef0123456789abcdef_role: 'author' }, [])).toEqual(['author'])
  expect(await rolesOf({}, [])).toEqual(['subscriber'])
})
