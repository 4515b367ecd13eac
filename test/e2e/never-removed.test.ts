import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import type { FaultInput } from '../../dev/directory/admin-schemas.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { compileExpression, type Expression } from '../../lib/domain/expression.ts'
import type { LeavingPolicy } from '../../lib/domain/leaving.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { createCycleScene, type CycleScene } from '../support/cycle-scene.ts'
import { listAccounts } from '../support/list-accounts.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { handleMessages } from '../support/pump.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'

/** Rules 1, 3 and 4: whom no fault, no policy and no mistake ever suspends, deletes or demotes. */

let servers: Omit<LaneServers, 'directory'>
const stops: (() => Promise<void>)[] = []
let scenes = 0
let site: LaneServers['site']

beforeAll(async () => {
  const [azurite, started] = await Promise.all([startAzurite(), startEmbeddedWordPress({ version: '6.6-RC3' })])
  stops.push(azurite.stop, started.stop)
  site = started
  servers = { site, storage: azurite.connectionString }
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

const suspend: LeavingPolicy = { action: 'suspend', deleteAfter: null }
const remove: LeavingPolicy = { action: 'delete', deleteAfter: null }
const all = (policy: LeavingPolicy) => ({ disabled: policy, deleted: policy, absent: policy, 'out-of-scope': policy })

async function scene(policy: SyncAppOptions['policy'] = {}): Promise<CycleScene> {
  const made = await createCycleScene(servers, `never${++scenes}`, {
    policy,
    // The first absence counts at once: whoever is taken for gone is gone.
    timings: { absenceConfirmed: 1 },
  })
  stops.push(made.stop)
  return made
}

describe('rule 1: nobody is suspended or deleted because a read failed, was partial, or a token expired', () => {
  let lane: CycleScene
  let people: string[]

  beforeAll(async () => {
    lane = await scene({ scope: { filter: departmentFilter(), visible: new Set(['department']) } })
    people = await lane.people(3)
    expect(await lane.cycle()).toMatchObject({ state: 'settled', counters: { created: 3 } })
  })
  // However bad it was: once it is over, the next cycle finds nothing to do.
  afterEach(async () => {
    await heal()
    expect(await lane.cycle('full')).toMatchObject({ state: 'settled', error: null })
    await expectNobodyGone()
  })

  async function heal(): Promise<void> {
    const { admin } = lane.directory
    await Promise.all([admin.clearFaults(), admin.setEmpty(false), admin.setForeignTenant(false)])
  }

  async function expectNobodyGone(): Promise<void> {
    const links = await Promise.all(people.map(lane.link))
    for (const link of links) expect(link).toMatchObject({ state: 'active', leaving: null, removal: null })
    const site = lane.context.site(lane.connection.site)
    const accounts = await site.readUsers(links.map((link) => link!.wordpressId!))
    expect([...accounts.values()].map(({ roles }) => roles)).toEqual(people.map(() => ['subscriber']))
    // Not even for a while.
    const told = (await lane.rows()).map(({ status }) => status)
    expect(told.filter((status) => !['created', 'updated', 'failed'].includes(status))).toEqual([])
    expect(await lane.removals()).toEqual([])
  }

  let departments = 0
  /** A full cycle, with somebody to look at, as far as it gets by itself; returns what the operator is told. */
  async function badCycle(department = `Department ${++departments}`): Promise<string[]> {
    const before = lane.logged().length
    await lane.directory.admin.updateUser(people[0]!, { department })
    await sendRead(lane.context, { connection: lane.id, start: 'full' })
    while ((await handleMessages(lane.context)) > 0);
    const { error } = (await lane.context.stores.cycles.list(lane.id, 1))[0]!
    const told = lane
      .logged()
      .slice(before)
      .filter(({ level }) => level !== 'info')
    return [...told.map(({ event, fields }) => `${event}: ${String(fields?.['reason'])}`), ...(error ? [error] : [])]
  }

  const kinds: FaultInput[] = [
    { status: 429, headers: { 'Retry-After': '1' } },
    { status: 503 },
    { breaks: 'disconnect' },
    { breaks: 'truncate' },
    { breaks: 'html' },
  ]

  test.each([
    ['pages', 'users/delta', false],
    ['the sweep', 'getByIds', false],
    ['people by id', 'users', false],
    // Lists show nobody: everybody is asked for alone, and among the deleted.
    ['people one by one', '$batch', true],
  ] as const)('%s: throttled, broken, cut, cut in the middle, a page of HTML', async (_, route, empty) => {
    for (const kind of kinds) {
      await lane.directory.admin.setEmpty(empty)
      await lane.directory.admin.setFault({ route, ...kind })
      expect(await badCycle()).not.toEqual([])
      await heal()
    }
    await expectNobodyGone()
  })

  const gone: FaultInput = { route: 'users/{id}', status: 404, code: 'Request_ResourceNotFound' }
  test.each<[string, FaultInput[]]>([
    ['in no list, and alone they can’t be read', [{ route: 'users/{id}', status: 503 }]],
    ['nobody by that id, and the deleted can’t be read', [gone, { route: 'deletedItems/{id}', status: 503 }]],
  ])('%s', async (_, faults) => {
    await lane.directory.admin.setEmpty(true)
    for (const fault of faults) await lane.directory.admin.setFault(fault)
    expect(await badCycle()).not.toEqual([])
    expect(await lane.waiting('bulk')).toBeGreaterThan(0)
    await expectNobodyGone()
  })

  test('the token expires, and there is no new one', async () => {
    await lane.directory.admin.expireTokens()
    await lane.directory.admin.setFault({ route: 'token', status: 401, code: 'invalid_client' })
    expect(await badCycle()).not.toEqual([])
    await expectNobodyGone()
  })

  test('every list of the directory is empty', async () => {
    await lane.directory.admin.setEmpty(true)
    expect((await badCycle()).join()).toMatch(/named nobody/)
    await expectNobodyGone()
  })

  test('the credential is another tenant’s, which knows nobody of ours', async () => {
    await lane.directory.admin.setForeignTenant(true)
    expect((await badCycle()).join()).toMatch(/the credential belongs to tenant/)
    await lane.settle(...people)
    expect(lane.logged().at(-1)).toMatchObject({ event: 'users not settled' })
    await expectNobodyGone()
  })

  test('the filter fails', async () => {
    await badCycle('fail')
    expect(await lane.told(people[0]!)).toContain('failed filter-failed')
    await expectNobodyGone()
    await lane.directory.admin.updateUser(people[0]!, { department: 'Sales' })
  })
})

describe('rule 3: unless the configuration names them, nobody suspends, deletes or demotes', () => {
  const setRoles = (account: number, ...roles: string[]) =>
    site.php(
      `$user = get_user_by('id', ${account}); $user->set_role(''); foreach (explode(' ', '${roles.join(' ')}') as $role) $user->add_role($role);`,
    )
  const untouchable = ['boss', 'chief', 'editor', 'named', 'own', 'heir'] as const

  /** All of them have accounts, and `free`, an administrator whom the configuration names. */
  async function cast(policy: LeavingPolicy) {
    const lane = await scene({ leaving: all(policy), guestRole: 'contributor' })
    const who: Record<string, { person: string; account: number }> = {}
    for (const name of [...untouchable, 'free']) who[name] = { person: await lane.person(name), account: 0 }
    await lane.settle(...Object.values(who).map(({ person }) => person))
    for (const one of Object.values(who)) one.account = (await lane.link(one.person))!.wordpressId!
    await setRoles(who['boss']!.account, 'administrator')
    await setRoles(who['chief']!.account, 'contributor', 'administrator')
    await setRoles(who['editor']!.account, 'author', 'editor')
    await setRoles(who['free']!.account, 'contributor', 'administrator')
    const { connection, id } = lane
    Object.assign(connection, { reassignTo: `HEIR.${id}` })
    Object.assign(connection.site, {
      username: `Own.${id}`,
      protectedRoles: ['administrator', 'editor'],
      protectedUsers: [`NAMED.${id}`],
      unprotectedUsers: [`FREE.${id}`],
    })
    const shown = () => Promise.all(untouchable.map((name) => lane.account(who[name]!.account)))
    return { lane, who, shown, settle: () => lane.settle(...Object.values(who).map(({ person }) => person)) }
  }

  test.each([suspend, remove])(
    'administrators, protected roles and logins, the sync itself, the heir: $action',
    async (policy) => {
      const { lane, who, shown, settle } = await cast(policy)
      const before = await shown()
      for (const [name, { person }] of Object.entries(who))
        if (name !== 'heir' || policy === suspend) await lane.directory.admin.softDelete(person)
      await settle()
      await settle()
      expect(await shown()).toEqual(before)
      for (const name of untouchable.filter((one) => one !== 'heir' || policy === suspend)) {
        const { person, account } = who[name]!
        expect([name, ...(await lane.told(person))]).toEqual([name, 'created', 'skipped protected-account'])
        expect(await lane.link(person)).toMatchObject({
          state: 'active',
          wordpressId: account,
          leaving: { reason: 'deleted' },
        })
      }
      expect(await lane.told(who['free']!.person)).toEqual([
        'created',
        `${policy === suspend ? 'suspended' : 'deleted'} deleted`,
      ])
      expect(await lane.removals()).toEqual([])
    },
  )

  test('a managed role is taken from nobody protected; an update of a field takes no role', async () => {
    const { lane, who, shown, settle } = await cast(suspend)
    const before = (await shown()).map((account) => account?.roles)
    for (const { person } of Object.values(who))
      await lane.directory.admin.updateUser(person, { displayName: 'New Name' })
    await settle()
    expect((await shown()).map((account) => [account?.fields.name, account?.roles])).toEqual(
      before.map((roles) => ['New Name', roles]),
    )
    expect((await lane.account(who['free']!.account))?.roles).toEqual(['administrator'])
  })

  test('who is protected only since they were suspended has the same roles again when they are back', async () => {
    const lane = await scene()
    const [anna] = await lane.people(1)
    await lane.settle(anna!)
    await lane.directory.admin.softDelete(anna!)
    await lane.settle(anna!)
    lane.connection.site.protectedUsers.push(`p0.${lane.id}`)
    await lane.directory.admin.restore(anna!)
    await lane.settle(anna!)
    expect(await lane.told(anna!)).toEqual(['created', 'suspended deleted', 'restored'])
    expect((await lane.accountOf(anna!))?.roles).toEqual(['subscriber'])
  })
})

test('rule 4: an account that the sync neither made nor adopted is never touched, whoever leaves', async () => {
  const lane = await scene({ leaving: all(remove), reassignTo: site.adminUsername })
  await lane.stranger(`p0.${lane.id}`, lane.address('elsewhere'))
  await lane.stranger(`other.${lane.id}`, lane.address('p1'), 'editor')
  Object.assign(lane.connection, { adoption: { members: [], guests: [] } })
  const strangers = async () =>
    (await listAccounts(site)).filter(({ login }) => [`p0.${lane.id}`, `other.${lane.id}`].includes(login))
  const before = await strangers()
  // p0 gets another name, for theirs is taken; p1 is refused, for the address is.
  const people = await lane.people(2)
  await lane.cycle()
  expect(await lane.told(people[1]!)).toEqual(['skipped email-taken'])
  for (const person of people) await lane.directory.admin.softDelete(person)
  await lane.cycle()
  expect(await lane.told(people[0]!)).toEqual(['created', 'deleted deleted'])
  expect(await lane.told(people[1]!)).toEqual(['skipped email-taken'])
  expect(before).toHaveLength(2)
  expect(await strangers()).toEqual(before)
})

/** Fails where the department says so. */
function departmentFilter(): Expression {
  const compiled = compileExpression('department = "fail" ? $number(department) > 1 : true')
  if (!compiled.ok) throw new Error('the filter is wrong')
  return compiled.expression
}
