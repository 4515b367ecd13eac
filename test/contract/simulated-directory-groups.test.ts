import { Agent, request } from 'node:https'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { DirectoryOptionsInput } from '../../dev/directory/options.ts'
import { extensionsApp, seedPeople } from '../../dev/directory/seed-people.ts'
import { type DirectoryServer, startDirectory } from '../../dev/directory/start-directory.ts'

const objectSchema = z.looseObject({ id: z.string() })
const bodySchema = z.looseObject({
  value: z.array(z.union([objectSchema, z.string()])).optional(),
  responses: z.array(z.looseObject({ id: z.string(), status: z.number() })).optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
})
type Member = { '@odata.type': string; id: string; '@removed'?: { reason: string } }
type GroupEntry = { id: string; '@removed'?: { reason: string }; 'members@delta'?: Member[]; displayName?: string }

/** A client of a directory: plain https requests, as the documentation writes them. */
async function client(options: DirectoryOptionsInput) {
  const server: DirectoryServer = await startDirectory(options)
  const agent = new Agent({ ca: readFileSync(server.caFile), keepAlive: true })
  const send = (method: string, url: string, headers: Record<string, string>, body = '') =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
      request(new URL(url, server.url), { method, agent, headers }, (response) => {
        text(response).then(
          (content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: content }),
          reject,
        )
      })
        .on('error', reject)
        .end(body)
    })
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: server.clientId,
    client_secret: server.clientSecret,
    scope: `${server.url}/.default`,
  })
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const signedIn = await send('POST', `/${server.tenantId}/oauth2/v2.0/token`, type, String(form))
  const authorization = `Bearer ${z.object({ access_token: z.string() }).parse(JSON.parse(signedIn.text)).access_token}`
  const graph = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const url = path.startsWith('https:') ? path : `/v1.0${path}`
    const content = body ? { 'content-type': 'application/json' } : {}
    const answer = await send(method, url, { authorization, ...content, ...headers }, body && JSON.stringify(body))
    return { ...answer, body: bodySchema.parse(answer.text.startsWith('{') ? JSON.parse(answer.text) : {}) }
  }
  const get = (path: string, headers: Record<string, string> = {}) => graph('GET', path, undefined, headers)
  const post = (path: string, body: object) => graph('POST', path, body)
  /** Every page of a list. */
  const pages = async (path: string) => {
    const all: string[][] = []
    for (let next: string | undefined = path; next !== undefined;) {
      const { status, body } = await get(next)
      expect(status).toBe(200)
      all.push((body.value ?? []).map((item) => (typeof item === 'string' ? item : item.id)))
      next = body['@odata.nextLink']
    }
    return all
  }
  const ids = async (path: string) => (await pages(path)).flat()
  const checked = async (user: string, groupIds: string[]) =>
    (await post(`/users/${user}/checkMemberGroups`, { groupIds })).body.value
  /** A round of groups/delta to its deltaLink. */
  const round = async (start: string, headers: Record<string, string> = {}) => {
    const all: GroupEntry[][] = []
    for (let link = start; ;) {
      const { status, body } = await get(link, headers)
      expect(status).toBe(200)
      all.push((body.value ?? []) as GroupEntry[])
      if (body['@odata.deltaLink'] !== undefined)
        return { pages: all, entries: all.flat(), deltaLink: body['@odata.deltaLink'] }
      link = z.string().parse(body['@odata.nextLink'])
    }
  }
  const latest = async () => (await round('/groups/delta?$select=id,members&$deltatoken=latest')).deltaLink
  return {
    ...{ server, admin: server.admin, graph, get, post, pages, ids, checked, round, latest },
    stop: async () => {
      agent.destroy()
      await server.stop()
    },
  }
}
type Client = Awaited<ReturnType<typeof client>>

const members = (entries: GroupEntry[], group: string) =>
  entries.filter(({ id }) => id === group).flatMap((entry) => entry['members@delta'] ?? [])

