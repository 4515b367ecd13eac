import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import { RetryLater } from '../../lib/domain/faults.ts'
import type { Directory } from '../../lib/sync/ports/directory.ts'
import type { DirectorySubject } from './directory.contract.ts'

/** What every implementation keeps of `memberships` and `checkGroups`. `start` gives a workforce tenant with `users` people. */
export function directoryMembershipsContract(name: string, start: (users: number) => Promise<DirectorySubject>): void {
  describe(`Directory memberships: ${name}`, () => {
    let subject: DirectorySubject
    let directory: Directory
    let admin: DirectoryAdmin
    let people: string[]
    beforeAll(async () => {
      subject = await start(60)
      ;({ directory, admin } = subject)
      people = (await admin.listUsers()).map(({ person }) => person.id)
      // Signing in isn't counted.
      await directory.organizationId()
    })
    afterAll(() => subject.stop())
    afterEach(async () => {
      await admin.clearFaults()
      await admin.releaseLag()
      await admin.setUnitLimit('documented')
    })

    const group = async (members: string[] = [], kind: 'security' | 'm365' = 'security') =>
      (await admin.createGroup({ displayName: randomUUID(), kind, members })).id

    describe('which groups somebody is in', () => {
      test('direct, nested, in a circle and Microsoft 365; nobody else, and no other group', async () => {
        const [anna = '', bert = '', carl = ''] = people
        const office = await group([carl], 'm365')
        const inner = await group([anna])
        const middle = await group([inner, bert])
        const outer = await group([middle])
        await admin.addMembers(inner, [outer])
        const elsewhere = await group([anna])
        const groups = [inner, middle, outer, office]
        const { found, later } = await directory.memberships([anna, bert, carl], groups)
        expect(later.size).toBe(0)
        const sorted = new Map([...found].map(([id, named]) => [id, named.toSorted()]))
        const circle = [inner, middle, outer].toSorted()
        expect(sorted).toEqual(
          new Map([
            [anna, circle],
            [bert, circle],
            [carl, [office]],
          ]),
        )
        expect([...found.values()].flat()).not.toContain(elsewhere)
      })

      test('any number of people and groups, each answer whole, in few requests', async () => {
        const groups = await Promise.all(
          Array.from({ length: 45 }, (_, index) => group(people.filter((_, at) => at % (index + 2) === 0))),
        )
        const asked = people.slice(0, 50)
        await admin.resetCounters()
        const { found, later } = await directory.memberships(asked, groups)
        expect(later.size).toBe(0)
        expect(found.size).toBe(50)
        for (const [at, id] of asked.entries())
          expect(new Set(found.get(id))).toEqual(new Set(groups.filter((_, index) => at % (index + 2) === 0)))
        const { requests, items } = await admin.counters()
        expect([requests, items]).toEqual([{ $batch: 8 }, { checkMemberGroups: 150 }])
      })

      test('ids as they were asked for, of any case, twice, and those that are none', async () => {
        const [anna = ''] = people
        const mine = await group([anna])
        const ids = [anna, anna, anna.toUpperCase(), "x') or (id in ('y", '']
        const { found, later } = await directory.memberships(ids, [mine.toUpperCase(), mine.toUpperCase(), 'no id'])
        expect(later.size).toBe(0)
        expect(found).toEqual(
          new Map([
            [anna, [mine.toUpperCase()]],
            [anna.toUpperCase(), [mine.toUpperCase()]],
            ["x') or (id in ('y", []],
            ['', []],
          ]),
        )
      })

      test('who is not there is in no group, and a group that is not there is in nobody’s answer', async () => {
        const away = await admin.createUser({})
        const [anna = ''] = people
        const mine = await group([anna, away.id])
        await admin.softDelete(away.id)
        const { found } = await directory.memberships([anna, away.id, randomUUID()], [randomUUID(), mine])
        expect([...found.values()]).toEqual([[mine], [], []])
      })

      test('nobody and no group ask nothing', async () => {
        const [anna = ''] = people
        await admin.resetCounters()
        expect((await directory.memberships([], [randomUUID()])).found.size).toBe(0)
        expect((await directory.memberships([anna], [])).found).toEqual(new Map([[anna, []]]))
        expect((await admin.counters()).requests).toEqual({})
      })

      test('one of several answers about somebody that fails leaves that person for later', async () => {
        const [anna = '', bert = ''] = people
        const groups = await Promise.all(Array.from({ length: 21 }, () => group([anna, bert])))
        const fault = { route: 'checkMemberGroups', inside: 'item', times: 1, id: anna } as const
        await admin.setFault({ ...fault, status: 429, headers: { 'Retry-After': '2.128' } })
        const throttled = await directory.memberships([anna, bert], groups)
        expect(throttled.later).toEqual(new Map([[anna, 2128]]))
        expect([...throttled.found.keys()]).toEqual([bert])
        expect(throttled.found.get(bert)).toHaveLength(21)
        await admin.setFault({ ...fault, status: 503 })
        expect((await directory.memberships([anna, bert], groups)).later).toEqual(
          new Map([[anna, subject.defaultWait]]),
        )
      })

      test('one batch of several that fails as a whole is for later', async () => {
        const mine = await group(people)
        await admin.setFault({ route: '$batch', times: 1, status: 429, headers: { 'Retry-After': '7' } })
        const { found, later } = await directory.memberships(people, [mine])
        expect([found.size, later.size]).toEqual([40, 20])
        expect(new Set(later.values())).toEqual(new Set([7000]))
        expect(new Set([...found.values()].flat())).toEqual(new Set([mine]))
      })

      test.each([
        { status: 429 },
        { status: 502 },
        { status: 404, code: 'UnknownError' },
        { status: 404, code: 'Request_ResourceNotFound', message: "Resource 'another' does not exist." },
        { breaks: 'html' },
        { breaks: 'truncate' },
        { breaks: 'disconnect' },
      ] as const)('%o takes nobody out of a group', async (fault) => {
        const mine = await group(people.slice(0, 2))
        await admin.setFault({ route: 'checkMemberGroups', ...fault })
        // One person: outside a $batch. Two: inside.
        for (const ids of 'breaks' in fault ? [people.slice(0, 1)] : [people.slice(0, 1), people.slice(0, 2)]) {
          const answer = await directory.memberships(ids, [mine]).catch((error: unknown) => {
            if (error instanceof RetryLater) return null
            throw error
          })
          if (answer) expect([answer.found.size, answer.later.size]).toEqual([0, ids.length])
        }
        await admin.clearFaults()
        expect([...(await directory.memberships(people.slice(0, 2), [mine])).found.values()]).toEqual([[mine], [mine]])
      })

      test('a missing permission is told', async () => {
        await admin.setFault({ route: 'checkMemberGroups', status: 403, code: 'Authorization_RequestDenied' })
        await expect(directory.memberships(people, [randomUUID()])).rejects.toMatchObject({
          reason: 'permission-missing',
          message: expect.stringContaining('GroupMember.Read.All'),
        })
      })
    })

    describe('checking groups', () => {
      test('those that are there are good, whatever their kind and members', async () => {
        const groups = [await group(), await group(people), await group([], 'm365')]
        await admin.resetCounters()
        await directory.checkGroups([...groups, ...groups])
        await directory.checkGroups([])
        expect((await admin.counters()).requests).toEqual({ $batch: 1 })
      })

      test('those that are missing are all named, with the setting and the cure', async () => {
        const [here, removed, away] = [await group(), await group(), await group([], 'm365')]
        const never = randomUUID()
        await admin.deleteGroup(removed)
        await admin.deleteGroup(away)
        const error: unknown = await directory
          .checkGroups([here, removed, away, never, 'no id'])
          .catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({
          reason: 'group-missing',
          message: expect.stringMatching(/scope\.groups.*nobody/s),
        })
        for (const id of [removed, away, never, 'no id']) expect(String(error)).toContain(id)
        expect(String(error)).not.toContain(here)
        await admin.restoreGroup(away)
        await expect(directory.checkGroups([here, away])).resolves.toBeUndefined()
      })

      test('one that hides its members needs another permission', async () => {
        const members = people.slice(0, 3)
        const hidden = await admin.createGroup({
          displayName: 'Hidden',
          kind: 'm365',
          visibility: 'HiddenMembership',
          members,
        })
        await expect(directory.checkGroups([await group(), hidden.id])).rejects.toMatchObject({
          reason: 'permission-missing',
          message: expect.stringContaining('Member.Read.Hidden'),
        })
      })

      test.each([
        { status: 429 },
        { status: 503 },
        { status: 404, code: 'UnknownError' },
        { breaks: 'html' },
        { breaks: 'truncate' },
        { breaks: 'disconnect' },
      ] as const)('%o says nothing about a group', async (fault) => {
        const groups = [await group(), await group()]
        await admin.setFault({ route: 'groups/{id}', ...fault })
        await expect(directory.checkGroups(groups.slice(0, 1))).rejects.toBeInstanceOf(RetryLater)
        if (!('breaks' in fault)) await expect(directory.checkGroups(groups)).rejects.toBeInstanceOf(RetryLater)
        await admin.clearFaults()
        await expect(directory.checkGroups(groups)).resolves.toBeUndefined()
      })

      test('a missing permission is told', async () => {
        await admin.setFault({ route: 'groups/{id}', status: 403, code: 'Authorization_RequestDenied' })
        await expect(directory.checkGroups([await group()])).rejects.toMatchObject({ reason: 'permission-missing' })
      })
    })
  })
}
