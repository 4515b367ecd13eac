import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { json, text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'

/** What the site behind the proxy received. */
const received: { method: string; url: string; host: string; authorization: string | null; body: unknown }[] = []
async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = incoming.method === 'POST' ? await json(incoming) : null
  const { host = '', authorization = null } = incoming.headers
  received.push({ method: incoming.method ?? '', url: incoming.url ?? '', host, authorization, body })
  outgoing.writeHead(201, { 'content-type': 'application/json', 'x-wp-total': '7' }).end('{"id":1}')
}
const site = createServer((incoming, outgoing) => void answer(incoming, outgoing))
const siteUrl = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}`
let proxy: RecordingProxy

beforeAll(async () => {
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  proxy = await startRecordingProxy(siteUrl())
})
afterEach(async () => {
  received.length = 0
  await proxy.reset()
})
afterAll(async () => {
  await proxy.stop()
  site.close()
  site.closeAllConnections()
})

const batch = {
  requests: [
    { method: 'PUT', path: '/wp/v2/users/1', headers: { 'X-Entra-Sync-Attempt': '20260101-a' } },
    { method: 'PUT', path: '/wp/v2/users/2', headers: { 'x-entra-sync-attempt': '20260101-b' } },
    { method: 'PUT', path: '/wp/v2/users/3' },
  ],
}
const send = (path: string, init: RequestInit = {}) => fetch(proxy.url + path, { redirect: 'manual', ...init })
const sendBatch = () => send('/wp-json/batch/v1', { method: 'POST', body: JSON.stringify(batch) })

test('passes requests and answers on, with the host that the caller used', async () => {
  const answer = await send('/wp-json/wp/v2/users?page=2', {
    method: 'POST',
    body: '{"a":"ü"}',
    headers: { authorization: 'Basic eA==' },
  })
  expect([answer.status, answer.headers.get('x-wp-total'), await answer.json()]).toEqual([201, '7', { id: 1 }])
  const host = new URL(proxy.url).host
  expect(received).toEqual([
    { method: 'POST', url: '/wp-json/wp/v2/users?page=2', host, authorization: 'Basic eA==', body: { a: 'ü' } },
  ])
})

test('records attempts from the header and from the items of a batch', async () => {
  await send('/wp-json/wp/v2/users/1')
  await send('/wp-json/wp/v2/users/1', { method: 'POST', body: '{}', headers: { 'X-Entra-Sync-Attempt': 'one' } })
  await sendBatch()
  expect(proxy.requests).toMatchObject([
    { method: 'GET', path: '/wp-json/wp/v2/users/1', status: 201, attempts: [], items: 1, write: false },
    { method: 'POST', path: '/wp-json/wp/v2/users/1', status: 201, attempts: ['one'], items: 1, write: true },
    {
      method: 'POST',
      path: '/wp-json/batch/v1',
      status: 201,
      attempts: ['20260101-a', '20260101-b'],
      items: 3,
      write: true,
    },
  ])
})

test('a cut connection: before the site hears of it, and after it has applied it', async () => {
  await proxy.setFault({ kind: 'cut-before', requests: 1 })
  await expect(sendBatch()).rejects.toThrow()
  expect(received).toHaveLength(0)
  await proxy.setFault({ kind: 'cut-after', requests: 1 })
  await expect(sendBatch()).rejects.toThrow()
  expect(received).toHaveLength(1)
  expect(proxy.requests.map((recorded) => recorded.status)).toEqual([0, 0])
  expect((await sendBatch()).status).toBe(201)
})

test('refuses connections, then answers on the same port again', async () => {
  expect((await send('/')).status).toBe(201)
  await proxy.setFault({ kind: 'refuse' })
  await expect(once(connect(Number(new URL(proxy.url).port), '127.0.0.1'), 'connect')).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  })
  await expect(send('/')).rejects.toThrow()
  await proxy.setFault(null)
  expect((await send('/')).status).toBe(201)
})

test('a fault holds for as many requests as it says, and for writes only where it says so', async () => {
  await proxy.setFault({ kind: 'status', status: 429, retryAfter: '3', requests: 1, only: 'writes' })
  expect((await send('/')).status).toBe(201)
  const throttled = await sendBatch()
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '3'])
  expect((await sendBatch()).status).toBe(201)
  expect(received).toHaveLength(2)
})

test('a fault with a probability hits those requests that the given numbers draw, and counts no others', async () => {
  const drawn = [0.5, 0.1, 0.2, 0.19, 0]
  const drawing = await startRecordingProxy(siteUrl(), { random: () => drawn.shift() ?? 1 })
  try {
    await drawing.setFault({ kind: 'status', status: 503, probability: 0.2, requests: 2 })
    const statuses: number[] = []
    for (let asked = 0; asked < 5; asked++) statuses.push((await fetch(drawing.url)).status)
    // The last one isn't drawn for: two have been hit.
    expect([statuses, drawn]).toEqual([[201, 503, 201, 503, 201], [0]])
    await drawing.setFault({ kind: 'status', status: 503, probability: 0, only: 'writes' })
    expect([(await fetch(drawing.url)).status, drawn]).toEqual([201, [0]])
  } finally {
    await drawing.stop()
  }
})

test('a page, a redirect, a missing Authorization header, a delay', async () => {
  await proxy.setFault({ kind: 'html' })
  expect(await (await send('/wp-json/')).text()).toContain('<!doctype html>')
  await proxy.setFault({ kind: 'redirect', location: 'https://elsewhere.example/' })
  expect((await send('/wp-json/')).headers.get('location')).toBe('https://elsewhere.example/')
  expect(received).toHaveLength(0)
  await proxy.setFault({ kind: 'strip-authorization' })
  await send('/wp-json/', { headers: { authorization: 'Basic eA==' } })
  expect(received).toMatchObject([{ authorization: null }])
  await proxy.setFault({ kind: 'delay', milliseconds: 60 })
  const before = performance.now()
  expect((await send('/wp-json/')).status).toBe(201)
  expect(performance.now() - before).toBeGreaterThan(50)
})

test('a body without a length arrives whole', async () => {
  const sent = request(`${proxy.url}/wp-json/wp/v2/users`, { method: 'POST' })
  sent.write('{"a":')
  sent.end('1}')
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  expect([answer.statusCode, await text(answer)]).toEqual([201, '{"id":1}'])
  expect(received).toMatchObject([{ body: { a: 1 } }])
})

test('cuts the connection where the site itself does not answer', async () => {
  const lonely = await startRecordingProxy('http://127.0.0.1:9')
  await expect(fetch(lonely.url)).rejects.toThrow()
  expect(lonely.requests).toMatchObject([{ status: 0 }])
  await lonely.stop()
})
