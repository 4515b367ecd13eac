import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { RetryLater } from '../../lib/domain/faults.ts'
import { type Directory, DirectoryReset } from '../../lib/sync/ports/directory.ts'
import type { DirectorySubject } from './directory.contract.ts'

const select = ['displayName', 'mail', 'identities', 'accountEnabled']

/** What every implementation keeps of `listPage` and `existing`. `start` gives a tenant of any kind with `users` people. */
export function directoryListsContract(name: string, start: (users: number) => Promise<DirectorySubject>): void {
  describe(`Directory lists: ${name}`, () => {
    let subject: DirectorySubject
    let directory: Directory
    let admin: DirectoryAdmin
    beforeAll(async () => {
      subject = await start(1100)
      ;({ directory, admin } = subject)
      // Signing in isn't counted.
      await directory.organizationId()
    })
    afterAll(() => subject.stop())
    afterEach(async () => {
      await admin.clearFaults()
      await admin.setUnitLimit('documented')
    })

    const activeIds = async () =>
      (await admin.listUsers()).filter(({ status }) => status === 'active').map(({ person }) => person.id)
    const gone = async () => {
      const [soft, hard] = [await admin.createUser({}), await admin.createUser({})]
      await admin.softDelete(soft.id)
      await admin.purge(hard.id)
      return [soft.id, hard.id, randomUUID()]
    }

    describe('the list of people', () => {
      const everybody = async () => {
        const users: DirectoryUser[] = []
        const sizes: number[] = []
        let link: string | null = null
        do {
          const page = await directory.listPage(link, select)
          expect([page.removed, page.deltaLink]).toEqual([[], null])
          users.push(...page.users)
          sizes.push(page.users.length)
          link = page.nextLink
        } while (link !== null)
        return { users, sizes }
      }

      test('has everybody who is there now, as they are, in few pages', async () => {
        const absent = await gone()
        await admin.resetCounters()
        const { users, sizes } = await everybody()
        expect(sizes[0]).toBe(999)
        expect((await admin.counters()).requests).toEqual({ users: 2 })
        const people = (await admin.listUsers()).filter(({ status }) => status === 'active')
        const byId = new Map(users.map((user) => [user.id, user]))
        expect(byId.size).toBe(users.length)
        expect(new Set(byId.keys())).toEqual(new Set(people.map(({ person }) => person.id)))
        for (const id of absent) expect(byId.has(id)).toBe(false)
        for (const { person } of people) {
          expect(byId.get(person.id)).toMatchObject({
            displayName: person.displayName ?? null,
            mail: person.mail ?? null,
          })
          expect(byId.get(person.id)).not.toHaveProperty('jobTitle')
        }
      })

      test.each(['expiredPage', 'gone'] as const)('a page that is no longer good (%s) is a reset', async (as) => {
        const { nextLink } = await directory.listPage(null, select)
        await admin.expireLinks({ links: 'next', as })
        await expect(directory.listPage(nextLink, select)).rejects.toBeInstanceOf(DirectoryReset)
        expect((await directory.listPage(null, select)).users).toHaveLength(999)
      })

      test('a link to another host gets no token', async () => {
        const link = 'https://graph.example/v1.0/users?$skiptoken=x'
        await expect(directory.listPage(link, select)).rejects.toMatchObject({ reason: 'foreign-link' })
      })

      test.each([
        { status: 429 },
        { status: 503 },
        { breaks: 'html' },
        { breaks: 'truncate' },
        { breaks: 'disconnect' },
      ] as const)('%o passes, on every page, and is no last page', async (fault) => {
        const { nextLink } = await directory.listPage(null, select)
        for (const link of [null, nextLink]) {
          await admin.setFault({ route: 'users', times: 1, ...fault })
          await expect(directory.listPage(link, select)).rejects.toBeInstanceOf(RetryLater)
        }
        expect((await directory.listPage(nextLink, select)).nextLink).toBeNull()
      })

      test('what somebody must mend is told, and is not taken for a tenant without delta', async () => {
        await expect(directory.listPage(null, ['nickName'])).rejects.toThrow(/nickName/)
        const refusals = [
          [403, 'Authorization_RequestDenied', 'permission-missing'],
          [400, 'Request_UnsupportedQuery', 'graph-refused'],
        ] as const
        const { nextLink } = await directory.listPage(null, select)
        for (const [status, code, reason] of refusals)
          for (const link of [null, nextLink]) {
            await admin.setFault({ route: 'users', times: 1, status, code })
            await expect(directory.listPage(link, select)).rejects.toMatchObject({ reason })
          }
      })
    })

    describe('who exists', () => {
      test('any number of ids, a thousand a request, each as it was asked for', async () => {
        const [present, absent] = [await activeIds(), await gone()]
        const [shouted = ''] = present.map((id) => id.toUpperCase())
        await admin.resetCounters()
        const existing = await directory.existing([...absent, ...present, shouted, 'anna@contoso.example', ''])
        expect(existing).toEqual(new Set([...present, shouted]))
        expect((await admin.counters()).requests).toEqual({ getByIds: 2 })
      })

      test('somebody who is restored is there again, and nobody asks nothing', async () => {
        const { id } = await admin.createUser({})
        await admin.softDelete(id)
        expect(await directory.existing([id])).toEqual(new Set())
        await admin.restore(id)
        expect(await directory.existing([id])).toEqual(new Set([id]))
        await admin.resetCounters()
        expect(await directory.existing([])).toEqual(new Set())
        expect(await directory.existing(['no id'])).toEqual(new Set())
        expect((await admin.counters()).requests).toEqual({})
      })

      test.each([
        { status: 429 },
        { status: 500 },
        { breaks: 'html' },
        { breaks: 'truncate' },
        { breaks: 'disconnect' },
      ] as const)('%o makes nobody absent', async (fault) => {
        const ids = (await activeIds()).slice(0, 5)
        await admin.setFault({ route: 'getByIds', times: 1, ...fault })
        await expect(directory.existing(ids)).rejects.toBeInstanceOf(RetryLater)
        expect(await directory.existing(ids)).toEqual(new Set(ids))
      })

      test('one request of several that fails fails them all', async () => {
        const ids = await activeIds()
        await admin.setUnitLimit(3)
        await expect(directory.existing(ids)).rejects.toBeInstanceOf(RetryLater)
        await admin.setUnitLimit(3)
        expect((await directory.existing(ids.slice(0, 1000))).size).toBe(1000)
      })

      test('a missing permission is told', async () => {
        await admin.setFault({ route: 'getByIds', times: 1, status: 403, code: 'Authorization_RequestDenied' })
        await expect(directory.existing([randomUUID()])).rejects.toMatchObject({ reason: 'permission-missing' })
      })
    })
  })
}
