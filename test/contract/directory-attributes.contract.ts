import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DirectoryAdmin } from '../../dev/directory/admin-client.ts'
import type { DirectoryUser } from '../../lib/domain/directory-user.ts'
import { fingerprint } from '../../lib/domain/fingerprint.ts'
import { noManager } from '../../lib/domain/manager.ts'
import type { DeltaPage, Directory } from '../../lib/sync/ports/directory.ts'

const badge = 'extension_0123456789abcdef0123456789abcdef_badge'
const select = ['displayName', 'employeeId', 'identities', 'manager', 'onPremisesExtensionAttributes', badge]

type Started = { directory: Directory; admin: DirectoryAdmin; stop(): Promise<void> }

/** Any property that a mapping can name: by id, page by page, and after a change. */
export function directoryAttributesContract(name: string, page: 'delta' | 'list', start: () => Promise<Started>): void {
  describe(`${name}: attributes`, () => {
    let { directory, admin, stop } = {} as Started
    const ids = { boss: '', anna: '', nobody: '' }
    beforeAll(async () => {
      ;({ directory, admin, stop } = await start())
      const boss = await admin.createUser({
        displayName: 'Max',
        userPrincipalName: 'max@contoso.example',
        mail: 'max@x.example',
      })
      const anna = await admin.createUser({
        ...{ displayName: 'Anna', manager: boss.id, employeeId: '7', [badge]: 'A1' },
        identities: [{ signInType: 'userName', issuer: 'contoso.example', issuerAssignedId: 'anna' }],
        onPremisesExtensionAttributes: { extensionAttribute3: 'three' },
      })
      const nobody = await admin.createUser({ displayName: 'Nobody' })
      Object.assign(ids, { boss: boss.id, anna: anna.id, nobody: nobody.id })
    }, 60_000)
    afterAll(() => stop())

    const byId = async (id: string): Promise<DirectoryUser> => {
      const lookUp = (await directory.usersById([id], select)).found.get(id)
      if (lookUp?.kind !== 'found') throw new Error('not found')
      return lookUp.user
    }
    async function everybody(): Promise<Map<string, DirectoryUser>> {
      const users = new Map<string, DirectoryUser>()
      let link: string | null = null
      do {
        const read: DeltaPage = await (page === 'delta'
          ? directory.deltaPage(link, select)
          : directory.listPage(link, select))
        for (const user of read.users) users.set(user.id, user)
        link = read.nextLink
      } while (link !== null)
      return users
    }

    it('reads a manager by id with what a mapping may name, and none as nothing but null', async () => {
      expect((await byId(ids.anna))['manager']).toEqual({
        ...{ id: ids.boss, displayName: 'Max', mail: 'max@x.example', userPrincipalName: 'max@contoso.example' },
      })
      expect((await byId(ids.nobody))['manager']).toEqual(noManager)
    })

    it('reads extensions, on-premises attributes and identities; what was never set is null, so that it can clear', async () => {
      expect(await byId(ids.anna)).toMatchObject({
        ...{ employeeId: '7', [badge]: 'A1', identities: [{ issuerAssignedId: 'anna' }] },
        onPremisesExtensionAttributes: { extensionAttribute3: 'three', extensionAttribute4: null },
      })
      expect(await byId(ids.nobody)).toMatchObject({ employeeId: null, [badge]: null, identities: [] })
    })

    it('gives people the same fingerprint by id and page by page', async () => {
      const pages = await everybody()
      for (const id of Object.values(ids)) {
        const [a, b] = [await byId(id), pages.get(id)!]
        expect([id, fingerprint(b, [], 'c', select)]).toEqual([id, fingerprint(a, [], 'c', select)])
      }
      const other = { ...pages.get(ids.anna)!, manager: { ...noManager, id: ids.nobody } }
      expect(fingerprint(other, [], 'c', select)).not.toBe(fingerprint(pages.get(ids.anna)!, [], 'c', select))
    })

    it('finds who reports to somebody', async () => {
      expect(await directory.directReports([ids.boss, ids.anna, ids.boss])).toEqual([ids.anna])
      expect(await directory.directReports([ids.nobody])).toEqual([])
      expect(await directory.directReports(['11111111-2222-4333-8444-555555555555', 'no id'])).toEqual([])
    })

    it('tells nothing of a manager who was not asked for', async () => {
      const { found } = await directory.usersById([ids.anna], ['displayName'])
      const lookUp = found.get(ids.anna)
      expect(lookUp?.kind === 'found' && Object.keys(lookUp.user).sort()).toEqual(['displayName', 'id'])
    })

    it('clears what is taken away', async () => {
      await admin.updateUser(ids.anna, { manager: null, [badge]: null, onPremisesExtensionAttributes: null })
      expect(await byId(ids.anna)).toMatchObject({
        ...{ manager: noManager, [badge]: null, onPremisesExtensionAttributes: { extensionAttribute3: null } },
      })
      await admin.updateUser(ids.anna, { manager: ids.boss })
      await admin.softDelete(ids.boss)
      expect((await byId(ids.anna))['manager']).toEqual(noManager)
    })

    it('waits where somebody can’t be asked for their reports', async () => {
      await admin.setFault({ route: 'users/{id}/directReports', status: 503, times: 1 })
      await expect(directory.directReports([ids.anna])).rejects.toMatchObject({ name: 'RetryLater' })
    })
  })
}