describe('groups of the simulated directory', () => {
  let graph: Client
  let people: string[]
  beforeAll(async () => {
    graph = await client({ users: 60, pageSize: 10, memberPageSize: 7, traps: { emptyPageEvery: 0, repeatEvery: 0 } })
    people = (await graph.admin.listUsers()).map(({ person }) => person.id)
  })
  afterAll(() => graph.stop())
  afterEach(async () => {
    await graph.admin.clearFaults()
    await graph.admin.releaseLag()
    await graph.admin.setUnitLimit('documented')
    await graph.admin.setTraps({ emptyPageEvery: 0, repeatEvery: 0, outOfOrder: false, replay: 0 })
  })
  const group = (ids: string[] = [], more: object = {}) =>
    graph.admin.createGroup({ displayName: 'A group', members: ids, ...more }).then(({ id }) => id)
  const person = () => graph.admin.createUser({ displayName: 'Someone' }).then(({ id }) => id)

  test('GET /groups/{id}: $select; unknown and deleted ones answer 404', async () => {
    const id = await group()
    expect((await graph.get(`/groups/${id}?$select=id`)).body).toEqual({ '@odata.context': expect.any(String), id })
    expect((await graph.get(`/groups/${id}`)).body).toMatchObject({ groupTypes: [], securityEnabled: true })
    await graph.admin.deleteGroup(id)
    for (const gone of [id, crypto.randomUUID()])
      for (const path of [`/groups/${gone}?$select=id`, `/groups/${gone}/members`, `/groups/${gone}/transitiveMembers`])
        expect(await graph.get(path)).toMatchObject({
          status: 404,
          body: { error: { code: 'Request_ResourceNotFound' } },
        })
  })

  test('transitiveMembers: nested groups and their people once, through cycles, by kind', async () => {
    const [a = '', b = '', c = ''] = people
    const outer = await group([a, b])
    const inner = await group([b, c])
    await graph.admin.addMembers(outer, [inner])
    await graph.admin.addMembers(inner, [outer])
    const list = `/groups/${outer}/transitiveMembers`
    const { body } = await graph.get(`${list}?$select=id`)
    expect(body.value).toContainEqual({ '@odata.type': '#microsoft.graph.group', id: inner })
    expect((await graph.ids(list)).toSorted()).toEqual([a, b, c, inner].toSorted())
    expect((await graph.ids(`${list}/microsoft.graph.user?$select=id`)).toSorted()).toEqual([a, b, c].toSorted())
    expect(await graph.ids(`${list}/microsoft.graph.group?$select=id`)).toEqual([inner])
    const eventual = await graph.get(`${list}/microsoft.graph.user?$count=true&$top=2`, {
      ConsistencyLevel: 'eventual',
    })
    expect(eventual.body).toMatchObject({ '@odata.count': 3, value: [{}, {}] })
    expect((await graph.ids(`/groups/${outer}/members`)).toSorted()).toEqual([a, b, inner].toSorted())
    expect(await graph.checked(c, [outer, inner])).toHaveLength(2)
  })

  test('pages: $top up to 999, a nextLink with $select and $top that survives changes', async () => {
    const id = await group(people.slice(0, 25))
    expect((await graph.pages(`/groups/${id}/transitiveMembers`)).map(({ length }) => length)).toEqual([10, 10, 5])
    expect((await graph.get(`/groups/${id}/transitiveMembers?$top=1000`)).status).toBe(400)
    const first = await graph.get(`/groups/${id}/transitiveMembers/microsoft.graph.user?$select=id&$top=10`)
    const link = z.string().parse(first.body['@odata.nextLink'])
    expect(new URL(link).searchParams.get('$select')).toBe('id')
    expect(new URL(link).searchParams.get('$top')).toBe('10')
    await graph.admin.removeMembers(id, people.slice(0, 5))
    await graph.admin.addMembers(id, people.slice(30, 31))
    const seen = new Set([
      ...(first.body.value ?? []).map((item) => objectSchema.parse(item).id),
      ...(await graph.ids(link)),
    ])
    expect([...people.slice(5, 25), ...people.slice(30, 31)].filter((member) => !seen.has(member))).toEqual([])
  })

  test('checkMemberGroups: 20 ids, unknown ones not returned, as a step of a $batch too', async () => {
    const [a = ''] = people
    const [mine, other] = [await group([a]), await group()]
    expect(await graph.checked(a, [mine, other, crypto.randomUUID()])).toEqual([mine])
    const many = Array.from({ length: 21 }, () => crypto.randomUUID())
    expect((await graph.post(`/users/${a}/checkMemberGroups`, { groupIds: many })).status).toBe(400)
    expect((await graph.post(`/users/${crypto.randomUUID()}/checkMemberGroups`, { groupIds: [mine] })).status).toBe(404)
    const step = { method: 'POST', body: { groupIds: [mine] }, headers: { 'Content-Type': 'application/json' } }
    const requests = [
      { ...step, id: '1', url: `/users/${a}/checkMemberGroups` },
      { ...step, id: '2', url: `/users/${crypto.randomUUID()}/checkMemberGroups` },
      { id: '3', method: 'GET', url: `/groups/${mine}?$select=id` },
    ]
    const { body } = await graph.post('/$batch', { requests })
    expect(new Map(body.responses?.map((item) => [item.id, [item.status, item['body']]]))).toMatchObject(
      new Map([
        ['1', [200, { value: [mine] }]],
        ['2', [404, { error: {} }]],
        ['3', [200, { id: mine }]],
      ]),
    )
    const untyped = { id: '1', method: 'POST', url: `/users/${a}/checkMemberGroups`, body: { groupIds: [mine] } }
    expect((await graph.post('/$batch', { requests: [untyped] })).status).toBe(400)
  })

  test('getMemberGroups: everything, or security groups only', async () => {
    const one = await person()
    const [security, unified] = [await group([one]), await group([one], { kind: 'm365' })]
    const outer = await group([security])
    const got = async (body: object) => (await graph.post(`/users/${one}/getMemberGroups`, body)).body.value
    expect(new Set(await got({}))).toEqual(new Set([security, unified, outer]))
    expect(new Set(await got({ securityEnabledOnly: true }))).toEqual(new Set([security, outer]))
  })

  test('resource units', async () => {
    const id = await group([people[0] ?? ''])
    const units = async (path: string) => Number((await graph.get(path)).headers['x-ms-resource-unit'])
    expect(await units(`/groups/${id}/transitiveMembers`)).toBe(5)
    expect(await units(`/groups/${id}/transitiveMembers/microsoft.graph.user?$select=id&$top=999`)).toBe(4)
    expect(await units(`/groups/${id}/members`)).toBe(3)
    expect(await units(`/groups/${id}?$select=id`)).toBe(1)
    expect(await units('/groups/delta?$deltatoken=latest')).toBe(1)
    const asked = (path: string, body: object) => graph.post(`/users/${people[0]}/${path}`, body)
    expect((await asked('checkMemberGroups', { groupIds: [id] })).headers['x-ms-resource-unit']).toBe('4')
    expect((await asked('getMemberGroups', {})).headers['x-ms-resource-unit']).toBe('2')
  })

  describe('groups/delta', () => {
    test('additions and removals of people and groups, and nothing else', async () => {
      const [a = '', b = ''] = people
      const inner = await group()
      const id = await group([a])
      const link = await graph.latest()
      expect((await graph.round(link)).entries).toEqual([])
      await graph.admin.addMembers(id, [b, inner])
      await graph.admin.removeMembers(id, [a])
      const next = await graph.round(link)
      expect(next.entries.map((entry) => entry.id)).toEqual([id])
      expect(members(next.entries, id)).toEqual([
        { '@odata.type': '#microsoft.graph.user', id: b },
        { '@odata.type': '#microsoft.graph.group', id: inner },
        { '@odata.type': '#microsoft.graph.user', id: a, '@removed': { reason: 'deleted' } },
      ])
      expect((await graph.round(next.deltaLink)).entries).toEqual([])
      expect(members((await graph.round(link)).entries, id)).toHaveLength(3)
    })

    test('a security group is deleted at once and leaves its parents, a Microsoft 365 group can come back', async () => {
      const [a = ''] = people
      const [security, unified] = [await group([a]), await group([a], { kind: 'm365' })]
      const parent = await group([security])
      const link = await graph.latest()
      await graph.admin.deleteGroup(security)
      await graph.admin.deleteGroup(unified)
      const { entries, deltaLink } = await graph.round(link)
      expect(entries).toContainEqual({ id: security, '@removed': { reason: 'deleted' } })
      expect(entries).toContainEqual({ id: unified, '@removed': { reason: 'changed' } })
      expect(members(entries, parent)).toMatchObject([{ id: security, '@removed': { reason: 'deleted' } }])
      expect(await graph.checked(a, [security, unified, parent])).toEqual([])
      expect((await graph.get(`/directory/deletedItems/${unified}`)).status).toBe(200)
      expect((await graph.get(`/directory/deletedItems/${security}`)).status).toBe(404)
      await expect(graph.admin.restoreGroup(security)).rejects.toThrow(/purged/)
      await graph.admin.restoreGroup(unified)
      const after = await graph.round(deltaLink)
      expect(after.entries).toEqual([{ id: unified }])
      expect(await graph.checked(a, [unified])).toEqual([unified])
      await graph.admin.deleteGroup(unified)
      await graph.admin.deleteGroup(unified)
      expect((await graph.round(after.deltaLink)).entries).toEqual([{ id: unified, '@removed': { reason: 'deleted' } }])
    })

    test('soft-deleted people keep their memberships unseen; purged ones are removed', async () => {
      const one = await person()
      const id = await group([one])
      const link = await graph.latest()
      await graph.admin.softDelete(one)
      expect(await graph.ids(`/groups/${id}/transitiveMembers`)).toEqual([])
      expect((await graph.post(`/users/${one}/checkMemberGroups`, { groupIds: [id] })).status).toBe(404)
      expect((await graph.round(link)).entries).toEqual([])
      await graph.admin.restore(one)
      expect(await graph.ids(`/groups/${id}/members`)).toEqual([one])
      await graph.admin.purge(one)
      expect(members((await graph.round(link)).entries, id)).toEqual([
        { '@odata.type': '#microsoft.graph.user', id: one, '@removed': { reason: 'deleted' } },
      ])
    })

    test('a large group repeats over pages with other members, between other groups', async () => {
      const large = await group(people.slice(0, 30))
      const link = await graph.latest()
      const small = await group(people.slice(0, 2))
      await graph.admin.removeMembers(large, people.slice(0, 20))
      await graph.admin.setTraps({ emptyPageEvery: 2 })
      const changes = await graph.round(link)
      expect(changes.pages.filter((page) => page.some(({ id }) => id === large)).length).toBeGreaterThan(2)
      expect(changes.pages.filter((page) => page.length === 0).length).toBeGreaterThan(1)
      expect(new Set(members(changes.entries, large).map(({ id }) => id))).toEqual(new Set(people.slice(0, 20)))
      expect(changes.entries.map(({ id }) => id)).toContain(small)
      await graph.admin.setTraps({ emptyPageEvery: 4, repeatEvery: 3, outOfOrder: true })
      await graph.admin.addMembers(large, people.slice(0, 20))
      const whole = await graph.round('/groups/delta?$select=id,displayName,members')
      const ofLarge = members(whole.entries, large).map(({ id }) => id)
      expect(new Set(ofLarge)).toEqual(new Set(people.slice(0, 30)))
      expect(whole.pages.some((page) => page.length === 0)).toBe(true)
      const places = whole.entries.flatMap(({ id }, place) => (id === large ? [place] : []))
      expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeGreaterThan(places.length)
      for (const { status, group: shown, members: expected } of await graph.admin.listGroups()) {
        const all = whole.entries.filter((entry) => entry.id === shown.id)
        if (status === 'active') expect(new Set(members(all, shown.id).map(({ id }) => id))).toEqual(new Set(expected))
        else expect(all[0]).toEqual({ id: shown.id, '@removed': { reason: 'deleted' } })
      }
    })

    test('replays; members only where they are selected; minimal entries', async () => {
      const id = await group()
      const link = (await graph.round('/groups/delta?$select=displayName&$deltatoken=latest')).deltaLink
      const withMembers = await graph.latest()
      await graph.admin.addMembers(id, people.slice(0, 2))
      expect((await graph.round(link)).entries).toEqual([])
      await graph.admin.renameGroup(id, 'Renamed')
      expect((await graph.round(link)).entries).toEqual([{ id, displayName: 'Renamed' }])
      const named = (await graph.round('/groups/delta?$select=displayName,members&$deltatoken=latest')).deltaLink
      await graph.admin.addMembers(id, people.slice(2, 3))
      expect((await graph.round(named)).entries).toMatchObject([{ displayName: 'Renamed', 'members@delta': [{}] }])
      const [minimal] = (await graph.round(named, { Prefer: 'return=minimal' })).entries
      expect(minimal).not.toHaveProperty('displayName')
      const { deltaLink } = await graph.round(withMembers)
      await graph.admin.setTraps({ replay: 1 })
      expect(members((await graph.round(deltaLink)).entries, id)).toMatchObject([{ id: people[2] }])
    })

    test('links expire like those of users', async () => {
      const link = await graph.latest()
      const listed = await graph.get(`/groups/${await group(people.slice(0, 20))}/members`)
      await graph.admin.resetDelta()
      const gone = await graph.get(link)
      expect(gone).toMatchObject({ status: 410, body: { error: { code: 'resyncRequired' } } })
      expect(gone.headers['location']).toMatch(/\/groups\/delta\?\$deltatoken=$/)
      await graph.admin.expireLinks({ links: 'next', as: 'expiredPage' })
      expect(await graph.get(z.string().parse(listed.body['@odata.nextLink']))).toMatchObject({
        status: 400,
        body: { error: { code: 'Directory_ExpiredPageToken' } },
      })
      const users = await graph.get('/users/delta?$select=id&$deltatoken=latest')
      const token = new URL(z.string().parse(users.body['@odata.deltaLink'])).search
      expect((await graph.get(`/groups/delta${token}`)).status).toBe(400)
    })
  })

  test('a Microsoft 365 group holds people only, and refuses the cast to groups', async () => {
    const unified = await group([people[0] ?? ''], { kind: 'm365' })
    const security = await group()
    await expect(graph.admin.addMembers(unified, [security])).rejects.toThrow(/cannot have groups/)
    await expect(graph.admin.addMembers(security, [unified])).rejects.toThrow(/cannot be a member/)
    await expect(graph.admin.addMembers(security, [security])).rejects.toThrow(/itself/)
    await expect(graph.admin.addMembers(security, [people[1] ?? '', crypto.randomUUID()])).rejects.toThrow(/404/)
    expect(await graph.ids(`/groups/${security}/members`)).toEqual([])
    expect(await graph.get(`/groups/${unified}/transitiveMembers/microsoft.graph.group`)).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_UnsupportedQuery' } },
    })
    expect((await graph.get(`/groups/${unified}?$select=groupTypes`)).body).toMatchObject({ groupTypes: ['Unified'] })
  })

  test('a group that hides its members shows nobody, and is in no answer of checkMemberGroups', async () => {
    const [a = ''] = people
    const hidden = await group([a], { kind: 'm365', visibility: 'HiddenMembership' })
    expect((await graph.get(`/groups/${hidden}?$select=id,visibility`)).body).toMatchObject({
      visibility: 'HiddenMembership',
    })
    expect(await graph.ids(`/groups/${hidden}/transitiveMembers`)).toEqual([])
    expect(await graph.checked(a, [hidden])).toEqual([])
  })

  test('getByIds: active people and groups only, of the types asked for', async () => {
    const [one, gone] = [await person(), await person()]
    const [mine, deleted] = [await group(), await group([], { kind: 'm365' })]
    await graph.admin.softDelete(gone)
    await graph.admin.deleteGroup(deleted)
    const found = async (types?: string[]) => {
      const { body } = await graph.post('/directoryObjects/getByIds?$select=id', {
        ids: [one, gone, mine, deleted],
        types,
      })
      return (body.value ?? []).map((item) => objectSchema.parse(item)['@odata.type'])
    }
    expect(await found()).toEqual(['#microsoft.graph.user', '#microsoft.graph.group'])
    expect(await found(['user'])).toEqual(['#microsoft.graph.user'])
    expect(await found(['group'])).toEqual(['#microsoft.graph.group'])
  })

  test('lag: members and checkMemberGroups stay behind, deltas do not', async () => {
    const [a = '', b = ''] = people
    const id = await group([a])
    const inner = await group([b])
    const link = await graph.latest()
    await graph.admin.setLag('until-released')
    await graph.admin.addMembers(id, [inner])
    await graph.admin.removeMembers(id, [a])
    await graph.admin.addMembers(id, [a])
    await graph.admin.removeMembers(id, [a])
    const late = await group()
    const shown = () => graph.ids(`/groups/${id}/transitiveMembers/microsoft.graph.user`)
    expect(await shown()).toEqual([a])
    expect([await graph.checked(a, [id]), await graph.checked(b, [id])]).toEqual([[id], []])
    expect((await graph.get(`/groups/${late}`)).status).toBe(404)
    expect(members((await graph.round(link)).entries, id)).toMatchObject([
      { id: inner },
      { id: a, '@removed': { reason: 'deleted' } },
    ])
    await graph.admin.deleteGroup(inner)
    await graph.admin.releaseLag()
    expect([await shown(), await graph.checked(b, [id])]).toEqual([[], []])
    expect((await graph.get(`/groups/${late}`)).status).toBe(200)
    await graph.admin.setLag(1)
    await graph.admin.addMembers(id, [b])
    await expect.poll(shown).toEqual([b])
    expect(await graph.checked(b, [id])).toEqual([id])
  })

  test('faults hit each route by its name, in a $batch too', async () => {
    const id = await group(people.slice(0, 1))
    const user = people[0] ?? ''
    const calls = {
      'groups/{id}': () => graph.get(`/groups/${id}`),
      'groups/{id}/members': () => graph.get(`/groups/${id}/members`),
      'groups/{id}/transitiveMembers': () => graph.get(`/groups/${id}/transitiveMembers/microsoft.graph.user`),
      'groups/delta': () => graph.get('/groups/delta'),
      checkMemberGroups: () => graph.post(`/users/${user}/checkMemberGroups`, { groupIds: [id] }),
      getMemberGroups: () => graph.post(`/users/${user}/getMemberGroups`, {}),
    } as const
    for (const route of Object.keys(calls) as (keyof typeof calls)[]) {
      await graph.admin.resetCounters()
      await graph.admin.setFault({ route, times: 1, status: 503 })
      for (const other of Object.keys(calls) as (keyof typeof calls)[])
        expect([route, other, (await calls[other]()).status]).toEqual([route, other, other === route ? 503 : 200])
      expect((await graph.admin.counters()).requests[route]).toBe(1)
    }
    await graph.admin.setFault({ route: 'checkMemberGroups', id: user, inside: 'item', status: 429 })
    const headers = { 'Content-Type': 'application/json' }
    const requests = people.slice(0, 2).map((one) => {
      const url = `/users/${one}/checkMemberGroups`
      return { id: one, method: 'POST', url, headers, body: { groupIds: [id] } }
    })
    const { body } = await graph.post('/$batch', { requests })
    expect(new Map(body.responses?.map((item) => [item.id, item.status]))).toEqual(
      new Map([
        [people[0], 429],
        [people[1], 200],
      ]),
    )
  })

  test('the history has what is needed to tell later what was true', async () => {
    const start = (await graph.admin.history()).length
    const before = await graph.admin.listGroups()
    const { id: one } = await graph.admin.createUser({ displayName: 'One', accountEnabled: true })
    const [security, unified] = [await group([one]), await group([one], { kind: 'm365' })]
    const parent = await group([security])
    await graph.admin.updateUser(one, { accountEnabled: false, department: 'New' })
    await graph.admin.updateUser(one, { department: null })
    await graph.admin.removeMembers(unified, [one])
    await graph.admin.deleteGroup(unified)
    await graph.admin.restoreGroup(unified)
    await graph.admin.deleteGroup(security)
    await graph.admin.purge(one)
    const items = (await graph.admin.history()).slice(start)
    expect(items.filter(({ group }) => group === null)).toMatchObject([
      { kind: 'created', id: one, values: { id: one, displayName: 'One', accountEnabled: true, userType: 'Member' } },
      {
        kind: 'updated',
        id: one,
        properties: ['accountEnabled', 'department'],
        values: { accountEnabled: false, userType: 'Member', department: 'New' },
        before: { accountEnabled: true, department: null },
      },
      { kind: 'updated', values: { accountEnabled: false, department: null }, before: { department: 'New' } },
      { kind: 'purged', id: one, values: { accountEnabled: false, userType: 'Member' } },
    ])
    expect(items.filter(({ group }) => group !== null).map(({ kind, id, group }) => [kind, id, group])).toEqual([
      ['group-created', security, security],
      ['member-added', one, security],
      ['group-created', unified, unified],
      ['member-added', one, unified],
      ['group-created', parent, parent],
      ['member-added', security, parent],
      ['member-removed', one, unified],
      ['group-deleted', unified, unified],
      ['group-restored', unified, unified],
      ['group-deleted', security, security],
      ['member-removed', security, parent],
      ['member-removed', one, security],
    ])
    expect(items.every(({ at }, index) => at >= (items[index - 1]?.at ?? 0))).toBe(true)
    // Replayed on what was there before, it gives what is there now.
    const replayed = new Map(before.map((shown) => [shown.group.id, new Set(shown.members)]))
    for (const { kind, id, group } of items) {
      if (kind === 'group-created') replayed.set(id, new Set())
      else if (kind === 'member-added') replayed.get(group ?? '')?.add(id)
      else if (kind === 'member-removed') replayed.get(group ?? '')?.delete(id)
    }
    const now = await graph.admin.listGroups()
    expect([...replayed]).toEqual(now.map((shown) => [shown.group.id, new Set(shown.members)]))
  })
})

