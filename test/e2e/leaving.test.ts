import { describe, expect, test } from 'vitest'
import type { PersonPatch } from '../../dev/directory/person.ts'
import { timeStamp } from '../../lib/domain/attempt.ts'
import { leavingReasons, type LeavingPolicy, type LeavingReason } from '../../lib/domain/leaving.ts'
import { judgeCycle } from '../../lib/sync/judge-cycle.ts'
import { wakeLanes } from '../../lib/sync/wake-lanes.ts'
import { createLaneScene } from '../support/lane-scene.ts'
import { moveClock } from '../support/move-clock.ts'
import type { SyncAppOptions } from '../support/sync-app.ts'
import { useLaneServers } from '../support/use-servers.ts'

/** What becomes of the accounts of those who leave, and of those who come back. */

const servers = useLaneServers()
let scenes = 0

const leave: LeavingPolicy = { action: 'leave', deleteAfter: null }
const suspend: LeavingPolicy = { action: 'suspend', deleteAfter: null }
const remove: LeavingPolicy = { action: 'delete', deleteAfter: null }
const all = (policy: LeavingPolicy) => ({ disabled: policy, deleted: policy, absent: policy, 'out-of-scope': policy })

const day = 86_400_000

/** Guests don't belong on the site. */
function scene(leaving: LeavingPolicy, policy: SyncAppOptions['policy'] = {}) {
  const id = `leave${++scenes}`
  const lane = createLaneScene(servers, id, {
    policy: { scope: { guests: false }, leaving: all(leaving), reassignTo: `heir.${id}`, ...policy },
  })
  const { admin } = servers.directory
  const patch = async (person: string, values: PersonPatch) => void (await admin.updateUser(person, values))
  const ways: Record<LeavingReason, { go(person: string): Promise<void>; back(person: string): Promise<void> }> = {
    disabled: {
      go: (person) => patch(person, { accountEnabled: false }),
      back: (person) => patch(person, { accountEnabled: true }),
    },
    deleted: { go: admin.softDelete, back: admin.restore },
    absent: { go: admin.purge, back: () => Promise.reject(new Error('nobody comes back from there')) },
    'out-of-scope': {
      go: (person) => patch(person, { userType: 'Guest' }),
      back: (person) => patch(person, { userType: 'Member' }),
    },
  }
  /** Time goes by, whoever is due is looked at, and the next cycle, which finds nothing else, judges them. */
  async function pass(milliseconds: number): Promise<void> {
    const { context, connection } = lane
    moveClock(context, milliseconds)
    await wakeLanes(context)
    await lane.drain()
    if (await judgeCycle(context, connection, timeStamp(context.now()))) await lane.drain()
  }
  return {
    ...lane,
    heir: () => lane.stranger(`heir.${id}`, lane.address('heir')),
    /** Somebody who has an account with these roles; returns object id and WordPress id. */
    async member(name: string, roles: string[] = ['editor', 'author', 'contributor']): Promise<[string, number]> {
      const person = await lane.person(name)
      await lane.settle(person)
      const account = (await lane.link(person))!.wordpressId!
      await setRoles(account, roles)
      return [person, account]
    },
    /** The person leaves, and is looked at; who is absent a second time, a day later. */
    async leaves(person: string, reason: LeavingReason): Promise<void> {
      await ways[reason].go(person)
      await lane.settle(person)
      if (reason === 'absent') await pass(day)
    },
    pass,
    async comesBack(person: string, reason: LeavingReason): Promise<void> {
      await ways[reason].back(person)
      await lane.settle(person)
    },
    rolesOf: async (account: number) => (await lane.account(account))?.roles,
  }
}

async function setRoles(account: number, roles: string[]): Promise<void> {
  const added = roles.map((role) => `$user->add_role('${role}');`).join('')
  await servers.site.php(`$user = get_user_by('id', ${account}); $user->set_role(''); ${added}`)
}

async function post(author: number): Promise<() => Promise<number>> {
  const made = await servers.site.php(
    `echo wp_insert_post(['post_author' => ${author}, 'post_title' => 'Kept', 'post_status' => 'publish']);`,
  )
  return async () => Number(await servers.site.php(`echo get_post(${made})->post_author;`))
}

