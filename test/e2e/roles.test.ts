import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import type { RolePolicy, RoleRule } from '../../lib/domain/role-rules.ts'
import { decideRemovals, type Decision } from '../../lib/sync/decide-removals.ts'
import { createCycleScene } from '../support/cycle-scene.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { noRoles, type SyncAppOptions } from '../support/sync-app.ts'
import { useStops } from '../support/use-servers.ts'

/** Groups and expressions become roles on a real site, and nobody loses them by mistake. */

const stops = useStops()
let servers: Omit<LaneServers, 'directory'>
let scenes = 0

beforeAll(async () => {
  const [azurite, site] = await Promise.all([startAzurite(), startEmbeddedWordPress({ version: '6.6-RC3' })])
  stops.push(azurite.stop, site.stop)
  servers = { site, storage: azurite.connectionString }
  await site.php(`add_role('vip', 'VIP', ['read' => true]);`)
})

type More = Partial<RolePolicy> & { policy?: SyncAppOptions['policy'] }

/** Groups that are there from the beginning, by name, and rules for them in order. */
async function scene(given: Record<string, string | null>, { policy, ...more }: More = {}) {
  const ids = Object.fromEntries(Object.keys(given).map((name) => [name, randomUUID()]))
  const rules = Object.entries(given).flatMap(([name, role]): RoleRule[] =>
    role === null ? [] : [{ kind: 'group', group: ids[name]!, role }],
  )
  const settings = new Map(rules.map((rule) => ['role' in rule ? rule.role : '', 'roles.rules']))
  const roles: RolePolicy = { ...noRoles, rules, settings, ...more }
  const lane = await createCycleScene(servers, `roles${++scenes}`, { policy: { roles, ...policy } })
  stops.push(lane.stop)
  const { admin } = lane.directory
  for (const [name, id] of Object.entries(ids)) await admin.createGroup({ id, displayName: name })
  return {
    ...lane,
    admin,
    group: (name: string) => ids[name]!,
    join: (group: string, ...members: string[]) => admin.addMembers(ids[group]!, members),
    leave: (group: string, ...members: string[]) => admin.removeMembers(ids[group]!, members),
    rolesOf: async (person: string) => (await lane.accountOf(person))?.roles.toSorted().join(' '),
    /** As a hand would on the site. */
    async give(person: string, role: string) {
      const { wordpressId } = (await lane.link(person))!
      await servers.site.php(`(new WP_User(${wordpressId}))->add_role('${role}');`)
    },
    async decided(decision: Decision, whose: readonly string[] | 'all' = 'all') {
      await decideRemovals(lane.context, lane.connection, decision, whose)
      await lane.quiet()
    },
    held: async () => (await lane.removals()).map(({ state, action, reason }) => `${state} ${action} ${reason}`),
  }
}

const open = { guard: { most: 500, percent: 100, fewest: 500 } }

describe('five groups, nested in each other', () => {
  const groups = { heads: 'editor', press: 'author', night: 'contributor', staff: 'subscriber', all: null }

  test('priority: the first rule decides; who moves has the new role within a cycle, and none of the old ones', async () => {
    const lane = await scene(groups, { policy: open })
    await lane.join('press', lane.group('night'))
    await lane.join('staff', lane.group('press'))
    await lane.join('all', lane.group('staff'), lane.group('heads'))
    const [head, night, staff, both, nobody] = await lane.people(5)
    await lane.join('heads', head!, both!)
    await lane.join('night', night!, both!)
    await lane.join('staff', staff!)
    const first = await lane.cycle()
    // Roles go along with new accounts, but for whom no rule takes: they have the site's default role, which a rule names here.
    expect(first.counters).toMatchObject({ created: 5, updated: 1, siteWrites: 2 })
    const roles = () => Promise.all([head, night, staff, both, nobody].map((one) => lane.rolesOf(one!)))
    expect(await roles()).toEqual(['editor', 'author', 'subscriber', 'editor', ''])
    expect((await lane.cycle('full')).counters).toMatchObject({ siteWrites: 0, queued: 0 })

    await lane.leave('heads', both!)
    await lane.join('heads', staff!)
    await lane.join('night', nobody!)
    expect((await lane.cycle()).counters).toMatchObject({ updated: 3, siteWrites: 1 })
    expect(await roles()).toEqual(['editor', 'author', 'editor', 'author', 'author'])
    // A nested group moves with all who are in it.
    await lane.leave('press', lane.group('night'))
    expect((await lane.cycle()).kind).toBe('incremental')
    expect(await roles()).toEqual(['editor', 'contributor', 'editor', 'contributor', 'contributor'])
    expect((await lane.cycle('full')).counters).toMatchObject({ siteWrites: 0 })
  })

  test('union and a default role: all of them at once, and what hands gave besides stays', async () => {
    const shops = await scene(
      { heads: 'editor', press: 'author' },
      { mode: 'union', fallback: 'subscriber', policy: open },
    )
    const [both, one, none] = await shops.people(3)
    await shops.join('heads', both!, one!)
    await shops.join('press', both!)
    expect((await shops.cycle()).counters).toMatchObject({ created: 3, updated: 0, siteWrites: 1 })
    const roles = () => Promise.all([both, one, none].map((person) => shops.rolesOf(person!)))
    expect(await roles()).toEqual(['author editor', 'editor', 'subscriber'])
    for (const person of [both, one, none]) await shops.give(person!, 'vip')
    await shops.leave('heads', both!, one!)
    await shops.join('press', none!)
    await shops.cycle()
    expect(await roles()).toEqual(['author vip', 'subscriber vip', 'author vip'])
    expect(await shops.told(one!)).toEqual(['created', 'updated no-mapped-role'])
    expect(await shops.told(both!)).toEqual(['created', 'updated'])
  })
})

