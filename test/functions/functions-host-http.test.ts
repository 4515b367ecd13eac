import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/start.ts'
import { base64, fixture, useHosts } from './use-hosts.ts'

const { fixtureEnv, queue } = useHosts()

let host: FunctionsHost
const get = (path: string, init?: RequestInit) => fetch(`${host.url}/api/${path}`, init)

beforeAll(async () => {
  host = await startFunctionsHost({ root: fixture, env: fixtureEnv() })
})
afterAll(() => host.stop())

describe('HTTP', () => {
  test('hands over method, url, params, query, headers and body, and answers with what was returned', async () => {
    const response = await get('ECHO/a%2Fb%20c?x=1&x=2', {
      method: 'POST',
      body: 'sent',
      headers: { 'x-given': 'g' },
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-fixture')).toBe('yes')
    expect(response.headers.get('set-cookie')).toBe('seen=1; HttpOnly')
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(await response.json()).toEqual({
      ...{ method: 'POST', url: `${host.url}/api/ECHO/a%2Fb%20c?x=1&x=2`, params: { id: 'a%2Fb c' } },
      ...{ query: { x: '1,2' }, header: 'g', body: 'sent' },
      ...{ cwd: fixture, setting: 'from the environment' },
    })
  })

  test('optional parameters may be given, and a literal route goes before a parameter', async () => {
    expect(await (await get('echo/1/2/')).json()).toMatchObject({ params: { id: '1', more: '2' } })
    expect((await get('echo/1/2/3')).status).toBe(404)
    expect(await (await get('echo/literal')).text()).toBe('the literal route')
  })

  test('a body without Content-Length does not arrive', async () => {
    const body = new Blob(['chunked']).stream()
    const response = await get('echo/1', { method: 'POST', body, duplex: 'half' })
    expect(await response.json()).toMatchObject({ body: '' })
  })

  test.each([
    ['a throw', 'throws', 500],
    ['a bare string', 'bare-string', 500],
    ['nothing', 'nothing', 204],
    ['a registration after start-up', 'registers-late', 500],
    ['an unknown route', 'no-such-function', 404],
    ['a disabled function', 'switched-off', 404],
    ['a path outside the prefix', '../defaults', 404],
  ])('%s gives %s an empty %i', async (_, path, status) => {
    const response = await get(path)
    expect([response.status, await response.text()]).toEqual([status, ''])
  })

  test.each(['HEAD', 'OPTIONS', 'PUT'])('%s is 404 unless the function names it', async (method) => {
    expect((await get('defaults', { method })).status).toBe(404)
  })

  test('GET and POST are the default methods, anonymous the default level', async () => {
    for (const method of ['GET', 'POST']) expect((await get('defaults', { method })).status).toBe(200)
  })

  test('a function key or the master key opens level function; a wrong header wins over a right code', async () => {
    const { functionKey, masterKey } = host
    const header = (key: string) => ({ headers: { 'x-functions-key': key } })
    expect((await get('guarded')).status).toBe(401)
    expect((await get('guarded?code=wrong')).status).toBe(401)
    expect((await get(`guarded?code=${functionKey}`)).status).toBe(200)
    expect((await get('guarded', header(functionKey))).status).toBe(200)
    expect((await get('guarded', header(masterKey))).status).toBe(200)
    expect((await get(`guarded?code=${functionKey}`, header('wrong'))).status).toBe(401)
  })

  test('only the master key opens level admin', async () => {
    expect((await get(`for-admins?code=${host.functionKey}`)).status).toBe(401)
    expect((await get(`for-admins?code=${host.masterKey}`)).status).toBe(200)
  })

  test('the log has a line with time, level, category and invocation id', async () => {
    await get('echo/logged')
    await host.outputMatching(/^[\dT:.-]+Z Information Function\.echo\.User \[[\da-f-]{36}\] echoing$/m)
  })

  test('the elements of an output array are sent as messages of their own, base64', async () => {
    expect((await get('sends')).status).toBe(202)
    const { receivedMessageItems } = await queue('fixture-output').receiveMessages({ numberOfMessages: 32 })
    expect(receivedMessageItems.map(({ messageText }) => messageText).sort()).toEqual(
      [base64('{"a":1}'), base64('two')].sort(),
    )
  })
})

describe('functions in error', () => {
  test.each([
    ['bad-cron', 'not recognized as a valid cron expression'],
    ['unresolved', "'%NOWHERE%' does not resolve"],
    ['bad-queue', 'not a valid queue name'],
    ['no-connection', "'NoSuchStorage' do not exist"],
    ['reserved', 'conflicts with one or more built in routes'],
  ])('%s is left out and named in the log', (name, message) => {
    expect(host.output()).toContain(`The '${name}' function is in error: `)
    expect(host.output()).toContain(message)
  })
})
