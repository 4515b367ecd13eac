import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'

/** What the site behind the proxy answers, and the requests that wait for it. */
let answer: (outgoing: ServerResponse) => void
const waiting: ServerResponse[] = []
const site = createServer((incoming, outgoing) => void buffer(incoming).then(() => answer(outgoing)))
let proxy: RecordingProxy

const reply = (status: number, body: string | Buffer, headers: Record<string, string> = {}) => {
  answer = (outgoing) => void outgoing.writeHead(status, headers).end(body)
}
const ok = JSON.stringify({ responses: [{ status: 201, body: {} }, { status: 404, body: {} }, { status: 200 }] })

beforeAll(async () => {
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  proxy = await startRecordingProxy(`http://127.0.0.1:${(site.address() as AddressInfo).port}`)
})
afterEach(async () => {
  for (const outgoing of waiting.splice(0)) outgoing.end()
  await proxy.settled()
  await proxy.reset()
})
afterAll(async () => {
  await proxy.stop()
  site.close()
  site.closeAllConnections()
})

const batch = {
  requests: [
    { path: '/wp/v2/users?_fields=id', headers: { 'X-Entra-Sync-Attempt': 'a' } },
    { method: 'POST', path: '/wp/v2/users/2?_fields=id', headers: { 'x-entra-sync-attempt': 'b' } },
    { method: 'DELETE', path: '/wp/v2/users/3?force=true&reassign=2' },
  ],
}
const sendBatch = (path = '/wp-json/batch/v1', signal: AbortSignal | null = null) =>
  fetch(proxy.url + path, { method: 'POST', body: JSON.stringify(batch), signal })
const written = () => proxy.requests.flatMap(({ writes }) => writes)
const statuses = () => written().map(({ status }) => status)

test.each(['/wp-json/batch/v1', '/blog/wp-json/batch/v1?x=1', '/?rest_route=%2Fbatch%2Fv1'])(
  'writes of a batch to %s have their own attempt, route and answer',
  async (path) => {
    reply(207, ok)
    await sendBatch(path)
    expect(written()).toEqual([
      { attempt: 'a', method: 'POST', path: '/wp/v2/users', status: 201 },
      { attempt: 'b', method: 'POST', path: '/wp/v2/users/2', status: 404 },
      { attempt: null, method: 'DELETE', path: '/wp/v2/users/3', status: 200 },
    ])
  },
)

test.each(['/wp-json/wp/v2/users/7?force=true', '/?rest_route=/wp/v2/users/7&force=true'])(
  'a write alone to %s is one, a read is none',
  async (path) => {
    reply(500, '{"code":"existing_user_login"}')
    await fetch(proxy.url + path, { method: 'DELETE', headers: { 'X-Entra-Sync-Attempt': 'a' } })
    await fetch(proxy.url + path)
    expect(proxy.requests.map(({ writes }) => writes)).toEqual([
      [{ attempt: 'a', method: 'DELETE', path: '/wp/v2/users/7', status: 500 }],
      [],
    ])
  },
)

test.each([
  ['gzip', gzipSync(ok)],
  ['deflate', deflateSync(ok)],
  ['br', brotliCompressSync(ok)],
] as const)('an answer in %s is read, and passed on byte for byte', async (encoding, bytes) => {
  reply(207, bytes, { 'content-encoding': encoding, 'content-type': 'application/json' })
  expect(await (await sendBatch()).text()).toBe(ok)
  expect(statuses()).toEqual([201, 404, 200])
  reply(207, bytes, { 'content-type': 'application/octet-stream' })
  const came = Buffer.from(await (await sendBatch()).arrayBuffer())
  expect(came.equals(bytes)).toBe(true)
})

test('a batch that is answered as a whole gives its status to each item', async () => {
  reply(500, '<h1>There has been a critical error</h1>')
  await sendBatch()
  expect(statuses()).toEqual([500, 500, 500])
})

test('writes that the site never heard of, or never answered, have no status', async () => {
  reply(207, ok)
  await proxy.setFault({ kind: 'cut-before', requests: 1 })
  await expect(sendBatch()).rejects.toThrow()
  await proxy.setFault({ kind: 'status', status: 503, requests: 1 })
  expect((await sendBatch()).status).toBe(503)
  answer = (outgoing) => void outgoing.writeHead(207, { 'content-length': '1000' }).write('{', () => outgoing.destroy())
  await expect(sendBatch().then((cut) => cut.text())).rejects.toThrow()
  expect(statuses()).toEqual(Array(9).fill(0))
  expect(proxy.requests.map(({ status }) => status)).toEqual([0, 503, 0])
})

test('writes that the site answered have its status, though the caller never got it', async () => {
  reply(207, ok)
  await proxy.setFault({ kind: 'cut-after', requests: 1 })
  await expect(sendBatch()).rejects.toThrow()
  expect(statuses()).toEqual([201, 404, 200])
  await proxy.reset()

  const asked = heldBack(1)
  const abort = new AbortController()
  const sending = sendBatch(undefined, abort.signal)
  await asked
  abort.abort()
  await expect(sending).rejects.toThrow()
  await expect.poll(() => proxy.requests[0]?.endedAt).not.toBeNull()
  expect(statuses()).toEqual([0, 0, 0])
  for (const outgoing of waiting.splice(0)) outgoing.writeHead(207).end(ok)
  await proxy.settled()
  expect(statuses()).toEqual([201, 404, 200])
  expect(proxy.requests[0]?.status).toBe(0)
})

test('the most requests in flight at a time, and when each began and ended', async () => {
  expect(proxy.mostInFlight).toBe(0)
  const before = Date.now()
  const asked = heldBack(3)
  const sending = [sendBatch(), sendBatch(), sendBatch()]
  await asked
  expect(proxy.requests.map(({ endedAt }) => endedAt)).toEqual([null, null, null])
  for (const outgoing of waiting.splice(0)) outgoing.writeHead(207).end(ok)
  await Promise.all(sending)
  reply(207, ok)
  // One after the other, on connections that are open and on new ones, none overlaps the next.
  for (let sent = 0; sent < 20; sent++) await (await sendBatch()).text()
  expect(proxy.mostInFlight).toBe(3)
  for (const { startedAt, endedAt } of proxy.requests) {
    expect(startedAt).toBeGreaterThanOrEqual(before)
    expect(endedAt).toBeGreaterThanOrEqual(startedAt)
  }
  await proxy.reset()
  expect(proxy.mostInFlight).toBe(0)
  for (let sent = 0; sent < 20; sent++) await sendBatch()
  expect(proxy.mostInFlight).toBe(1)
})

/** From now on the site keeps requests waiting; resolves once it has `count`. */
function heldBack(count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  answer = (outgoing) => {
    waiting.push(outgoing)
    if (waiting.length === count) resolve()
  }
  return promise
}
