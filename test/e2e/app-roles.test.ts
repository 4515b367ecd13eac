import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import type { DirectoryOptionsInput } from '../../dev/directory/options.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import type { RolePolicy, RoleRule } from '../../lib/domain/role-rules.ts'
import { createMemoryFlow } from '../support/memory-flow.ts'
import { noRoles } from '../support/sync-app.ts'
import { useStops } from '../support/use-servers.ts'

/** App roles, dynamic groups and tenants without delta: what changes there reaches everybody within one cycle. */

const stops = useStops()
let storage: string
const directories: (() => Promise<void>)[] = []

beforeAll(async () => {
  const azurite = await startAzurite()
  stops.push(azurite.stop)
  storage = azurite.connectionString
})
afterEach(async () => {
  for (const stop of directories.splice(0)) await stop()
})

const open = { most: 500, percent: 100, fewest: 500 }
const appRule = (value: string, role: string): RoleRule => ({ kind: 'appRole', value, role })
const author = { id: randomUUID(), value: 'Author' }
const editor = { id: randomUUID(), value: 'Editor' }

async function scene(rules: RoleRule[], options: Partial<DirectoryOptionsInput> = {}, more: Partial<RolePolicy> = {}) {
  const directory = await startDirectory({ users: 12, ...options })
  directories.push(directory.stop)
  trustDirectory(directory)
  const { admin, clientId } = directory
  await admin.setAppRoles([author, editor, { id: randomUUID(), value: null }])
  const values = rules.flatMap((rule) => (rule.kind === 'appRole' ? [rule.value] : []))
  const app = values.length > 0 ? { clientId, values } : null
  const roles: RolePolicy = { ...noRoles, rules, fallback: 'subscriber', app, ...more }
  const flow = createMemoryFlow({
    ...{ directory, storage, policy: { roles, guard: open } },
  })
  const people = (await admin.listUsers()).flatMap(({ person }) => (person.accountEnabled === false ? [] : [person.id]))
  return {
    ...flow,
    admin,
    people,
    rolesOf: async (id: string) => flow.site.accounts.get((await flow.link(id))?.wordpressId ?? 0)?.roles.join(' '),
    async all() {
      const found = await Promise.all(people.map((id) => this.rolesOf(id)))
      return Object.fromEntries(
        [...Map.groupBy(found, (role) => role ?? 'none')].map(([role, of]) => [role, of.length]),
      )
    },
  }
}

describe('app roles', () => {
  test('are those assigned directly, and to groups that people are in themselves: nested ones have none', async () => {
    const flow = await scene([appRule('Editor', 'editor'), appRule('Author', 'author')], { pageSize: 2 })
    const [direct, member, nested, plain, both, other] = flow.people
    const lower = await flow.admin.createGroup({ displayName: 'lower', members: [nested!] })
    const upper = await flow.admin.createGroup({ displayName: 'upper', members: [member!, lower.id] })
    await flow.admin.assignAppRole(direct!, 'Author')
    await flow.admin.assignAppRole(upper.id, 'Author')
    await flow.admin.assignAppRole(both!, 'Author')
    await flow.admin.assignAppRole(both!, 'Editor')
    await flow.admin.assignAppRole(plain!, null)
    expect(await flow.cycle()).toMatchObject({ state: 'settled', error: null })
    const roles = () => Promise.all([direct, member, nested, plain, both].map((one) => flow.rolesOf(one!)))
    expect(await roles()).toEqual(['author', 'author', 'subscriber', 'subscriber', 'editor'])
    expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0, siteWrites: 0 })

    // An increment hears of none of this from any delta but the memberships.
    await flow.admin.unassignAppRole(direct!, 'Author')
    await flow.admin.assignAppRole(plain!, 'Editor')
    await flow.admin.removeMembers(upper.id, [member!])
    await flow.admin.addMembers(upper.id, [nested!])
    expect(await flow.cycle('incremental')).toMatchObject({ kind: 'incremental', counters: { updated: 4 } })
    expect(await roles()).toEqual(['subscriber', 'subscriber', 'author', 'editor', 'editor'])
    // A group that is assigned since, and one that no longer is.
    await flow.admin.unassignAppRole(upper.id, 'Author')
    const late = await flow.admin.createGroup({ displayName: 'late', members: [member!] })
    await flow.admin.assignAppRole(late.id, 'Editor')
    expect((await flow.cycle('incremental')).kind).toBe('incremental')
    expect(await roles()).toEqual(['subscriber', 'editor', 'subscriber', 'editor', 'editor'])
    await flow.admin.addMembers(late.id, [other!])
    expect(await flow.cycle('incremental')).toMatchObject({ counters: { updated: 1 } })
    expect(await flow.rolesOf(other!)).toBe('editor')

    const quiet = await flow.cycle('incremental')
    expect(quiet.counters).toMatchObject({ queued: 0, siteRequests: 0 })
  })

  test('of a group that is deleted with its assignment are taken all the same: everybody is read', async () => {
    const flow = await scene([appRule('Editor', 'editor')])
    const group = await flow.admin.createGroup({ displayName: 'gone', members: flow.people.slice(0, 2) })
    await flow.admin.assignAppRole(group.id, 'Editor')
    await flow.cycle()
    expect(await flow.all()).toEqual({ editor: 2, subscriber: flow.people.length - 2 })
    await flow.admin.deleteGroup(group.id)
    expect(await flow.cycle('incremental')).toMatchObject({ kind: 'full', trigger: 'reset', counters: { updated: 2 } })
    expect(await flow.all()).toEqual({ subscriber: flow.people.length })
  })

  test.each([
    ['the role is gone', (admin: Admin) => admin.setAppRoles([author]), 'no app role "Editor"'],
    [
      'the list is refused',
      (admin: Admin) =>
        admin.setFault({
          route: 'servicePrincipals/{id}/appRoleAssignedTo',
          status: 403,
          code: 'Authorization_RequestDenied',
        }),
      'Application.Read.All',
    ],
    [
      'the application can’t be read',
      (admin: Admin) =>
        admin.setFault({ route: 'servicePrincipals/{id}', status: 404, code: 'Request_ResourceNotFound' }),
      'no enterprise application',
    ],
  ] as const)('%s: the cycle stops and says why, and nobody loses a role', async (_, fault, message) => {
    const flow = await scene([appRule('Editor', 'editor')], {}, {})
    for (const person of flow.people.slice(0, 3)) await flow.admin.assignAppRole(person, 'Editor')
    await flow.cycle()
    await fault(flow.admin)
    for (const start of ['incremental', 'full'] as const) {
      const cycle = await flow.cycle(start)
      expect(cycle.state).toBe('reading')
      expect(cycle.error).toContain(message)
    }
    expect(await flow.all()).toEqual({ editor: 3, subscriber: flow.people.length - 3 })
  })

  test('that a later page can’t be read of take nothing', async () => {
    const flow = await scene([appRule('Editor', 'editor')], { pageSize: 2 })
    for (const person of flow.people.slice(0, 6)) await flow.admin.assignAppRole(person, 'Editor')
    await flow.cycle()
    await flow.admin.expireLinks({ links: 'next', as: 'expiredPage' })
    await flow.admin.setFault({ route: 'servicePrincipals/{id}/appRoleAssignedTo', status: 503, times: 2 })
    await flow.cycle('full')
    expect(await flow.all()).toEqual({ editor: 6, subscriber: flow.people.length - 6 })
  })

  test('of many at once are read for all of them together', async () => {
    const flow = await scene([appRule('Editor', 'editor')], { users: 120 })
    await flow.cycle()
    const group = await flow.admin.createGroup({ displayName: 'many', members: flow.people.slice(40, 100) })
    await flow.admin.resetCounters()
    await flow.admin.assignAppRole(group.id, 'Editor')
    expect(await flow.cycle('incremental')).toMatchObject({ kind: 'incremental', counters: { updated: 60 } })
    const { requests } = await flow.admin.counters()
    expect(requests['servicePrincipals/{id}/appRoleAssignedTo']).toBeLessThanOrEqual(8)
  })
})

