import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { createDirectory } from '../../lib/graph/create-directory.ts'
import type { AppRoleAssignment } from '../../lib/sync/ports/directory.ts'
import { useStops } from '../support/use-servers.ts'

/** What Graph tells of app roles, and what the adapter makes of it. */

const stops = useStops()
let directory: DirectoryServer
let people: string[]
const author = { id: randomUUID(), value: 'Author' }
const editor = { id: randomUUID(), value: 'Editor' }

beforeAll(async () => {
  directory = await startDirectory({ users: 8, pageSize: 2 })
  stops.push(directory.stop)
  trustDirectory(directory)
  people = (await directory.admin.listUsers()).map(({ person }) => person.id)
  await directory.admin.setAppRoles([author, editor])
})

const port = () => createDirectory({ ...directory, baseUrl: directory.url })

async function assigned(values: string[], clientId = directory.clientId): Promise<AppRoleAssignment[]> {
  const all: AppRoleAssignment[] = []
  for await (const page of port().appRoleAssignments({ clientId, values })) all.push(...page)
  return all
}

/** As Graph answers it to somebody who asks by hand. */
async function ask(
  path: string,
): Promise<{ status: number; body: { value?: { principalType: string }[]; error?: { code: string } } }> {
  const form = new URLSearchParams({
    ...{ grant_type: 'client_credentials', scope: `${directory.url}/.default` },
    ...{ client_id: directory.clientId, client_secret: directory.clientSecret },
  })
  const token = await fetch(`${directory.url}/${directory.tenantId}/oauth2/v2.0/token`, { method: 'POST', body: form })
  const { access_token } = (await token.json()) as { access_token: string }
  const answer = await fetch(`${directory.url}/v1.0${path}`, { headers: { Authorization: `Bearer ${access_token}` } })
  return { status: answer.status, body: (await answer.json()) as never }
}

describe('assignments', () => {
  test('are all read, page by page: people and groups with the wanted roles, and nothing else', async () => {
    const { admin } = directory
    const group = await admin.createGroup({ displayName: 'group', members: [people[5]!] })
    for (const person of people.slice(0, 4)) await admin.assignAppRole(person, 'Author')
    await admin.assignAppRole(people[0]!, 'Editor')
    await admin.assignAppRole(people[6]!, null)
    await admin.assignAppRole(group.id, 'Editor')
    const user = (id: string, value: string) => ({ kind: 'user', id, value })
    expect(await assigned(['Author'])).toEqual(people.slice(0, 4).map((id) => user(id, 'Author')))
    expect(await assigned(['Editor'])).toEqual([
      user(people[0]!, 'Editor'),
      { kind: 'group', id: group.id, value: 'Editor' },
    ])

    await admin.unassignAppRole(people[1]!, 'Author')
    await admin.softDelete(people[2]!)
    await admin.deleteGroup(group.id)
    expect(await assigned(['Author', 'Editor'])).toEqual([
      ...[people[0]!, people[3]!].map((id) => user(id, 'Author')),
      user(people[0]!, 'Editor'),
    ])
  })

  test('lag behind, and show then', async () => {
    const { admin } = directory
    await admin.setLag('until-released')
    await admin.assignAppRole(people[7]!, 'Author')
    expect(await assigned(['Author'])).not.toContainEqual({ kind: 'user', id: people[7], value: 'Author' })
    await admin.releaseLag()
    expect(await assigned(['Author'])).toContainEqual({ kind: 'user', id: people[7], value: 'Author' })
  })

  test('can’t be filtered by role, and hold service principals on the largest page only', async () => {
    const path = `/servicePrincipals(appId='${directory.clientId}')/appRoleAssignedTo`
    expect(await ask(`${path}?$filter=appRoleId eq ${author.id}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_UnsupportedQuery' } },
    })
    const types = async (query: string) =>
      (await ask(path + query)).body.value?.map(({ principalType }) => principalType)
    expect(await types('')).not.toContain('ServicePrincipal')
    expect(await types('?$top=999')).toContain('ServicePrincipal')
  })
})

test('a role or an application that isn’t there is told, never taken for one that nobody has', async () => {
  await expect(assigned(['Author', 'Publisher'])).rejects.toMatchObject({
    reason: 'app-role-missing',
    message: expect.stringContaining('no app role "Publisher"'),
  })
  await expect(assigned(['Publisher'])).rejects.toThrow('It has: "Author", "Editor"')
  for (const clientId of [randomUUID(), 'no-guid'])
    await expect(assigned(['Author'], clientId)).rejects.toMatchObject({ reason: 'application-missing' })
})

test('direct members of a group are those that are in it themselves', async () => {
  const lower = await directory.admin.createGroup({ displayName: 'lower', members: [people[3]!] })
  const upper = await directory.admin.createGroup({ displayName: 'upper', members: [people[4]!, lower.id] })
  const members = async (depth?: 'direct') => {
    const found: string[] = []
    for await (const page of port().groupMembers(upper.id, depth)) found.push(...page)
    return found
  }
  expect(await members('direct')).toEqual([people[4]])
  expect((await members()).toSorted()).toEqual([people[3], people[4]].toSorted())
})