test('guests have their role beside those of rules; an expression names roles, and one that names others is that person’s fault', async () => {
  const compiled = compileExpression('extension_0123456789abcdef0123456789abcdef_role')
  if (!compiled.ok) throw new Error('no expression')
  const { expression } = compiled
  const lane = await scene(
    { heads: 'editor' },
    {
      rules: [{ kind: 'named', expression, roles: ['author', 'contributor'] }],
      ...{ visible: new Set(expression.properties), properties: expression.properties, fallback: 'subscriber' },
      policy: { guestRole: 'contributor' },
    },
  )
  const attribute = (value: string) => ({ extension_0123456789abcdef0123456789abcdef_role: value })
  const guest = await lane.person('guest', { userType: 'Guest', ...attribute('author') })
  const raised = await lane.person('raised', attribute('administrator'))
  const plain = await lane.person('plain')
  expect((await lane.cycle()).counters).toMatchObject({ created: 2, failed: 1 })
  expect(await lane.rolesOf(guest)).toBe('author contributor')
  expect(await lane.rolesOf(plain)).toBe('subscriber')
  expect(await lane.told(raised)).toEqual(['failed roles-failed'])
  await lane.admin.updateUser(raised, attribute('author'))
  await lane.cycle()
  expect(await lane.rolesOf(raised)).toBe('author')
})

test('suspended people get exactly their roles back, adjusted to the rules of the day', async () => {
  const lane = await scene({ heads: 'editor', press: 'author' }, { policy: open })
  const [stays, moves] = await lane.people(2)
  await lane.join('heads', stays!, moves!)
  await lane.cycle()
  for (const person of [stays!, moves!]) await lane.give(person, 'vip')
  await lane.admin.updateUsers([stays!, moves!].map((id) => ({ id, patch: { accountEnabled: false } })))
  await lane.cycle()
  expect(await lane.rolesOf(stays!)).toBe('')
  await lane.leave('heads', moves!)
  await lane.join('press', moves!)
  await lane.cycle()
  await lane.admin.updateUsers([stays!, moves!].map((id) => ({ id, patch: { accountEnabled: true } })))
  await lane.cycle()
  expect([await lane.rolesOf(stays!), await lane.rolesOf(moves!)]).toEqual(['editor vip', 'author vip'])
})

describe('protected roles', () => {
  test('are neither given nor taken: an administrator by hand keeps everything', async () => {
    const lane = await scene({ heads: 'editor', press: 'author' }, { policy: open })
    const [raised] = await lane.people(1)
    await lane.join('heads', raised!)
    await lane.cycle()
    await lane.give(raised!, 'administrator')
    await lane.leave('heads', raised!)
    await lane.join('press', raised!)
    await lane.cycle()
    await lane.cycle('full')
    expect(await lane.rolesOf(raised!)).toBe('administrator editor')
  })

  test('unless they are named: then given, taken, and suspended; adoption is another matter', async () => {
    const lane = await scene({ admins: 'administrator' }, { allowProtected: ['administrator'], policy: open })
    const [chief, second] = await lane.people(2)
    await lane.join('admins', chief!, second!)
    await lane.stranger('theirs', lane.address('theirs'), 'administrator')
    const theirs = await lane.person('theirs')
    await lane.cycle()
    expect(await lane.rolesOf(chief!)).toBe('administrator')
    expect(await lane.told(theirs)).toEqual(['skipped protected-account'])
    await lane.leave('admins', chief!)
    await lane.admin.updateUser(second!, { accountEnabled: false })
    await lane.cycle()
    expect([await lane.rolesOf(chief!), await lane.rolesOf(second!)]).toEqual(['', ''])
    expect((await lane.link(second!))?.state).toBe('suspended')
  })
})

