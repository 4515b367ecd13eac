import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import type { PhotoInput } from '../../dev/directory/admin-schemas.ts'
import type { Directory } from '../../lib/sync/ports/directory.ts'

type Tenant = { directory: Directory; admin: DirectoryAdmin; defaultWait: number; stop: () => Promise<void> }

/** What the photo poll and the lane rely on. */
export function directoryPhotosContract(name: string, start: (users: number) => Promise<Tenant>): void {
  describe(`${name}: photos`, () => {
    let tenant: Tenant
    beforeAll(async () => {
      tenant = await start(0)
    })
    afterAll(() => tenant.stop())

    const person = async (photo?: PhotoInput): Promise<string> => {
      const { id } = await tenant.admin.createUser({})
      if (photo) await tenant.admin.setPhoto(id, photo)
      return id
    }
    const tagOf = async (id: string) => (await tenant.directory.photoTags([id])).found.get(id)

    test('a tag changes with the photo, goes with it, and stays otherwise', async () => {
      const id = await person({ look: 'a' })
      const first = await tagOf(id)
      expect(first).toEqual(expect.stringMatching(/^".+"$/))
      await tenant.admin.updateUser(id, { displayName: 'Renamed' })
      expect(await tagOf(id)).toBe(first)
      await tenant.admin.setPhoto(id, { look: 'b' })
      expect(await tagOf(id)).not.toBe(first)
      await tenant.admin.setPhoto(id, { none: 'ImageNotFound' })
      expect(await tagOf(id)).toBeNull()
    })

    test('a change is in no delta page', async () => {
      const { deltaLink } = await lastPage(tenant.directory, null)
      await person({ look: 'a' })
      const { deltaLink: next, users } = await lastPage(tenant.directory, deltaLink)
      expect(users).toHaveLength(1)
      await tenant.admin.setPhoto(users[0]!.id, { look: 'b' })
      expect((await lastPage(tenant.directory, next)).users).toEqual([])
    })

    test.each<PhotoInput>([
      { none: '1x1' },
      { none: 'ImageNotFound' },
      { none: 'ErrorItemNotFound' },
      { none: 'ErrorNonExistentMailbox' },
      { none: 'Request_ResourceNotFound' },
      { none: null },
    ])('%o is no photo', async (photo) => {
      const id = await person(photo)
      expect(await tagOf(id)).toBeNull()
      expect((await tenant.directory.photos([id], 240)).found.get(id)).toBeNull()
    })

    test('who is not there, deleted or of another tenant has an unknown photo, never none', async () => {
      const [gone, deleted, here] = [randomUUID(), await person({}), await person({})]
      await tenant.admin.softDelete(deleted)
      expect((await tenant.directory.photoTags([gone, deleted, here])).found.size).toBe(1)
      await tenant.admin.setForeignTenant(true)
      expect(await tenant.directory.photoTags([here])).toEqual({ found: new Map(), later: new Map() })
      await tenant.admin.setForeignTenant(false)
    })

    test('in the size that was asked for, the largest where all are smaller, any size where no mailbox has it', async () => {
      const [large, small, odd] = [
        await person({ edge: 1000 }),
        await person({ edge: 100 }),
        await person({ edge: 333, kept: 'directory' }),
      ]
      const { found } = await tenant.directory.photos([large, small, odd], 240)
      const edges = [large, small, odd].map((id) => Buffer.from(found.get(id)!.bytes).readUInt32BE(16))
      expect(edges).toEqual([240, 96, 333])
      expect(new Set([...found.values()].map((photo) => photo?.type))).toEqual(new Set(['image/png']))
    })

    test('twenty people a request, and one person’s trouble is nobody else’s', async () => {
      const ids = await Promise.all(Array.from({ length: 21 }, () => person({})))
      await tenant.admin.resetCounters()
      await tenant.admin.setFault({
        route: 'users/{id}/photo',
        id: ids[3]!,
        status: 429,
        code: 'TooManyRequests',
        headers: { 'Retry-After': '2.5' },
      })
      await tenant.admin.setFault({ route: 'users/{id}/photo', id: ids[4]!, status: 503 })
      const { found, later } = await tenant.directory.photoTags(ids)
      await tenant.admin.clearFaults()
      expect(found.size).toBe(19)
      expect(later).toEqual(
        new Map([
          [ids[3], 2500],
          [ids[4], tenant.defaultWait],
        ]),
      )
      // The last one of 21 goes alone.
      expect((await tenant.admin.counters()).requests).toEqual({ $batch: 1, 'users/{id}/photo': 1 })
    })

    test('a missing permission is told once, of all', async () => {
      const id = await person({})
      await tenant.admin.setFault({
        route: 'users/{id}/photo',
        times: 1,
        status: 403,
        code: 'Authorization_RequestDenied',
      })
      await expect(tenant.directory.photoTags([id])).rejects.toMatchObject({ reason: 'permission-missing' })
    })
  })
}

async function lastPage(directory: Directory, link: string | null) {
  const users = []
  for (let next = link; ;) {
    const page = await directory.deltaPage(next, ['displayName'])
    users.push(...page.users)
    if (page.deltaLink !== null) return { users, deltaLink: page.deltaLink }
    next = page.nextLink
  }
}
