import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import { RetryLater } from '../../lib/domain/faults.ts'
import { type Directory, DirectoryReset, type GroupsPage } from '../../lib/sync/ports/directory.ts'
import type { DirectorySubject } from './directory.contract.ts'

/**
 * What every implementation keeps of `groupMembers`, `nestedGroups` and `groupsPage`. `start` gives a workforce tenant with
 * `users` people, and 20 members a page of changes.
 */
export function directoryGroupsContract(name: string, start: (users: number) => Promise<DirectorySubject>): void {
  describe(`Directory groups: ${name}`, () => {
    let subject: DirectorySubject
    let directory: Directory
    let admin: DirectoryAdmin
    let people: string[]
    beforeAll(async () => {
      subject = await start(1100)
      ;({ directory, admin } = subject)
      people = (await admin.listUsers()).map(({ person }) => person.id)
      // Signing in isn't counted.
      await directory.organizationId()
    })
    afterAll(() => subject.stop())
    afterEach(async () => {
      await admin.clearFaults()
      await admin.setUnitLimit('documented')
    })

    const group = async (members: string[] = [], kind: 'security' | 'm365' = 'security') =>
      (await admin.createGroup({ displayName: randomUUID(), kind, members })).id
    const pagesOf = async (id: string) => {
      const pages: string[][] = []
      for await (const page of directory.groupMembers(id)) pages.push(page)
      return pages
    }
    const membersOf = async (id: string) => (await pagesOf(id)).flat().toSorted()

    describe('members', () => {
      test('of any number, nested ones too, each once, 999 a page', async () => {
        const inner = await group(people.slice(600))
        const outer = await group([...people.slice(0, 700), inner])
        await admin.resetCounters()
        const pages = await pagesOf(outer)
        expect(pages[0]).toHaveLength(999)
        expect(pages.flat()).toHaveLength(people.length)
        expect(new Set(pages.flat())).toEqual(new Set(people))
        expect((await admin.counters()).requests).toEqual({ 'groups/{id}/transitiveMembers': 2 })
      })

      test('through groups in a circle, of a Microsoft 365 group, and of one without any', async () => {
        const [anna = '', bert = ''] = people
        const [inner, office, empty] = [await group([anna]), await group([bert], 'm365'), await group()]
        const outer = await group([inner, bert])
        await admin.addMembers(inner, [outer])
        expect(await membersOf(inner)).toEqual([anna, bert].toSorted())
        expect(await membersOf(outer)).toEqual([anna, bert].toSorted())
        expect(await membersOf(office)).toEqual([bert])
        expect(await membersOf(empty)).toEqual([])
        expect(await directory.nestedGroups(outer)).toEqual([inner])
        expect(await directory.nestedGroups(empty)).toEqual([])
        expect(await directory.nestedGroups(office)).toEqual([])
      })

      test('nested groups at any depth, each once', async () => {
        const innermost = await group()
        const [left, right] = [await group([innermost]), await group([innermost])]
        const outer = await group([left, right, ...people.slice(0, 3)])
        expect((await directory.nestedGroups(outer)).toSorted()).toEqual([innermost, left, right].toSorted())
      })

      test('people who are deleted are no members until they are back', async () => {
        const away = await admin.createUser({})
        const mine = await group([away.id])
        await admin.softDelete(away.id)
        expect(await membersOf(mine)).toEqual([])
        await admin.restore(away.id)
        expect(await membersOf(mine)).toEqual([away.id])
      })

      test('a group that is not there is not an empty one', async () => {
        const removed = await group(people.slice(0, 2))
        await admin.deleteGroup(removed)
        for (const id of [removed, randomUUID(), 'no id']) {
          const fault = { reason: 'group-missing', message: expect.stringContaining(id) }
          await expect(membersOf(id)).rejects.toMatchObject(fault)
          await expect(directory.nestedGroups(id)).rejects.toMatchObject(fault)
        }
      })

      test('nor is one that is deleted between two pages', async () => {
        const large = await group(people)
        const pages: string[][] = []
        const read = async () => {
          for await (const page of directory.groupMembers(large)) {
            pages.push(page)
            await admin.deleteGroup(large)
          }
        }
        await expect(read()).rejects.toMatchObject({ reason: 'group-missing' })
        expect(pages).toHaveLength(1)
      })

      test.each([
        { status: 429 },
        { status: 503 },
        { status: 404, code: 'UnknownError' },
        { breaks: 'html' },
        { breaks: 'truncate' },
        { breaks: 'disconnect' },
      ] as const)('%o on any page never ends the list', async (fault) => {
        const large = await group(people)
        const ask = () => admin.setFault({ route: 'groups/{id}/transitiveMembers', times: 1, ...fault })
        await ask()
        await expect(membersOf(large)).rejects.toBeInstanceOf(RetryLater)
        await ask()
        await expect(directory.nestedGroups(large)).rejects.toBeInstanceOf(RetryLater)
        const pages: string[][] = []
        const read = async () => {
          for await (const page of directory.groupMembers(large)) {
            pages.push(page)
            await ask()
          }
        }
        await expect(read()).rejects.toBeInstanceOf(RetryLater)
        expect(pages).toHaveLength(1)
      })

      test('pages that expire on the way are read again later', async () => {
        const large = await group(people)
        const read = async () => {
          for await (const page of directory.groupMembers(large))
            if (page.length === 999) await admin.expireLinks({ links: 'next', as: 'expiredPage' })
        }
        await expect(read()).rejects.toBeInstanceOf(RetryLater)
        expect(await membersOf(large)).toHaveLength(people.length)
      })

      test('a missing permission is told', async () => {
        const mine = await group()
        const fault = { status: 403, code: 'Authorization_RequestDenied' }
        await admin.setFault({ route: 'groups/{id}/transitiveMembers', ...fault })
        const told = { reason: 'permission-missing', message: expect.stringContaining('GroupMember.Read.All') }
        await expect(membersOf(mine)).rejects.toMatchObject(told)
        await expect(directory.nestedGroups(mine)).rejects.toMatchObject(told)
      })
    })

    describe('changes', () => {
      /** Follows a round to its deltaLink. */
      const round = async (link: string | null) => {
        const changes: GroupsPage['changes'] = []
        for (let next = link; ;) {
          const page = await directory.groupsPage(next)
          changes.push(...page.changes)
          if (page.deltaLink !== null) return { changes, deltaLink: page.deltaLink }
          next = page.nextLink
        }
      }
      const about = (changes: GroupsPage['changes'], id: string) => {
        const entries = changes.filter((change) => change.group === id)
        return {
          removed: entries.some(({ removed }) => removed),
          users: new Set(entries.flatMap(({ users }) => users)),
          groups: new Set(entries.flatMap(({ groups }) => groups)),
          entries: entries.length,
        }
      }
      const quiet = { removed: false, users: new Set(), groups: new Set() }

      test('begin now, without data', async () => {
        await group(people.slice(0, 3))
        const page = await directory.groupsPage(null)
        expect(page).toEqual({ changes: [], nextLink: null, deltaLink: expect.any(String) })
        expect((await round(page.deltaLink)).changes).toEqual([])
      })

      test('members that came and went, people and groups', async () => {
        const [anna = '', bert = '', carl = ''] = people
        const [inner, other] = [await group([carl]), await group()]
        const mine = await group([anna, inner])
        const { deltaLink } = await round(null)
        await admin.addMembers(mine, [bert, other])
        await admin.removeMembers(mine, [anna, inner])
        const next = await round(deltaLink)
        expect(about(next.changes, mine)).toMatchObject({
          removed: false,
          users: new Set([anna, bert]),
          groups: new Set([inner, other]),
        })
        expect(about(next.changes, inner).entries).toBe(0)
        expect((await round(next.deltaLink)).changes).toEqual([])
      })

      test('groups that were made, deleted and restored', async () => {
        const [anna = ''] = people
        const [security, office] = [await group([anna]), await group([anna], 'm365')]
        const { deltaLink } = await round(null)
        const made = await group([anna])
        await admin.deleteGroup(security)
        await admin.deleteGroup(office)
        const first = await round(deltaLink)
        expect(about(first.changes, made)).toMatchObject({ removed: false, users: new Set([anna]) })
        expect(about(first.changes, security).removed).toBe(true)
        expect(about(first.changes, office).removed).toBe(true)
        await admin.restoreGroup(office)
        const second = about((await round(first.deltaLink)).changes, office)
        expect(second.removed).toBe(false)
        expect(second.entries).toBeGreaterThan(0)
      })

      test('a person who is purged leaves; one who is only deleted does not', async () => {
        const [gone, away] = [await admin.createUser({}), await admin.createUser({})]
        const mine = await group([gone.id, away.id])
        const { deltaLink } = await round(null)
        await admin.purge(gone.id)
        await admin.softDelete(away.id)
        expect(about((await round(deltaLink)).changes, mine)).toMatchObject({ users: new Set([gone.id]) })
      })

      test('a large group comes in pages', async () => {
        const mine = await group(people.slice(0, 5))
        const { deltaLink } = await round(null)
        await admin.addMembers(mine, people.slice(5, 105))
        await admin.removeMembers(mine, people.slice(0, 5))
        const first = await directory.groupsPage(deltaLink)
        expect(first.nextLink).toEqual(expect.any(String))
        const { changes } = await round(deltaLink)
        expect(about(changes, mine)).toMatchObject({ ...quiet, users: new Set(people.slice(0, 105)) })
        expect(about(changes, mine).entries).toBeGreaterThan(1)
        for (const change of changes) expect(change.users.length).toBeLessThanOrEqual(20)
      })

      test.each([
        ['delta', 'gone'],
        ['delta', 'syncStateNotFound-400'],
        ['delta', 'syncStateNotFound-404'],
        ['next', 'expiredPage'],
        ['next', 'gone'],
      ] as const)('a link that is no longer good is a reset: %s, %s', async (links, as) => {
        const { deltaLink } = await round(null)
        await group(people.slice(0, 100))
        const link = links === 'delta' ? deltaLink : (await directory.groupsPage(deltaLink)).nextLink
        expect(link).toEqual(expect.any(String))
        await admin.expireLinks({ links, as })
        await expect(directory.groupsPage(link)).rejects.toBeInstanceOf(DirectoryReset)
        expect((await directory.groupsPage(null)).deltaLink).toEqual(expect.any(String))
      })

      test('a link to another host gets no token', async () => {
        const link = 'https://graph.example/v1.0/groups/delta?$deltatoken=x'
        await expect(directory.groupsPage(link)).rejects.toMatchObject({ reason: 'foreign-link' })
      })

      test.each([
        { status: 429 },
        { status: 504 },
        { breaks: 'html' },
        { breaks: 'truncate' },
        { breaks: 'disconnect' },
      ] as const)('%o passes', async (fault) => {
        const { deltaLink } = await round(null)
        const mine = await group(people.slice(0, 2))
        for (const link of [null, deltaLink]) {
          await admin.setFault({ route: 'groups/delta', times: 1, ...fault })
          await expect(directory.groupsPage(link)).rejects.toBeInstanceOf(RetryLater)
        }
        expect(about((await round(deltaLink)).changes, mine).users.size).toBe(2)
      })

      test('a missing permission is told', async () => {
        await admin.setFault({ route: 'groups/delta', status: 403, code: 'Authorization_RequestDenied' })
        await expect(directory.groupsPage(null)).rejects.toMatchObject({
          reason: 'permission-missing',
          message: expect.stringContaining('GroupMember.Read.All'),
        })
      })
    })
  })
}
