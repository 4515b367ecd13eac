import { describe, expect, test } from 'vitest'
import { RetryLater, Terminal } from '../../../lib/domain/faults.ts'
import { checkGroups } from '../../../lib/graph/check-groups.ts'
import { findExisting } from '../../../lib/graph/find-existing.ts'
import { readGroupsDelta } from '../../../lib/graph/read-groups-delta.ts'
import { groupMembers, nestedGroups } from '../../../lib/graph/read-members.ts'
import { readMemberships } from '../../../lib/graph/read-memberships.ts'
import { graphError, origin, type Script, scriptedGraph } from './scripted-graph.ts'

const id = (last: number) => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`
const [group, other, anna, bert] = [id(1), id(2), id(11), id(12)]
const user = '#microsoft.graph.user'

async function members(script: (url: string) => Script | undefined): Promise<string[][]> {
  const pages: string[][] = []
  for await (const page of groupMembers(scriptedGraph(({ url }) => script(url)).graph, group)) pages.push(page)
  return pages
}

describe('members of a group', () => {
  test('asks as a cast must be asked, on every page', async () => {
    const next = `${origin}/v1.0/groups/${group}/transitiveMembers/microsoft.graph.user?$skiptoken=x`
    const { graph, sent } = scriptedGraph(({ url }) =>
      url === next ? { body: { value: [{ id: bert }] } } : { body: { value: [{ id: anna }], '@odata.nextLink': next } },
    )
    const pages: string[][] = []
    for await (const page of groupMembers(graph, group)) pages.push(page)
    expect(pages).toEqual([[anna], [bert]])
    expect(sent).toEqual([
      {
        url: `/groups/${group}/transitiveMembers/microsoft.graph.user?$select=id&$top=999&$count=true`,
        body: null,
        headers: { ConsistencyLevel: 'eventual' },
      },
      { url: next, body: null, headers: { ConsistencyLevel: 'eventual' } },
    ])
  })

  test('a cast that was not understood lets nothing else through', async () => {
    const value = [
      { id: anna, '@odata.type': user },
      { id: other, '@odata.type': '#microsoft.graph.group' },
      { id: bert },
    ]
    expect(await members(() => ({ body: { value } }))).toEqual([[anna, bert]])
  })

  test.each<[string, Script | undefined, typeof RetryLater | typeof Terminal]>([
    ['not JSON', undefined, RetryLater],
    ['null', { body: null }, Terminal],
    ['without a list', { body: {} }, Terminal],
    ['with a list of something else', { body: { value: [{ name: 'x' }] } }, Terminal],
    ['with an empty nextLink', { body: { value: [], '@odata.nextLink': '' } }, Terminal],
    ['with a nextLink to elsewhere', { body: { value: [], '@odata.nextLink': 'https://evil.example/' } }, Terminal],
    ['204', { status: 204, body: undefined }, RetryLater],
    ["a proxy's 404", { status: 404, body: undefined }, RetryLater],
    ['throttled', graphError(429, 'TooManyRequests'), RetryLater],
    ['a refusal', graphError(403, 'Authorization_RequestDenied'), Terminal],
  ])('an answer that is %s never ends the list', async (_, script, fault) => {
    const expired = members(() => script)
    await expect(expired).rejects.toBeInstanceOf(fault)
    const next = `${origin}/v1.0/next`
    await expect(
      members((url) => (url === next ? script : { body: { value: [{ id: anna }], '@odata.nextLink': next } })),
    ).rejects.toBeInstanceOf(fault)
  })

  test('pages that expire on the way: this list begins again later, not the directory', async () => {
    const next = `${origin}/v1.0/next`
    for (const script of [graphError(410, 'resyncRequired'), graphError(400, 'Directory_ExpiredPageToken')])
      await expect(
        members((url) => (url === next ? script : { body: { value: [], '@odata.nextLink': next } })),
      ).rejects.toBeInstanceOf(RetryLater)
  })

  test('a Microsoft 365 group has no groups; another group that refuses the cast is a fault', async () => {
    const nested = (groupTypes: string[]) =>
      nestedGroups(
        scriptedGraph(({ url }) =>
          url.includes('transitiveMembers') ? graphError(400, 'Request_UnsupportedQuery') : { body: { groupTypes } },
        ).graph,
        group,
      )
    expect(await nested(['Unified', 'DynamicMembership'])).toEqual([])
    await expect(nested([])).rejects.toMatchObject({ reason: 'graph-refused' })
    await expect(members(() => graphError(400, 'Request_UnsupportedQuery'))).rejects.toMatchObject({
      reason: 'graph-refused',
    })
  })
})

describe('checking groups', () => {
  const visible = { body: { id: group, visibility: null } }
  const check = (script: (url: string) => Script | undefined) =>
    checkGroups(scriptedGraph(({ url }) => script(url)).graph, [group])

  test('a group that hides its members is good only while one is seen', async () => {
    const hidden = (answer: Script) => (url: string) =>
      url.includes('/members') ? answer : { body: { id: group, visibility: 'HiddenMembership' } }
    await expect(check(hidden({ body: { value: [{ id: anna }] } }))).resolves.toBeUndefined()
    for (const answer of [{ body: { value: [] } }, graphError(403, 'Authorization_RequestDenied')])
      await expect(check(hidden(answer))).rejects.toMatchObject({
        reason: 'permission-missing',
        message: expect.stringContaining('Member.Read.Hidden'),
      })
    await expect(check(hidden(graphError(503, 'ServiceUnavailable')))).rejects.toBeInstanceOf(RetryLater)
    await expect(check(() => visible)).resolves.toBeUndefined()
  })

  test('a missing group is told although another could not be asked for', async () => {
    const { graph } = scriptedGraph(({ body }) =>
      body === null
        ? undefined
        : {
            body: {
              responses: [
                { id: '0', status: 503, body: null },
                { id: '1', ...graphError(404, 'Request_ResourceNotFound') },
              ],
            },
          },
    )
    await expect(checkGroups(graph, [group, other])).rejects.toMatchObject({
      reason: 'group-missing',
      message: expect.stringContaining(other),
    })
  })

  test('nothing to check asks nothing', async () => {
    const { graph, sent } = scriptedGraph(() => undefined)
    await checkGroups(graph, [])
    expect(sent).toEqual([])
  })
})

describe('memberships', () => {
  test('twenty groups a question, as steps with a body', async () => {
    const groups = Array.from({ length: 21 }, (_, index) => id(100 + index))
    const { graph, sent } = scriptedGraph(({ body }) => {
      const requests: { id: string; body: { groupIds: string[] } }[] = Reflect.get(body ?? {}, 'requests') ?? []
      const responses = requests.map((step) => ({ id: step.id, status: 200, body: { value: step.body.groupIds } }))
      return { body: { responses: responses.reverse() } }
    })
    const { found, later } = await readMemberships(graph, [anna], groups, 1000)
    expect(later.size).toBe(0)
    expect(found).toEqual(new Map([[anna, groups]]))
    const headers = { 'Content-Type': 'application/json' }
    const step = { url: `/users/${anna}/checkMemberGroups`, method: 'POST', headers }
    expect(sent[0]?.body).toEqual({
      requests: [
        { ...step, id: '0', body: { groupIds: groups.slice(0, 20) } },
        { ...step, id: '1', body: { groupIds: groups.slice(20) } },
      ],
    })
  })

  test('a 404 that is not about the person says nothing about the person', async () => {
    const named = (text: string) => graphError(404, 'Request_ResourceNotFound', `Resource '${text}' does not exist`)
    const ask = (script: Script) =>
      readMemberships(scriptedGraph(() => script).graph, [anna.toUpperCase()], [group], 1000)
    expect((await ask(named(anna))).found).toEqual(new Map([[anna.toUpperCase(), []]]))
    expect((await ask(named(group))).later).toEqual(new Map([[anna.toUpperCase(), 1000]]))
  })

  test('groups that were not asked for, twice, or in another case', async () => {
    const value = [group.toUpperCase(), group, other]
    const { found } = await readMemberships(scriptedGraph(() => ({ body: { value } })).graph, [anna], [group], 1000)
    expect(found).toEqual(new Map([[anna, [group]]]))
  })

  test('an answer in pages is not a complete one', async () => {
    const body = { value: [], '@odata.nextLink': `${origin}/v1.0/next` }
    const { graph } = scriptedGraph(() => ({ body }))
    await expect(readMemberships(graph, [anna], [group], 1000)).rejects.toMatchObject({ reason: 'unexpected-answer' })
    await expect(findExisting(graph, [anna])).rejects.toMatchObject({ reason: 'unexpected-answer' })
  })
})

test('an object of another kind is no person that exists', async () => {
  const value = [
    { id: anna, '@odata.type': user },
    { id: bert, '@odata.type': '#microsoft.graph.device' },
    { id: other },
  ]
  const { graph } = scriptedGraph(() => ({ body: { value } }))
  expect(await findExisting(graph, [anna, bert, other, 'no-id'])).toEqual(new Set([anna, other]))
})

describe('changes of groups', () => {
  const link = `${origin}/v1.0/groups/delta?$deltatoken=t`
  const page = (value: unknown) =>
    readGroupsDelta(scriptedGraph(() => ({ body: { value, '@odata.deltaLink': link } })).graph, link)

  test('members that came and went, by what they are', async () => {
    const { changes } = await page([
      {
        id: group,
        'members@delta': [
          { '@odata.type': user, id: anna },
          { '@odata.type': user, id: bert, '@removed': { reason: 'deleted' } },
          { '@odata.type': '#microsoft.graph.group', id: other, '@removed': { reason: 'deleted' } },
          { '@odata.type': '#microsoft.graph.device', id: id(20) },
          { '@odata.type': '#microsoft.graph.servicePrincipal', id: id(21) },
          { '@odata.type': user, id: anna },
        ],
      },
      { id: other, '@removed': { reason: 'changed' } },
      { id: id(3) },
    ])
    expect(changes).toEqual([
      { group, removed: false, users: [anna, bert], groups: [other] },
      { group: other, removed: true, users: [], groups: [] },
      { group: id(3), removed: false, users: [], groups: [] },
    ])
  })

  test('a member that does not say what it is may be a person or a group', async () => {
    expect((await page([{ id: group, 'members@delta': [{ id: anna }] }])).changes).toEqual([
      { group, removed: false, users: [anna], groups: [anna] },
    ])
  })

  test.each([
    [{}],
    [{ value: [] }],
    [{ value: [], '@odata.nextLink': link, '@odata.deltaLink': link }],
    [{ value: [{}], '@odata.deltaLink': link }],
  ])('an answer that is not as documented is refused: %o', async (body) => {
    await expect(readGroupsDelta(scriptedGraph(() => ({ body })).graph, link)).rejects.toMatchObject({
      reason: 'unexpected-answer',
    })
  })
})
