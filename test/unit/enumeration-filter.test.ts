import { describe, expect, test } from 'vitest'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import { Terminal } from '../../lib/domain/faults.ts'
import { fingerprint } from '../../lib/domain/fingerprint.ts'
import type { Link } from '../../lib/domain/link.ts'
import { removedFingerprint } from '../../lib/domain/removal-fingerprint.ts'
import type { Scope } from '../../lib/domain/scope.ts'
import { createEnumerationFilter } from '../../lib/sync/enumeration-filter.ts'
import { createSyncApp } from '../support/sync-app.ts'

type Row = { objectId: string; fingerprint: string | null; intentOpen: boolean; state: Link['state'] }
type Groups = Record<string, string[][]>

/** The reader's filter over links and groups that are in memory: pages of members by group. */
async function filterOver(
  rows: Row[],
  groups: Groups = {},
  scope: Partial<Scope> = {},
  kind: 'full' | 'incremental' = 'full',
) {
  const nowhere = 'https://127.0.0.1:9'
  const { context, connection } = createSyncApp({
    directory: { url: nowhere, authorityHost: nowhere, tenantId: 't', clientId: 'c', clientSecret: 's' },
    site: { url: nowhere, username: 'sync', applicationPassword: 'none' },
    storage: 'UseDevelopmentStorage=true',
    policy: { scope: { ...scope, groups: Object.keys(groups) } },
  })
  const { stores } = context
  const directory = context.directory(connection)
  Object.assign(context, {
    directory: () => ({
      ...directory,
      async *groupMembers(group: string) {
        const pages = groups[group]
        if (!pages || pages.length === 0) throw new Terminal('group-missing', group)
        yield* pages
      },
    }),
    stores: {
      ...stores,
      checkpoints: { ...stores.checkpoints, read: () => Promise.resolve(null) },
      links: {
        ...stores.links,
        async *fingerprints() {
          yield* rows
        },
      },
    },
  })
  const settledFor = (user: DirectoryUser, memberships: string[] = []) =>
    fingerprint(user, memberships, connection.configurationHash, connection.select)
  return { filter: await createEnumerationFilter(context, connection, kind), settledFor, connection }
}

const idOf = (number: number) => `0000000${number}-1111-4222-8333-44444444444a`
const user = (number: number, more: Partial<DirectoryUser> = {}): DirectoryUser => ({
  id: idOf(number),
  userType: 'Member',
  displayName: `User ${number}`,
  ...more,
})
const row = (number: number, settled: string | null, more: Partial<Row> = {}): Row => ({
  objectId: idOf(number),
  fingerprint: settled,
  intentOpen: false,
  state: 'active',
  ...more,
})

describe('an enumeration', () => {
  test('drops who is settled as they are, and keeps everybody else who is known', async () => {
    const { settledFor } = await filterOver([])
    const { filter } = await filterOver([
      row(1, settledFor(user(1))),
      row(2, settledFor(user(2, { displayName: 'Before' }))),
      row(3, null),
      row(4, settledFor(user(4)), { intentOpen: true }),
      row(5, settledFor(user(5)), { state: 'suspended' }),
    ])
    const kept = await Promise.all([1, 2, 3, 4, 5].map((number) => filter.keepsUser(user(number))))
    expect(kept).toEqual([false, true, true, true, false])
  })
  test('keeps who came to a group or left it, and drops who is in the same ones', async () => {
    const { settledFor } = await filterOver([])
    // Graph's ids come in either case, and a nested member more than once.
    const loud = user(5, { id: idOf(5).toUpperCase() })
    const rows = [
      row(1, settledFor(user(1), ['g1', 'g2'])),
      row(2, settledFor(user(2), ['g1'])),
      row(3, settledFor(user(3), ['g2'])),
      row(4, settledFor(user(4), [])),
      row(5, settledFor(loud, ['g1'])),
    ]
    const groups = {
      g1: [
        [idOf(1).toUpperCase(), idOf(2)],
        [idOf(2), idOf(5)],
      ],
      g2: [[], [idOf(1), idOf(4)]],
    }
    const { filter } = await filterOver(rows, groups)
    const kept = await Promise.all([1, 2, 3, 4].map((number) => filter.keepsUser(user(number))))
    expect(kept).toEqual([false, false, true, true])
    expect(await filter.keepsUser(loud)).toBe(false)
  })
  test('drops strangers who don’t belong on the site, and keeps those who do, or of whom nobody can say', async () => {
    const compiled = compileExpression('department = "Sales" or $error("no")')
    if (!compiled.ok) throw new Error('the test’s filter is wrong')
    const scope = { filter: compiled.expression, visible: new Set(['department']), guests: false }
    const { filter } = await filterOver([], { g1: [[idOf(1), idOf(2), idOf(3), idOf(5)]] }, scope)
    const sales = { department: 'Sales' }
    expect(await filter.keepsUser(user(1, sales))).toBe(true)
    expect(await filter.keepsUser(user(2, { ...sales, userType: 'Guest' }))).toBe(false)
    expect(await filter.keepsUser(user(3, { department: 'IT' }))).toBe(true)
    expect(await filter.keepsUser(user(4, sales))).toBe(false)
    // Told once that they have no account while disabled.
    expect(await filter.keepsUser(user(5, { ...sales, accountEnabled: false }))).toBe(true)
  })
  test('keeps a known person who no longer belongs on the site: they leave', async () => {
    const { settledFor } = await filterOver([])
    const { filter } = await filterOver([row(1, settledFor(user(1), ['g1']))], { g1: [[idOf(2)]] })
    expect(await filter.keepsUser(user(1))).toBe(true)
  })
  test('keeps who was deleted and is known, until all is done for them', async () => {
    const { connection } = await filterOver([])
    const done = removedFingerprint(connection.configurationHash)
    const { filter } = await filterOver([
      row(1, '0123456789abcdef'),
      row(2, null),
      row(3, done, { state: 'suspended' }),
      row(4, done, { intentOpen: true }),
      row(5, removedFingerprint('another configuration')),
    ])
    expect([1, 2, 3, 4, 5, 6].map((number) => filter.keepsRemoved(idOf(number)))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ])
  })
  test('knows whom it has seen', async () => {
    const { filter } = await filterOver([row(1, null)])
    const sights = [1, 2, 1, 2].map((number) => filter.firstSight(idOf(number)))
    expect(sights).toEqual([true, true, false, false])
  })
  test('does not begin with a group that is gone: it is not an empty one', async () => {
    await expect(filterOver([row(1, null)], { g1: [] })).rejects.toBeInstanceOf(Terminal)
  })
})

test('an increment keeps everybody: it names who changed', async () => {
  const { settledFor } = await filterOver([])
  const known = [row(1, settledFor(user(1)))]
  const { filter } = await filterOver(known, { g1: [] }, { members: false }, 'incremental')
  expect([await filter.keepsUser(user(1)), await filter.keepsUser(user(2))]).toEqual([true, true])
  expect([filter.keepsRemoved(idOf(1)), filter.keepsRemoved(idOf(2))]).toEqual([true, true])
  expect([filter.firstSight(idOf(1)), filter.firstSight(idOf(1))]).toEqual([true, true])
})
