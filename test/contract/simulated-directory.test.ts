import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type DirectoryServer, startDirectory } from '../../dev/directory/start-directory.ts'
import { seedPeople } from '../../dev/directory/seed-people.ts'

const bodySchema = z.looseObject({
  value: z.array(z.looseObject({ id: z.string() })).optional(),
  responses: z.array(z.looseObject({ id: z.string(), status: z.number() })).optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
})
const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() })

/** Documented behaviour of Graph that no adapter of ours shows: asked for directly. */
describe('the simulated directory answers as Graph documents', () => {
  let server: DirectoryServer
  let agent: Agent
  let token: string

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
  const signIn = async () => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: server.clientId,
      client_secret: server.clientSecret,
      scope: `${server.url}/.default`,
    })
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await send('POST', `/${server.tenantId}/oauth2/v2.0/token`, type, String(form))
    return tokenSchema.parse(JSON.parse(answer.text))
  }
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const url = path.startsWith('https:') ? path : `/v1.0${path}`
    const answer = await send('GET', url, { authorization: `Bearer ${token}`, ...headers })
    const json = answer.text.startsWith('{')
    return { ...answer, body: json ? bodySchema.parse(JSON.parse(answer.text)) : {} }
  }
  const batch = async (requests: object[]) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await send('POST', '/v1.0/$batch', headers, JSON.stringify({ requests }))
    return { ...answer, body: bodySchema.parse(JSON.parse(answer.text)) }
  }

  beforeAll(async () => {
    server = await startDirectory({ users: 60, pageSize: 25, traps: { emptyPageEvery: 0, repeatEvery: 0 } })
    agent = new Agent({ ca: readFileSync(server.caFile), keepAlive: true })
    token = (await signIn()).access_token
  })
  afterAll(async () => {
    agent.destroy()
    await server.stop()
  })
  afterEach(async () => {
    await server.admin.clearFaults()
    await server.admin.setUnitLimit('documented')
  })

  test('GET shows null for what was never set, and only the default properties without $select', async () => {
    const { body } = await get(`/users/upn.only@contoso.example`)
    expect(body).toMatchObject({ displayName: 'Upn Only', mail: null, businessPhones: [] })
    expect(body).not.toHaveProperty('accountEnabled')
  })

  test('$filter takes 15 ids and refuses 16, and GUIDs only', async () => {
    const ids = (await server.admin.listUsers()).map(({ person }) => person.id)
    const filter = (list: string[]) =>
      get(`/users?$select=id&$filter=${encodeURIComponent(`id in (${list.map((id) => `'${id}'`).join(',')})`)}`)
    expect((await filter(ids.slice(0, 15))).body.value).toHaveLength(15)
    expect(await filter(ids.slice(0, 16))).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('Max allowed: 15') } },
    })
    expect((await filter(['x'])).status).toBe(400)
  })

  test.each([
    ['/users?$select=nickName', 400],
    ['/users?$select=aboutMe', 501],
    ['/users?$select=manager', 400],
    ['/users?$select=id,extension_0123456789abcdef0123456789abcdef_badge', 200],
    ['/users?$top=1000', 400],
    ['/users/delta?$top=5', 400],
    ['/users/delta?$expand=manager', 400],
    ['/users/$count', 400],
    ['/nothing', 400],
  ])('GET %s: %i', async (path, status) => {
    expect((await get(path)).status).toBe(status)
  })

  test('$count needs ConsistencyLevel; @odata.count stands on the first page only', async () => {
    const eventual = { ConsistencyLevel: 'eventual' }
    expect((await get('/users/$count', eventual)).text).toBe('60')
    const first = await get('/users?$count=true', eventual)
    expect(first.body['@odata.count']).toBe(60)
    const second = await get(z.string().parse(first.body['@odata.nextLink']))
    expect(second.body).not.toHaveProperty('@odata.count')
    expect(second.body.value).toHaveLength(25)
  })

  test('$deltatoken=latest has a deltaLink and nobody; return=minimal leaves out what did not change', async () => {
    const latest = await get('/users/delta?$deltatoken=latest&$select=displayName,department,manager')
    expect(latest.body).toMatchObject({ value: [], '@odata.deltaLink': expect.any(String) })
    const [first, second] = await server.admin.listUsers()
    await server.admin.updateUser(first?.person.id ?? '', { department: 'New', manager: second?.person.id })
    const link = z.string().parse(latest.body['@odata.deltaLink'])
    const [whole] = (await get(link)).body.value ?? []
    expect(whole).toHaveProperty('displayName')
    expect(whole).toMatchObject({ department: 'New', 'manager@delta': [{ id: second?.person.id }] })
    const [minimal] = (await get(link, { Prefer: 'return=minimal' })).body.value ?? []
    expect(minimal).not.toHaveProperty('displayName')
    expect(minimal).toHaveProperty('department', 'New')
  })

  test('410 has a Location with an empty $deltatoken', async () => {
    const latest = await get('/users/delta?$deltatoken=latest&$select=id')
    await server.admin.resetDelta()
    const answer = await get(z.string().parse(latest.body['@odata.deltaLink']))
    expect(answer).toMatchObject({ status: 410, body: { error: { code: 'resyncRequired' } } })
    expect(answer.headers['location']).toMatch(/\/users\/delta\?\$deltatoken=$/)
  })

  test('$batch: 20 steps, another order, each with its own status; 21 are refused', async () => {
    const steps = Array.from({ length: 21 }, (_, index) => ({
      id: `s${index}`,
      method: 'GET',
      url: index === 3 ? `/users/${crypto.randomUUID()}` : '/users?$top=1&$select=id',
    }))
    expect((await batch(steps)).status).toBe(400)
    const { status, body } = await batch(steps.slice(0, 20))
    expect(status).toBe(200)
    expect(body.responses?.map(({ id }) => id)).not.toEqual(steps.slice(0, 20).map(({ id }) => id))
    expect(body.responses?.filter((item) => item.status !== 200)).toMatchObject([{ id: 's3', status: 404 }])
    const versioned = await batch([{ id: '1', method: 'GET', url: '/v1.0/users' }])
    expect(versioned.body.responses).toMatchObject([{ status: 400 }])
  })

  test('resource units: told, cheaper with $select and $top, used up with 429 and a fractional Retry-After', async () => {
    const units = async (path: string) => Number((await get(path)).headers['x-ms-resource-unit'])
    expect(await units('/users')).toBe(2)
    expect(await units('/users?$select=id')).toBe(1)
    expect(await units('/users?$select=id&$top=5')).toBe(1)
    expect(await units('/users/delta?$select=id')).toBe(1)
    await server.admin.setUnitLimit(5)
    expect((await get('/users')).headers).not.toHaveProperty('x-ms-throttle-limit-percentage')
    expect((await get('/users')).headers['x-ms-throttle-limit-percentage']).toBe('0.80')
    const refused = await get('/users')
    expect(refused.status).toBe(429)
    expect(refused.headers['retry-after']).toMatch(/^\d+\.\d{3}$/)
    expect(refused.headers['x-ms-throttle-scope']).toContain(server.tenantId)
  })

  test('getByIds takes 1,000 ids', async () => {
    const ids = (await server.admin.listUsers()).map(({ person }) => person.id)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const post = (list: string[]) =>
      send('POST', '/v1.0/directoryObjects/getByIds', headers, JSON.stringify({ ids: list }))
    const answer = await post(ids.concat(crypto.randomUUID()))
    expect(bodySchema.parse(JSON.parse(answer.text)).value).toHaveLength(60)
    expect(answer.headers['x-ms-resource-unit']).toBe('3')
    expect((await post(Array.from({ length: 1001 }, () => crypto.randomUUID()))).status).toBe(400)
  })

  test('sentinel people: reading them by id answers the status in their nickname', async () => {
    const { id } = await server.admin.createUser({ mailNickname: 'fault-503' })
    expect((await get(`/users/${id}`)).status).toBe(503)
    await server.admin.updateUser(id, { mailNickname: 'fine' })
    expect((await get(`/users/${id}`)).status).toBe(200)
  })

  test('access tokens: missing, forged and expired ones get 401', async () => {
    expect((await get('/users', { authorization: '' })).status).toBe(401)
    expect((await get('/users', { authorization: `Bearer ${token}x` })).status).toBe(401)
    await server.admin.expireTokens()
    expect(await get('/users')).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } })
    token = (await signIn()).access_token
    expect((await get('/users')).status).toBe(200)
  })

  test('the admin surface refuses what makes no sense, with the reason', async () => {
    const [first] = await server.admin.listUsers()
    const id = first?.person.id ?? ''
    await expect(server.admin.restore(id)).rejects.toThrow(/active/)
    await expect(server.admin.getUser(crypto.randomUUID())).rejects.toThrow(/404/)
    const nonsense: unknown = { nonsense: 1 }
    await expect(server.admin.updateUser(id, nonsense as { mail: string })).rejects.toThrow(/nonsense/)
  })

  test('ends with the process that started it', async () => {
    const script = `import { startDirectory } from ${JSON.stringify(join(import.meta.dirname, '../../dev/directory/start-directory.ts'))}
      const server = await startDirectory({ users: 1 })
      console.log(server.url)
      process.kill(process.pid, 'SIGKILL')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [url] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect(url).toMatch(/^https:/)
    // Its own pipe to stdout is inherited from the script: read to the end, so both processes are gone.
    await expect(send('GET', `${url.trim()}/admin/counters`, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('seeded people', () => {
  test('are the same for the same seed, others for another', () => {
    expect(seedPeople(200, 7, 'workforce')).toEqual(seedPeople(200, 7, 'workforce'))
    expect(seedPeople(200, 7, 'workforce')[50]).not.toEqual(seedPeople(200, 8, 'workforce')[50])
  })

  test('of the first 30 each is enabled and has an address of its own', () => {
    const people = seedPeople(30, 1, 'workforce')
    const addresses = people.map((person) => {
      const identity = person.identities?.find(({ signInType }) => signInType === 'emailAddress')
      return person.mail ?? person.otherMails?.[0] ?? identity?.issuerAssignedId ?? person.userPrincipalName
    })
    expect(new Set(addresses.map((address) => address.toLowerCase())).size).toBe(30)
    expect(people.every(({ accountEnabled }) => accountEnabled === true)).toBe(true)
  })

  test('have ids and names to sign in with of their own', () => {
    const people = seedPeople(20_000, 1, 'workforce')
    expect(new Set(people.map(({ id }) => id)).size).toBe(20_000)
    expect(new Set(people.map((person) => person.userPrincipalName.toLowerCase())).size).toBe(20_000)
    expect(people[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
