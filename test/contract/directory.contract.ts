import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { RetryLater, Terminal } from '../../lib/domain/faults.ts'
import { type Directory, DirectoryReset } from '../../lib/sync/ports/directory.ts'

export type DirectorySubject = {
  directory: Directory
  /** Makes the directory behind the port behave as a test needs it. */
  admin: DirectoryAdmin
  tenantId: string
  /** Milliseconds that an id waits where Graph names no time. */
  defaultWait: number
  stop(): Promise<void>
}

const select = ['displayName', 'mail', 'userPrincipalName', 'accountEnabled', 'department', 'otherMails']
const plain = { emptyPageEvery: 0, repeatEvery: 0, outOfOrder: false, replay: 0, omitEvery: 0 }

/** What every implementation of `Directory` keeps. `start` gives a workforce tenant with `users` people, 20 entries a page. */
export function directoryContract(name: string, start: (users: number) => Promise<DirectorySubject>): void {
  describe(`Directory: ${name}`, () => {
    let subject: DirectorySubject
    let directory: Directory
    let admin: DirectoryAdmin
    beforeAll(async () => {
      subject = await start(330)
      ;({ directory, admin } = subject)
    })
    afterAll(() => subject.stop())
    afterEach(async () => {
      await admin.clearFaults()
      await admin.releaseLag()
      await admin.setTraps(plain)
      await admin.setUnitLimit('documented')
    })

    /** Follows a round to its deltaLink. */
    const round = async (link: string | null, properties: readonly string[] = select) => {
      const users: DirectoryUser[] = []
      const removed: { id: string; reason: string }[] = []
      const sizes: number[] = []
      for (let next = link; ;) {
        const page = await directory.deltaPage(next, properties)
        users.push(...page.users)
        removed.push(...page.removed)
        sizes.push(page.users.length + page.removed.length)
        if (page.deltaLink !== null) return { users, removed, sizes, deltaLink: page.deltaLink }
        next = page.nextLink
      }
    }
    const everybody = async () => (await admin.listUsers()).filter(({ status }) => status === 'active')
    const activeIds = async (count: number) => (await everybody()).slice(0, count).map(({ person }) => person.id)

    test('names the tenant and counts its people', async () => {
      expect(await directory.organizationId()).toBe(subject.tenantId)
      expect(await directory.countUsers()).toBe((await everybody()).length)
    })

    test('has no count where it cannot be had', async () => {
      await admin.setFault({ route: 'users/$count', times: 1, status: 403, code: 'Authorization_RequestDenied' })
      expect(await directory.countUsers()).toBeNull()
      await admin.setFault({ route: 'users/$count', times: 1, breaks: 'disconnect' })
      expect(await directory.countUsers()).toBeNull()
    })

    describe('an enumeration', () => {
      test('has everybody, through empty pages, repeats and any order', async () => {
        await admin.setTraps({ emptyPageEvery: 3, repeatEvery: 2, outOfOrder: true })
        const { users, sizes } = await round(null)
        const ids = users.map(({ id }) => id)
        expect(new Set(ids)).toEqual(new Set((await everybody()).map(({ person }) => person.id)))
        expect(ids.length).toBeGreaterThan(new Set(ids).size)
        expect(sizes.filter((size) => size === 0).length).toBeGreaterThan(1)
        expect(ids.slice(0, 20)).not.toEqual(await activeIds(20))
      })

      test('has the values of awkward people as they are, and leaves out what was never set', async () => {
        const { users } = await round(null)
        const byName = new Map(users.map((user) => [user.displayName, user]))
        for (const expected of ['Jürgen Strauß', "Shane O'Neil", '王小明', 'ليلى الحربي', 'Ellen 🎉👩🏽‍💻'])
          expect([...byName.keys()]).toContain(expected)
        expect(byName.get("Shane O'Neil")?.department).toBe('R&D')
        expect(byName.get('Bob (Partner)')?.userPrincipalName).toContain('#EXT#@')
        expect(byName.get('Upn Only')).not.toHaveProperty('mail')
        expect(byName.get('Ida Identity')).toHaveProperty('mail', null)
      })

      test('shows who is gone already, and says how', async () => {
        const [soft, hard] = [
          await admin.createUser({ displayName: 'Soft' }),
          await admin.createUser({ displayName: 'Hard' }),
        ]
        await admin.softDelete(soft.id)
        await admin.purge(hard.id)
        const { users, removed } = await round(null)
        expect(removed).toContainEqual({ id: soft.id, reason: 'changed' })
        expect(removed).toContainEqual({ id: hard.id, reason: 'deleted' })
        expect(users.map(({ id }) => id)).not.toContain(soft.id)
      })

      test('misses nobody who changes while it runs', async () => {
        const [early] = await activeIds(1)
        const first = await directory.deltaPage(null, select)
        const late = await admin.createUser({ displayName: 'Late' })
        await admin.updateUser(early ?? '', { department: 'Changed meanwhile' })
        const { deltaLink } = await round(first.nextLink)
        const { users } = await round(deltaLink)
        expect(new Set(users.map(({ id }) => id))).toEqual(new Set([early, late.id]))
      })
    })

    describe('an incremental round', () => {
      test('has creations, updates, clearings, deletions and restorations, and nothing else', async () => {
        const [renamed = '', cleared = '', away = '', back = ''] = await activeIds(4)
        await admin.softDelete(back)
        const { deltaLink } = await round(null)
        const created = await admin.createUser({ displayName: 'New Here' })
        await admin.updateUser(renamed, { displayName: 'Renamed' })
        await admin.updateUser(cleared, { department: 'Before' })
        await admin.updateUser(cleared, { department: null })
        await admin.softDelete(away)
        await admin.restore(back)
        const next = await round(deltaLink)
        const byId = new Map(next.users.map((user) => [user.id, user]))
        expect(new Set(byId.keys())).toEqual(new Set([created.id, renamed, cleared, back]))
        expect(byId.get(renamed)?.displayName).toBe('Renamed')
        expect(byId.get(cleared)).toHaveProperty('department', null)
        expect(byId.get(created.id)).not.toHaveProperty('mail')
        expect(next.removed).toEqual([{ id: away, reason: 'changed' }])
        const quiet = await round(next.deltaLink)
        expect([quiet.users, quiet.removed]).toEqual([[], []])
        await admin.purge(away)
        expect((await round(next.deltaLink)).removed).toEqual([{ id: away, reason: 'deleted' }])
      })

      test('does not hear of properties that were not selected at the start', async () => {
        const [id = ''] = await activeIds(1)
        const { deltaLink } = await round(null)
        await admin.updateUser(id, { jobTitle: `Head of ${randomUUID()}` })
        expect((await round(deltaLink)).users).toEqual([])
      })

      test('can replay, and can be asked twice', async () => {
        const [id = ''] = await activeIds(1)
        const { deltaLink } = await round(null)
        await admin.updateUser(id, { department: randomUUID() })
        const first = await round(deltaLink)
        expect(first.users).toHaveLength(1)
        expect((await round(deltaLink)).users).toEqual(first.users)
        await admin.setTraps({ replay: 1 })
        expect((await round(first.deltaLink)).users.map((user) => user.id)).toEqual([id])
      })

      test('pages through many changes', async () => {
        const { deltaLink } = await round(null)
        const ids = await activeIds(50)
        await admin.updateUsers(ids.map((id) => ({ id, patch: { department: randomUUID() } })))
        await admin.setTraps({ emptyPageEvery: 2 })
        const { users, sizes } = await round(deltaLink)
        expect(new Set(users.map(({ id }) => id))).toEqual(new Set(ids))
        expect(sizes).toContain(0)
      })
    })

    describe('a link that is no longer good is a reset', () => {
      test.each([
        ['delta', 'gone'],
        ['delta', 'syncStateNotFound-400'],
        ['delta', 'syncStateNotFound-404'],
        ['next', 'expiredPage'],
        ['next', 'gone'],
      ] as const)('%s link: %s', async (links, as) => {
        const first = await directory.deltaPage(null, select)
        const link = links === 'next' ? first.nextLink : (await round(first.nextLink)).deltaLink
        await admin.expireLinks({ links, as })
        await expect(directory.deltaPage(link, select)).rejects.toBeInstanceOf(DirectoryReset)
        expect((await directory.deltaPage(null, select)).users.length).toBeGreaterThan(0)
      })

      test('a link to another host gets no token', async () => {
        const link = 'https://graph.example/v1.0/users/delta?$deltatoken=x'
        await expect(directory.deltaPage(link, select)).rejects.toMatchObject({ reason: 'foreign-link' })
      })
    })

    describe('the id behind a user principal name', () => {
      test.each([
        'plain.name@contoso.example',
        "una.o'hara@contoso.example",
        'guest_home.example#EXT#@contoso.onmicrosoft.com',
        '$dollar.first@contoso.example',
        "$o'dollar#1@contoso.example",
        'per%23cent+plus&more@contoso.example',
      ])('%s', async (userPrincipalName) => {
        const { id } = await admin.createUser({ userPrincipalName })
        await admin.resetCounters()
        expect(await directory.idOf(userPrincipalName)).toBe(id)
        expect(await directory.idOf(userPrincipalName.toUpperCase())).toBe(id)
        expect((await admin.counters()).requests).toMatchObject({ 'users/{id}': 2 })
        await admin.softDelete(id)
        expect(await directory.idOf(userPrincipalName)).toBeNull()
      })

      test('nobody has it, or it is none', async () => {
        for (const name of ['nobody@contoso.example', '$nobody@contoso.example', 'nobody', '', "'"])
          expect(await directory.idOf(name)).toBeNull()
      })

      test.each([
        [
          { status: 429, headers: { 'Retry-After': '3' } },
          { name: 'RetryLater', after: 3000 },
        ],
        [{ status: 404, code: 'UnknownError' }, { name: 'RetryLater' }],
        [{ breaks: 'disconnect' }, { name: 'RetryLater' }],
        [
          { status: 403, code: 'Authorization_RequestDenied' },
          { name: 'Terminal', reason: 'permission-missing' },
        ],
      ] as const)('a failure never makes anybody unknown: %o', async (fault, thrown) => {
        const [known] = await everybody()
        await admin.setFault({ route: 'users/{id}', times: 1, ...fault })
        await expect(directory.idOf(known?.person.userPrincipalName ?? '')).rejects.toMatchObject(thrown)
        expect(await directory.idOf(known?.person.userPrincipalName ?? '')).toBe(known?.person.id)
      })
    })

    describe('people by id', () => {
      test('finds any number, in few requests, each with the selected properties and null for what was never set', async () => {
        const people = await everybody()
        await admin.resetCounters()
        const { found, later } = await directory.usersById(
          people.map(({ person }) => person.id),
          select,
        )
        expect(later.size).toBe(0)
        expect(found.size).toBe(people.length)
        for (const { person } of people) {
          const look = found.get(person.id)
          if (look?.kind !== 'found') throw new Error(`${person.id} was not found`)
          expect(look.user.id).toBe(person.id)
          expect(look.user.displayName).toBe(person.displayName ?? null)
          expect(look.user).toHaveProperty('mail', person.mail ?? null)
          expect(look.user).not.toHaveProperty('jobTitle')
        }
        const { requests, items } = await admin.counters()
        expect(requests).toEqual({ $batch: 2 })
        expect(items).toEqual({ users: Math.ceil(people.length / 15) })
      })

      test('asks once for a few, and not at all for nobody', async () => {
        const ids = await activeIds(15)
        await admin.resetCounters()
        expect((await directory.usersById(ids, select)).found.size).toBe(15)
        expect((await directory.usersById([], select)).found.size).toBe(0)
        expect((await admin.counters()).requests).toEqual({ users: 1 })
      })

      test('tells deleted, purged and never seen apart from found', async () => {
        const [soft, hard] = [await admin.createUser({}), await admin.createUser({})]
        await admin.softDelete(soft.id)
        await admin.purge(hard.id)
        const never = randomUUID()
        const present = await activeIds(20)
        const { found, later } = await directory.usersById([...present, soft.id, hard.id, never], select)
        expect(later.size).toBe(0)
        expect(found.get(soft.id)).toEqual({ kind: 'deleted' })
        expect(found.get(hard.id)).toEqual({ kind: 'absent' })
        expect(found.get(never)).toEqual({ kind: 'absent' })
        for (const id of present) expect(found.get(id)?.kind).toBe('found')
        await admin.restore(soft.id)
        expect((await directory.usersById([soft.id], select)).found.get(soft.id)?.kind).toBe('found')
      })

      test('takes an id of any case, twice, and one that is no object id', async () => {
        const [id = ''] = await activeIds(1)
        const strange = ["x') or (id in ('y", 'anna.berg@contoso.example', '']
        const { found } = await directory.usersById([id.toUpperCase(), id, id, ...strange], select)
        expect(found.get(id)?.kind).toBe('found')
        expect(found.get(id.toUpperCase())?.kind).toBe('found')
        for (const other of strange) expect(found.get(other)).toEqual({ kind: 'absent' })
        expect(found.size).toBe(5)
      })

      test('asks alone for who was left out of a list', async () => {
        const ids = await activeIds(40)
        await admin.setTraps({ omitEvery: 1 })
        const { found } = await directory.usersById(ids, select)
        expect(ids.filter((id) => found.get(id)?.kind !== 'found')).toEqual([])
      })

      test('shows what a lagging replica shows', async () => {
        const [id = ''] = await activeIds(1)
        await admin.updateUser(id, { department: 'Old' })
        await admin.setLag('until-released')
        await admin.updateUser(id, { department: 'New' })
        const created = await admin.createUser({ displayName: 'Not everywhere yet' })
        const behind = await directory.usersById([id, created.id], select)
        expect(behind.found.get(id)).toMatchObject({ user: { department: 'Old' } })
        expect(behind.found.get(created.id)).toEqual({ kind: 'absent' })
        await admin.releaseLag()
        const after = await directory.usersById([id, created.id], select)
        expect(after.found.get(id)).toMatchObject({ user: { department: 'New' } })
        expect(after.found.get(created.id)?.kind).toBe('found')
      })

      test.each([
        [429, { 'Retry-After': '2.128' }, 2128],
        [503, {}, null],
      ] as const)('an item that failed with %i is for later, the others are found', async (status, headers, wait) => {
        const ids = await activeIds(45)
        const [first = ''] = ids
        await admin.setFault({ route: 'users', inside: 'item', id: first, status, headers })
        const { found, later } = await directory.usersById(ids, select)
        expect(found.size).toBe(30)
        expect([...later.keys()]).toEqual(ids.slice(0, 15))
        expect(later.get(first)).toBe(wait ?? subject.defaultWait)
      })

      test('one batch of several that fails as a whole is for later', async () => {
        const ids = (await everybody()).map(({ person }) => person.id)
        await admin.setFault({ route: '$batch', times: 1, status: 429, headers: { 'Retry-After': '7' } })
        const { found, later } = await directory.usersById(ids, select)
        expect(later.size).toBeGreaterThan(0)
        expect(found.size + later.size).toBe(ids.length)
        expect(new Set(later.values())).toEqual(new Set([7000]))
      })

      test.each(['users', 'users/{id}', 'deletedItems/{id}'] as const)(
        'a failure of %s never makes anybody absent',
        async (route) => {
          const gone = [await admin.createUser({}), await admin.createUser({})]
          for (const { id } of gone) await admin.softDelete(id)
          for (const fault of [
            { status: 429 },
            { status: 502 },
            { status: 404, code: 'UnknownError' },
            { breaks: 'html' as const },
            { breaks: 'truncate' as const },
            { breaks: 'disconnect' as const },
          ]) {
            await admin.clearFaults()
            await admin.setFault({ route, ...fault })
            // One of them: outside a $batch. Both: inside.
            for (const ids of [gone.slice(0, 1), gone]) {
              if (route === 'users' && ids.length > 1) continue
              if ('breaks' in fault && ids.length > 1) continue
              // Refused as a whole, or every one of them for later.
              const answer = await directory
                .usersById(
                  ids.map(({ id }) => id),
                  select,
                )
                .catch((error: unknown) => {
                  if (error instanceof RetryLater) return null
                  throw error
                })
              if (answer === null) continue
              expect({ fault, found: answer.found.size, later: answer.later.size }).toEqual({
                fault,
                found: 0,
                later: ids.length,
              })
            }
          }
        },
      )
    })

    describe('faults', () => {
      test('throttled: the wait that Graph asks for, fractions and dates too', async () => {
        await admin.setFault({ route: 'users/delta', times: 1, status: 429, headers: { 'Retry-After': '0.5' } })
        await expect(directory.deltaPage(null, select)).rejects.toMatchObject({ name: 'RetryLater', after: 500 })
        const headers = { 'Retry-After': new Date(Date.now() + 3_600_000).toUTCString() }
        await admin.setFault({ route: 'users/delta', times: 1, status: 503, headers })
        const error: unknown = await directory.deltaPage(null, select).catch((thrown: unknown) => thrown)
        if (!(error instanceof RetryLater) || error.after === null) throw error
        expect(Math.abs(error.after - 3_600_000)).toBeLessThan(60_000)
      })

      test('the units are used up: waits, item by item', async () => {
        const ids = await activeIds(150)
        await admin.setUnitLimit(4)
        const { found, later } = await directory.usersById(ids, select)
        expect(found.size).toBe(60)
        expect(later.size).toBe(90)
        for (const wait of later.values()) expect(wait).toBeLessThanOrEqual(10_000)
        await expect(directory.deltaPage(null, select)).rejects.toBeInstanceOf(RetryLater)
        expect((await admin.counters()).throttled).toBeGreaterThanOrEqual(7)
      })

      test.each([
        { status: 500 },
        { status: 504 },
        { breaks: 'disconnect' },
        { breaks: 'truncate' },
        { breaks: 'html' },
      ] as const)('passing: %o', async (fault) => {
        await admin.setFault({ route: 'users/delta', times: 1, ...fault })
        await expect(directory.deltaPage(null, select)).rejects.toBeInstanceOf(RetryLater)
        expect((await directory.deltaPage(null, select)).users.length).toBeGreaterThan(0)
      })

      test('an answer that never comes is given up', async () => {
        await admin.setFault({ route: 'organization', times: 1, breaks: 'hang' })
        await expect(directory.organizationId()).rejects.toBeInstanceOf(RetryLater)
      })

      test('an access token that is no longer good is replaced once, without anybody noticing', async () => {
        await directory.organizationId()
        await admin.expireTokens()
        const pages = await Promise.all([1, 2, 3].map(() => directory.deltaPage(null, select)))
        expect(pages.map(({ users, removed }) => users.length + removed.length)).toEqual([20, 20, 20])
      })

      test.each([
        [403, 'Authorization_RequestDenied', 'permission-missing', /User\.Read\.All/],
        [401, 'InvalidAuthenticationToken', 'token-refused', /GRAPH_BASE_URL/],
      ])('%i needs somebody', async (status, code, reason, cure) => {
        await admin.setFault({ route: 'users/delta', status, code })
        await expect(directory.deltaPage(null, select)).rejects.toMatchObject({
          reason,
          message: expect.stringMatching(cure),
        })
      })

      test('a property that does not exist is named', async () => {
        await expect(directory.deltaPage(null, ['nickName'])).rejects.toThrow(/nickName/)
        await expect(directory.deltaPage(null, ['nickName'])).rejects.toBeInstanceOf(Terminal)
        await expect(directory.usersById([randomUUID()], ['nickName'])).rejects.toThrow(/nickName/)
      })
    })
  })
}