describe.each(leavingReasons)('somebody who is %s', (reason) => {
  const first = reason === 'absent' ? ['skipped absent'] : []

  test('is suspended: all roles are taken and remembered; who is back has the same account and exactly the same roles', async () => {
    const lane = scene(suspend)
    const [anna, account] = await lane.member('anna')
    await lane.leaves(anna, reason)
    expect(await lane.rolesOf(account)).toEqual([])
    expect(await lane.link(anna)).toMatchObject({
      state: 'suspended',
      wordpressId: account,
      roles: ['editor', 'author', 'contributor'],
      leaving: { reason },
      intent: null,
    })
    // Looked at again, nothing more is told or taken.
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', ...first, `suspended ${reason}`])
    expect((await lane.link(anna))?.roles).toEqual(['editor', 'author', 'contributor'])
    if (reason === 'absent') return

    await lane.comesBack(anna, reason)
    expect(await lane.rolesOf(account)).toEqual(['editor', 'author', 'contributor'])
    expect(await lane.link(anna)).toMatchObject({ state: 'active', wordpressId: account, roles: null, leaving: null })
    expect(await lane.told(anna)).toEqual(['created', `suspended ${reason}`, 'restored'])
    expect(await lane.accounts()).toEqual([`anna.${lane.id}`])
  })

  test('is deleted: the posts go to the heir, the link stays as a tombstone; who is back has a new account', async () => {
    const lane = scene(remove)
    const heir = await lane.heir()
    const [anna, account] = await lane.member('anna')
    const authorOf = await post(account)
    await lane.leaves(anna, reason)
    expect(await lane.told(anna)).toEqual(['created', ...first, `deleted ${reason}`])
    expect(await lane.account(account)).toBeUndefined()
    expect(await authorOf()).toBe(heir)
    expect(await lane.link(anna)).toMatchObject({ state: 'deleted', wordpressId: null, login: null, intent: null })
    expect(await lane.context.stores.links.ownerOf(lane.id, account)).toMatchObject({ objectId: anna })
    if (reason === 'absent') return

    await lane.comesBack(anna, reason)
    const link = await lane.link(anna)
    expect(link).toMatchObject({ state: 'active', leaving: null })
    expect(link?.wordpressId).not.toBe(account)
    expect(await lane.told(anna)).toEqual(['created', `deleted ${reason}`, 'created'])
  })

  test('is left alone where the policy says so', async () => {
    const lane = scene(leave)
    const [anna, account] = await lane.member('anna')
    await lane.leaves(anna, reason)
    expect(await lane.rolesOf(account)).toEqual(['editor', 'author', 'contributor'])
    expect(await lane.told(anna)).toEqual(['created', `skipped ${reason}`])
    expect(await lane.link(anna)).toMatchObject({ state: 'active', leaving: { reason } })
  })
})

describe('the time between', () => {
  const later: LeavingPolicy = { action: 'suspend', deleteAfter: 10 * day }

  test('suspension and deletion is over: the account goes, and its posts to the heir', async () => {
    const lane = scene(later)
    const heir = await lane.heir()
    const [anna, account] = await lane.member('anna')
    const authorOf = await post(account)
    await lane.leaves(anna, 'deleted')
    await lane.pass(9 * day)
    await lane.settle(anna)
    expect(await lane.rolesOf(account)).toEqual([])
    await lane.pass(day)
    expect(await lane.told(anna)).toEqual(['created', 'suspended deleted', 'deleted deleted'])
    expect(await lane.account(account)).toBeUndefined()
    expect(await authorOf()).toBe(heir)
  })

  test('suspension and deletion is enough to come back: nothing is deleted when it is over', async () => {
    const lane = scene(later)
    await lane.heir()
    const [anna, account] = await lane.member('anna')
    await lane.leaves(anna, 'deleted')
    await lane.comesBack(anna, 'deleted')
    await lane.pass(11 * day)
    expect(await lane.told(anna)).toEqual(['created', 'suspended deleted', 'restored'])
    expect(await lane.rolesOf(account)).toEqual(['editor', 'author', 'contributor'])
  })

  test('two absences: one alone, however often it is seen, is no evidence; who is seen again begins anew', async () => {
    const lane = scene(suspend, { leaving: { ...all(suspend), absent: remove } })
    await lane.heir()
    const [anna, account] = await lane.member('anna')
    const real = lane.context.directory(lane.connection)
    const lagging = { absent: true }
    const usersById: typeof real.usersById = async (ids, select) =>
      lagging.absent
        ? { found: new Map(ids.map((id) => [id, { kind: 'absent' }])), later: new Map() }
        : await real.usersById(ids, select)
    Object.assign(lane.context, { directory: () => ({ ...real, usersById }) })
    await lane.settle(anna)
    await lane.pass(day - 60_000)
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', 'skipped absent'])
    lagging.absent = false
    await lane.pass(60_000)
    expect(await lane.link(anna)).toMatchObject({ state: 'active', leaving: null, refused: null })
    lagging.absent = true
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', 'skipped absent', 'skipped absent'])
    expect(await lane.rolesOf(account)).toEqual(['editor', 'author', 'contributor'])
  })
})