type Admin = Awaited<ReturnType<typeof scene>>['admin']

describe.each(['security', 'm365'] as const)('a dynamic group (%s)', (kind) => {
  test('gives its role as soon as its rule has run', async () => {
    const id = randomUUID()
    const flow = await scene([{ kind: 'group', group: id, role: 'author' }])
    const [one, two] = flow.people
    const rule = { property: 'department', equals: 'Press' }
    await flow.admin.createGroup({ id, displayName: 'press', kind, rule })
    await flow.admin.updateUser(one!, { department: 'press' })
    await flow.cycle()
    expect(await flow.all()).toEqual({ author: 1, subscriber: flow.people.length - 1 })
    await expect(flow.admin.addMembers(id, [two!])).rejects.toThrow('by its rule only')

    // The rule runs later than the change: the first cycle sees the department only.
    await flow.admin.setRulesWait(true)
    await flow.admin.updateUsers([
      { id: one!, patch: { department: 'Sales' } },
      { id: two!, patch: { department: 'Press' } },
    ])
    await flow.cycle('incremental')
    expect([await flow.rolesOf(one!), await flow.rolesOf(two!)]).toEqual(['author', 'subscriber'])
    await flow.admin.setRulesWait(false)
    expect(await flow.cycle('incremental')).toMatchObject({ counters: { updated: 2 } })
    expect([await flow.rolesOf(one!), await flow.rolesOf(two!)]).toEqual(['subscriber', 'author'])
  })
})

test('a tenant without delta: groups and app roles reach everybody with the next cycle', async () => {
  const [upper, lower] = [randomUUID(), randomUUID()]
  const rules: RoleRule[] = [{ kind: 'group', group: upper, role: 'author' }, appRule('Editor', 'editor')]
  const flow = await scene(rules, { kind: 'b2c' })
  const [one, two, three] = flow.people
  await flow.admin.createGroup({ id: lower, displayName: 'lower', members: [one!] })
  await flow.admin.createGroup({ id: upper, displayName: 'upper', members: [lower] })
  await flow.admin.assignAppRole(two!, 'Editor')
  await flow.cycle()
  const roles = () => Promise.all([one, two, three].map((person) => flow.rolesOf(person!)))
  expect(await roles()).toEqual(['author', 'editor', 'subscriber'])
  await flow.admin.removeMembers(lower, [one!])
  await flow.admin.addMembers(lower, [three!])
  await flow.admin.unassignAppRole(two!, 'Editor')
  await flow.admin.assignAppRole(one!, 'Editor')
  expect(await flow.cycle('full')).toMatchObject({ counters: { updated: 3 } })
  expect(await roles()).toEqual(['editor', 'subscriber', 'author'])
  expect((await flow.cycle('full')).counters).toMatchObject({ queued: 0 })
})