describe('nobody loses a role because something could not be read:', () => {
  test('a group that was deleted stops the cycle and is told; looks wait', async () => {
    const lane = await scene({ heads: 'editor', press: 'author' }, { fallback: 'subscriber', policy: open })
    const people = await lane.people(4)
    await lane.join('heads', ...people)
    await lane.cycle()
    await lane.admin.deleteGroup(lane.group('heads'))
    for (const start of ['incremental', 'full'] as const) {
      const cycle = await lane.cycle(start)
      expect(cycle).toMatchObject({ state: 'reading', counters: { queued: 0 } })
      expect(cycle.error).toContain(lane.group('heads'))
      expect(cycle.error).toContain('roles.rules')
    }
    await lane.look(people)
    await lane.drain()
    for (const person of people) {
      expect(await lane.rolesOf(person)).toBe('editor')
      expect(await lane.told(person)).toEqual(['created'])
    }
    expect(lane.logged('users not settled')).toMatchObject([
      { fields: { reason: expect.stringContaining('no group') } },
    ])
  })

  test.each([
    ['memberships are refused', { route: 'checkMemberGroups', status: 403, code: 'Authorization_RequestDenied' }],
    ['memberships can’t be had', { route: 'checkMemberGroups', status: 503, times: 3 }],
  ] as const)('%s', async (_, fault) => {
    const lane = await scene({ heads: 'editor' }, { fallback: 'subscriber', policy: open })
    const people = await lane.people(3)
    await lane.join('heads', ...people)
    await lane.cycle()
    await lane.admin.setFault(fault)
    await lane.look(people)
    await lane.drain()
    for (const person of people) expect(await lane.rolesOf(person)).toBe('editor')
  })
})

