import { describe, expect, test } from 'vitest'
import { type DirectoryServer, startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { RetryLater, Terminal } from '../../lib/domain/faults.ts'
import { createDirectory, type DirectorySettings } from '../../lib/graph/create-directory.ts'
import { directoryAttributesContract } from './directory-attributes.contract.ts'
import { directoryContract } from './directory.contract.ts'
import { directoryGroupsContract } from './directory-groups.contract.ts'
import { directoryListsContract } from './directory-lists.contract.ts'
import { directoryPhotosContract } from './directory-photos.contract.ts'
import { directoryMembershipsContract } from './directory-memberships.contract.ts'

const settings = (server: DirectoryServer): DirectorySettings => ({
  tenantId: server.tenantId,
  clientId: server.clientId,
  clientSecret: server.clientSecret,
  authorityHost: server.authorityHost,
  baseUrl: server.url,
  timeout: 2000,
})

const start = async (options: Parameters<typeof startDirectory>[0]) => {
  const server = await startDirectory(options)
  trustDirectory(server)
  return {
    directory: createDirectory({ ...settings(server), defaultWait: 4321 }),
    defaultWait: 4321,
    admin: server.admin,
    tenantId: server.tenantId,
    stop: server.stop,
  }
}

directoryContract('Graph adapter on the simulated directory', (users) => start({ users, pageSize: 20 }))
directoryMembershipsContract('Graph adapter on the simulated directory', (users) => start({ users }))
directoryGroupsContract('Graph adapter on the simulated directory', (users) => start({ users, memberPageSize: 20 }))
directoryPhotosContract('Graph adapter on the simulated directory', (users) => start({ users }))
directoryListsContract('Graph adapter on a simulated B2C tenant', (users) => start({ users, kind: 'b2c' }))
directoryAttributesContract('Graph adapter on the simulated directory', 'delta', () => start({ users: 3 }))
directoryAttributesContract('Graph adapter on a simulated B2C tenant', 'list', () => start({ users: 3, kind: 'b2c' }))

test('an Azure AD B2C tenant has no photos: nobody’s own trouble', async () => {
  const b2c = await start({ users: 3, kind: 'b2c' })
  const ids = (await b2c.admin.listUsers()).map(({ person }) => person.id)
  await expect(b2c.directory.photoTags(ids)).rejects.toMatchObject({ reason: 'photos-not-supported' })
  await expect(b2c.directory.photos(ids, 240)).rejects.toMatchObject({ reason: 'photos-not-supported' })
  await b2c.stop()
})

test('a mailbox takes four requests at a time and so many in ten minutes', async () => {
  const tight = await start({ users: 1, mailboxRequests: 2 })
  const [{ person }] = (await tight.admin.listUsers()) as [Awaited<ReturnType<typeof tight.admin.getUser>>]
  await tight.admin.setPhoto(person.id, {})
  for (let times = 0; times < 2; times++) expect((await tight.directory.photoTags([person.id])).found.size).toBe(1)
  const { later } = await tight.directory.photoTags([person.id])
  expect(later.get(person.id)).toBeGreaterThan(500_000)
  await tight.stop()
})

async function withServer(
  options: Parameters<typeof startDirectory>[0],
  use: (server: DirectoryServer) => Promise<void>,
): Promise<void> {
  const server = await startDirectory(options)
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

describe('signing in', () => {
  test('each wrong setting has its own cure, and no secret is told', () =>
    withServer({ users: 1 }, async (server) => {
      trustDirectory(server)
      const right = settings(server)
      const secret = 'a-wrong-secret-value'
      const cases = [
        [{ ...right, clientSecret: secret }, 'sign-in-refused', /AZURE_CLIENT_SECRET is wrong/],
        [{ ...right, clientId: crypto.randomUUID() }, 'sign-in-refused', /AZURE_CLIENT_ID names no app/],
        [{ ...right, tenantId: crypto.randomUUID() }, 'sign-in-refused', /AZURE_TENANT_ID/],
      ] as const
      for (const [wrong, reason, message] of cases) {
        const error: unknown = await createDirectory(wrong)
          .organizationId()
          .catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ name: 'Terminal', reason, message: expect.stringMatching(message) })
        expect(String(error)).not.toContain(secret)
      }
    }))

  test('Entra being busy or away passes', () =>
    withServer({ users: 1 }, async (server) => {
      trustDirectory(server)
      for (const fault of [
        { status: 429 },
        { status: 503 },
        { breaks: 'disconnect' as const },
        { breaks: 'hang' as const },
      ]) {
        const directory = createDirectory(settings(server))
        await server.admin.setFault({ route: 'token', times: 1, code: 'temporarily_unavailable', ...fault })
        await expect(directory.organizationId()).rejects.toBeInstanceOf(RetryLater)
        expect(await directory.organizationId()).toBe(server.tenantId)
      }
    }))

  test('a directory whose certificate is not trusted is told from one that is away', () =>
    withServer({ users: 1 }, async (server) => {
      await expect(createDirectory(settings(server)).organizationId()).rejects.toMatchObject({ reason: 'certificate' })
      await server.stop()
      await expect(createDirectory(settings(server)).organizationId()).rejects.toBeInstanceOf(RetryLater)
    }))

  test('many requests at once fetch one access token', () =>
    withServer({ users: 1 }, async (server) => {
      trustDirectory(server)
      const directory = createDirectory(settings(server))
      await Promise.all([1, 2, 3, 4, 5].map(() => directory.organizationId()))
      expect((await server.admin.counters()).requests).toEqual({ token: 1, organization: 5 })
    }))

  test.each(['http://127.0.0.1:1', 'graph.microsoft.com', 'https://graph.microsoft.com/v1.0', ''])(
    'an address that can not work is refused at once: %s',
    (baseUrl) => {
      expect(() => createDirectory({ tenantId: 't', clientId: 'c', clientSecret: 's', baseUrl })).toThrow(Terminal)
    },
  )
})

test('a B2C tenant has no delta, but people by id', () =>
  withServer({ users: 3, kind: 'b2c' }, async (server) => {
    trustDirectory(server)
    const directory = createDirectory(settings(server))
    await expect(directory.deltaPage(null, ['mail'])).rejects.toMatchObject({ reason: 'delta-not-supported' })
    await expect(directory.groupsPage(null)).rejects.toMatchObject({ reason: 'delta-not-supported' })
    const [first] = await server.admin.listUsers()
    const { found } = await directory.usersById([first?.person.id ?? ''], ['identities', 'mail'])
    expect([...found.values()]).toMatchObject([
      { kind: 'found', user: { mail: null, identities: [{ signInType: 'emailAddress' }, {}] } },
    ])
  }))