describe('a directory that tells nothing, or another tenant', () => {
  let graph: Client
  let people: string[]
  let groupId: string
  const traps = { emptyPageEvery: 0, repeatEvery: 0 }
  beforeAll(async () => {
    graph = await client({ users: 12, pageSize: 10, traps, groups: [{ name: 'Some', members: 5 }] })
    people = (await graph.admin.listUsers()).map(({ person }) => person.id)
    groupId = (await graph.admin.listGroups())[0]?.group.id ?? ''
  })
  afterAll(() => graph.stop())
  const filter = (ids: string[]) => encodeURIComponent(`id in (${ids.map((id) => `'${id}'`).join(',')})`)
  const usersRound = async (link: string) => {
    const seen: unknown[] = []
    for (let next = link; ;) {
      const { status, body } = await graph.get(next)
      expect(status).toBe(200)
      seen.push(...(body.value ?? []))
      if (body['@odata.deltaLink'] !== undefined) return { seen, deltaLink: body['@odata.deltaLink'] }
      next = z.string().parse(body['@odata.nextLink'])
    }
  }
  const lists = async () => [
    (await graph.get('/users?$select=id')).body.value,
    (await graph.get(`/users?$select=id&$filter=${filter(people.slice(0, 3))}`)).body.value,
    (await graph.post('/directoryObjects/getByIds', { ids: people })).body.value,
    (await usersRound('/users/delta?$select=id')).seen,
  ]

  test('empty: lists of people answer 200 and nobody, and no change is lost', async () => {
    const { deltaLink } = await usersRound('/users/delta?$select=displayName&$deltatoken=latest')
    await graph.admin.updateUser(people[0] ?? '', { displayName: 'While it was empty' })
    await graph.admin.setEmpty(true)
    expect(await lists()).toEqual([[], [], [], []])
    const quiet = await usersRound(deltaLink)
    expect(quiet.seen).toEqual([])
    expect((await graph.get(`/users/${people[0]}`)).status).toBe(200)
    expect(await graph.ids(`/groups/${groupId}/members`)).toHaveLength(5)
    await graph.admin.setEmpty(false)
    expect((await lists()).map((list) => list?.length)).toEqual([10, 3, 12, 12])
    expect((await usersRound(quiet.deltaLink)).seen).toMatchObject([{ id: people[0] }])
  })

  test('empty groups: they are there, with nobody in them', async () => {
    const link = await graph.latest()
    const [member = ''] = (await graph.admin.getGroup(groupId)).members
    await graph.admin.removeMembers(groupId, [member])
    await graph.admin.addMembers(groupId, [member])
    await graph.admin.setEmpty(true, 'groups')
    expect((await graph.get(`/groups/${groupId}`)).status).toBe(200)
    expect(await graph.ids(`/groups/${groupId}/transitiveMembers`)).toEqual([])
    expect(await graph.checked(member, [groupId])).toEqual([])
    const quiet = await graph.round(link)
    expect(quiet.entries).toEqual([])
    expect((await graph.get('/users')).body.value).toHaveLength(10)
    await graph.admin.setEmpty(false, 'groups')
    expect(await graph.checked(member, [groupId])).toEqual([groupId])
    expect(members((await graph.round(quiet.deltaLink)).entries, groupId)).toMatchObject([{ id: member }])
  })

  test('another tenant: another id, nobody of ours, and links of one are no good in the other', async () => {
    const ours = await graph.latest()
    const users = (await usersRound('/users/delta?$select=id')).deltaLink
    const tenant = async () => objectSchema.parse((await graph.get('/organization')).body.value?.[0]).id
    expect(await tenant()).toBe(graph.server.tenantId)
    await graph.admin.setForeignTenant(true)
    expect(await tenant()).not.toBe(graph.server.tenantId)
    expect(await lists()).toEqual([[], [], [], []])
    for (const path of [
      `/users/${people[0]}`,
      `/directory/deletedItems/${people[0]}`,
      `/groups/${groupId}`,
      `/groups/${groupId}/transitiveMembers/microsoft.graph.user`,
    ])
      expect([path, (await graph.get(path)).status]).toEqual([path, 404])
    const check = await graph.post(`/users/${people[0]}/checkMemberGroups`, { groupIds: [groupId] })
    expect(check).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } })
    for (const link of [ours, users])
      expect(await graph.get(link)).toMatchObject({ status: 400, body: { error: { code: 'syncStateNotFound' } } })
    const theirs = await graph.latest()
    await graph.admin.setForeignTenant(false)
    expect(await tenant()).toBe(graph.server.tenantId)
    expect((await lists()).map((list) => list?.length)).toEqual([10, 3, 12, 12])
    expect((await graph.round(ours)).entries).toEqual([])
    expect((await graph.get(theirs)).status).toBe(400)
  })
})