describe('an heir', () => {
  test('who is missing: nothing is deleted, it is told with the cure, everybody else is still synced', async () => {
    const lane = scene(remove)
    const [anna, account] = await lane.member('anna')
    const [bea] = await lane.member('bea')
    const newcomer = await lane.person('newcomer')
    await servers.directory.admin.softDelete(anna)
    await servers.directory.admin.updateUser(bea, { displayName: 'New Name' })
    await lane.settle(anna, bea, newcomer)
    expect(await lane.told(anna)).toEqual(['created', 'failed heir-missing'])
    expect((await lane.rows()).find(({ status }) => status === 'failed')?.error).toMatch(
      /reassignTo.*nothing is deleted/,
    )
    expect(await lane.rolesOf(account)).toEqual(['editor', 'author', 'contributor'])
    expect(await lane.link(anna)).toMatchObject({ state: 'active', intent: null, leaving: { reason: 'deleted' } })
    expect([await lane.told(bea), await lane.told(newcomer)]).toEqual([['created', 'updated'], ['created']])

    // Once the heir is there, the next look does it.
    await lane.heir()
    await lane.settle(anna)
    expect(await lane.told(anna)).toEqual(['created', 'failed heir-missing', 'deleted deleted'])
  })

  test.each(['at the same time', 'before'])('who leaves too, %s: nothing is deleted', async (when) => {
    const lane = scene(remove)
    const [heir, heirsAccount] = await lane.member('heir')
    const [anna, account] = await lane.member('anna')
    await servers.directory.admin.softDelete(heir)
    if (when === 'before') await lane.settle(heir)
    await servers.directory.admin.softDelete(anna)
    await lane.settle(anna, heir)
    expect(await lane.told(anna)).toEqual(['created', 'failed heir-leaving'])
    expect(await lane.told(heir)).toEqual(['created', 'skipped protected-account'])
    expect(await lane.account(account)).toBeDefined()
    expect(await lane.rolesOf(heirsAccount)).toEqual(['editor', 'author', 'contributor'])
  })
})

describe('guests', () => {
  const tagged = { scope: {}, guestRole: 'contributor' }

  test('get the guest role beside their own, and lose it when they are members', async () => {
    const lane = scene(suspend, tagged)
    const guest = await lane.person('guest', { userType: 'Guest' })
    const [anna, account] = await lane.member('anna', ['editor'])
    await lane.settle(guest)
    expect((await lane.accountOf(guest))?.roles).toEqual(['subscriber', 'contributor'])
    await servers.directory.admin.updateUser(anna, { userType: 'Guest' })
    await lane.settle(anna)
    expect(await lane.rolesOf(account)).toEqual(['editor', 'contributor'])
    await servers.directory.admin.updateUser(anna, { userType: 'Member' })
    await lane.settle(anna)
    expect(await lane.rolesOf(account)).toEqual(['editor'])
    expect(await lane.told(anna)).toEqual(['created', 'updated', 'updated'])
  })

  test('who were suspended have the same roles again, and the guest role only if they still are guests', async () => {
    const lane = scene(suspend, tagged)
    const people = [
      await lane.person('stays', { userType: 'Guest' }),
      await lane.person('joins', { userType: 'Guest' }),
    ]
    await lane.settle(...people)
    for (const person of people) await lane.leaves(person, 'disabled')
    for (const person of people) expect((await lane.accountOf(person))?.roles).toEqual([])
    await servers.directory.admin.updateUser(people[1]!, { userType: 'Member' })
    for (const person of people) await lane.comesBack(person, 'disabled')
    expect((await lane.accountOf(people[0]!))?.roles).toEqual(['subscriber', 'contributor'])
    expect((await lane.accountOf(people[1]!))?.roles).toEqual(['subscriber'])
  })
})