describe('losing all roles by rules', () => {
  /** Ten people, of whom two may lose them within a day. */
  async function ten() {
    const lane = await scene(
      { heads: 'editor', press: 'author' },
      { fallback: 'subscriber', policy: { guard: { most: 2, percent: 100, fewest: 2 } } },
    )
    const people = await lane.people(10)
    await lane.join('heads', ...people)
    await lane.cycle()
    return { lane, people, gone: people.slice(0, 3), others: people.slice(3) }
  }

  test('is held where it is too many: told once, while all else goes on; and a second cycle changes nothing', async () => {
    const { lane, gone, others } = await ten()
    await lane.leave('heads', ...gone, others[0]!)
    await lane.join('press', others[0]!)
    await lane.admin.updateUsers([gone[0]!, others[1]!].map((id) => ({ id, patch: { givenName: 'Renamed' } })))
    const cycle = await lane.cycle()
    expect(cycle).toMatchObject({ state: 'settled', counters: { held: 3 } })
    expect(await lane.held()).toEqual(Array(3).fill('held demote no-mapped-role'))
    for (const person of gone) expect(await lane.rolesOf(person)).toBe('editor')
    expect(await lane.rolesOf(others[0]!)).toBe('author')
    // What is held is the role, not the person.
    for (const person of [gone[0]!, others[1]!])
      expect((await lane.accountOf(person))?.fields.first_name).toBe('Renamed')
    expect((await lane.guard())?.tripped).toMatchObject({ removals: 3, limit: 2 })

    const again = await lane.cycle('full')
    expect(again.counters).toMatchObject({ siteWrites: 0, held: 0 })
    expect(await lane.told(gone[0]!)).toEqual(['created', 'updated', 'held no-mapped-role'])
    expect(await lane.told(gone[1]!)).toEqual(['created', 'held no-mapped-role'])
  })

  test('held, approved: it happens, is told as approved, and the row is gone', async () => {
    const { lane, gone } = await ten()
    await lane.leave('heads', ...gone)
    await lane.cycle()
    await lane.decided('approve')
    for (const person of gone) {
      expect(await lane.rolesOf(person)).toBe('subscriber')
      expect(await lane.told(person)).toEqual(['created', 'held no-mapped-role', 'updated no-mapped-role, approved'])
    }
    expect(await lane.held()).toEqual([])
    expect((await lane.guard())?.tripped).toBeNull()
    expect(await lane.counted()).toBe(0)
    expect((await lane.cycle('full')).counters).toMatchObject({ siteWrites: 0 })
  })

  test('held, rejected: they keep the role, all else still follows the directory, and back in a group it is forgotten', async () => {
    const { lane, gone } = await ten()
    await lane.leave('heads', ...gone)
    await lane.cycle()
    await lane.decided('reject')
    await lane.admin.updateUser(gone[0]!, { givenName: 'Renamed' })
    await lane.cycle()
    await lane.cycle('full')
    expect((await lane.accountOf(gone[0]!))?.fields.first_name).toBe('Renamed')
    for (const person of gone) expect(await lane.rolesOf(person)).toBe('editor')
    expect(await lane.held()).toEqual(Array(3).fill('rejected demote no-mapped-role'))
    await lane.join('press', gone[0]!)
    await lane.join('heads', gone[1]!)
    await lane.cycle()
    expect(await lane.held()).toHaveLength(1)
    expect([await lane.rolesOf(gone[0]!), await lane.rolesOf(gone[1]!)]).toEqual(['author', 'editor'])
  })

  test('within the limit goes at the end of its cycle, and is counted', async () => {
    const { lane, gone } = await ten()
    await lane.leave('heads', ...gone.slice(0, 2))
    expect(await lane.cycle()).toMatchObject({ state: 'settled', counters: { updated: 2, held: 0 } })
    expect(await lane.rolesOf(gone[0]!)).toBe('subscriber')
    expect(await lane.counted()).toBe(2)
    await lane.admin.updateUser(gone[2]!, { accountEnabled: false })
    await lane.cycle()
    expect(await lane.held()).toEqual(['held suspend disabled'])
  })

  test('at adoption is no different: accounts keep what hands gave them until the guard has judged', async () => {
    const lane = await scene(
      { heads: 'editor' },
      { fallback: 'subscriber', policy: { guard: { most: 1, percent: 100, fewest: 1 } } },
    )
    for (const name of ['anna', 'berta', 'cleo'])
      await lane.stranger(`${name}.${lane.id}`, lane.address(name), 'editor')
    const people = [await lane.person('anna'), await lane.person('berta'), await lane.person('cleo')]
    await lane.join('heads', people[2]!)
    expect((await lane.cycle()).counters).toMatchObject({ adopted: 3, held: 2 })
    for (const person of people) expect(await lane.rolesOf(person)).toBe('editor')
    await lane.decided('approve', [people[0]!])
    expect(await Promise.all(people.map((person) => lane.rolesOf(person)))).toEqual(['subscriber', 'editor', 'editor'])
  })
})

describe('a role that the site doesn’t have', () => {
  test('is told of those who are to have it, by name and setting, once; nobody else waits, and nothing is tried again', async () => {
    const lane = await scene({ heads: 'editor', wrong: 'editorx' }, { policy: open })
    const people = await lane.people(30)
    const [fine, others] = [people.slice(0, 3), people.slice(3)]
    await lane.join('heads', ...fine)
    await lane.join('wrong', ...others)
    const cycle = await lane.cycle()
    expect(cycle.counters).toMatchObject({ created: 3, failed: 27 })
    for (const person of fine) expect(await lane.rolesOf(person)).toBe('editor')
    const told = (await lane.rows()).filter(({ status }) => status === 'failed')
    expect(told).toHaveLength(27)
    for (const row of told) {
      expect(row.reason).toBe('unknown-role: editorx')
      expect(row.error).toContain('The site has no role "editorx", which roles.rules names')
    }
    expect(await Promise.all(others.map(async (person) => (await lane.link(person))?.failure?.attempts))).toEqual(
      Array(27).fill(8),
    )
    expect(await lane.accounts()).toHaveLength(3)
    expect(lane.logged('role not given')).toHaveLength(1)
  })

  test('and is there later, is given', async () => {
    const lane = await scene({ late: 'latecomer' }, { policy: open })
    const [person] = await lane.people(1)
    await lane.join('late', person!)
    await lane.cycle()
    expect(await lane.told(person!)).toEqual(['failed unknown-role: latecomer'])
    await servers.site.php(`add_role('latecomer', 'Latecomer', ['read' => true]);`)
    await lane.cycle('full')
    expect(await lane.rolesOf(person!)).toBe('latecomer')
  })
})