describe('a B2C tenant', () => {
  let graph: Client
  beforeAll(async () => {
    graph = await client({ users: 2100, kind: 'b2c', groups: [{ name: 'Members', members: 7 }] })
  })
  afterAll(() => graph.stop())

  test('has groups and memberships, and no delta of either', async () => {
    const [shown] = await graph.admin.listGroups()
    const id = shown?.group.id ?? ''
    expect(new Set(await graph.ids(`/groups/${id}/transitiveMembers`))).toEqual(new Set(shown?.members))
    expect(await graph.checked(shown?.members[0] ?? '', [id])).toEqual([id])
    for (const path of ['/users/delta', '/groups/delta', '/groups/delta?$deltatoken=latest'])
      expect(await graph.get(path)).toMatchObject({
        status: 400,
        body: { error: { code: 'Request_UnsupportedQuery' } },
      })
  })

  test('GET /users: pages of 999 without anybody deleted; a nextLink survives what happens meanwhile', async () => {
    const people = (await graph.admin.listUsers()).map(({ person }) => person.id)
    const [early = '', late = '', purged = ''] = [people[5], people[1500], people[1600]]
    await graph.admin.softDelete(early)
    const first = await graph.get('/users?$select=id&$top=999')
    expect(first.headers['x-ms-resource-unit']).toBe('1')
    const link = z.string().parse(first.body['@odata.nextLink'])
    expect((await graph.get(link)).headers['x-ms-resource-unit']).toBe('1')
    await graph.admin.softDelete(people[10] ?? '')
    await graph.admin.softDelete(late)
    await graph.admin.purge(purged)
    const { id: created } = await graph.admin.createUser({ displayName: 'New' })
    const rest = await graph.pages(link)
    expect(rest.map(({ length }) => length)).toEqual([999, 100])
    const seen = [...(first.body.value ?? []).map((item) => objectSchema.parse(item).id), ...rest.flat()]
    const gone = new Set([early, late, purged])
    expect(seen).toEqual([...people.filter((id) => !gone.has(id)), created])
  })

  test('some people carry a custom attribute, which can be changed and cleared like any property', async () => {
    const name = `extension_${extensionsApp}_memberNumber` as const
    const { body } = await graph.get(`/users?$select=id,mail,${name}&$top=30`)
    const numbers = (body.value ?? []).map((item) => objectSchema.parse(item)[name])
    expect(numbers.filter((number) => number === undefined).length).toBeGreaterThan(5)
    expect(numbers.filter((number) => typeof number === 'string').length).toBeGreaterThan(5)
    const [last] = (await graph.admin.listUsers()).slice(-1)
    const id = last?.person.id ?? ''
    const shown = async () => (await graph.get(`/users/${id}?$select=${name}`)).body
    await graph.admin.updateUser(id, { [name]: 'M-1' })
    expect(await shown()).toMatchObject({ [name]: 'M-1' })
    await graph.admin.updateUser(id, { [name]: null })
    expect(await shown()).not.toHaveProperty(name)
    await expect(graph.admin.updateUser(id, { extension_wrong: 'x' })).rejects.toThrow(/extension_wrong/)
  })
})

describe('seeded groups', () => {
  const groups = [
    { name: 'Everybody', members: 'all' as const },
    { name: 'Staff', members: 20 },
    { name: 'Night shift', members: 5, nestedIn: 'Staff' },
    { name: 'Chat', members: 3, kind: 'm365' as const },
  ]
  test('are the same for the same seed, whatever people and groups come with them', async () => {
    const [one, two] = await Promise.all([client({ users: 50, groups }), client({ users: 50, groups })])
    try {
      const [first, second] = [await one.admin.listGroups(), await two.admin.listGroups()]
      expect(first).toEqual(second)
      expect(first.map(({ members }) => members.length)).toEqual([50, 21, 5, 3])
      expect(await one.admin.listUsers()).toEqual(
        seedPeople(50, 1, 'workforce').map((person) => ({ status: 'active', person })),
      )
      const [, staff, shift] = first.map(({ group }) => group.id)
      expect(await one.ids(`/groups/${staff}/transitiveMembers/microsoft.graph.group`)).toEqual([shift])
      expect(await one.admin.history()).toEqual([])
    } finally {
      await Promise.all([one.stop(), two.stop()])
    }
  })

  test('a group of 50,000 in a tenant of 100,000 is read whole, changes and all', async () => {
    const graph = await client({
      users: 100_000,
      unitsPerTenSeconds: 'unlimited',
      groups: [{ name: 'A', members: 50_000 }],
    })
    try {
      const [shown] = await graph.admin.listGroups()
      const all = shown?.members ?? []
      const id = shown?.group.id ?? ''
      const list = `/groups/${id}/transitiveMembers/microsoft.graph.user?$select=id&$top=999`
      const pages = await graph.pages(list)
      expect(pages).toHaveLength(51)
      expect(new Set(pages.flat())).toEqual(new Set(all))
      const link = await graph.latest()
      await graph.admin.removeMembers(id, all.slice(0, 20_000))
      const { entries } = await graph.round(link)
      expect(entries.length).toBeGreaterThan(19)
      expect(new Set(members(entries, id).map((member) => member.id))).toEqual(new Set(all.slice(0, 20_000)))
      expect(await graph.ids(list)).toHaveLength(30_000)
    } finally {
      await graph.stop()
    }
  })
})
