import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { SiteFault } from '../../lib/domain/faults.ts'
import type { Site } from '../../lib/sync/ports/site.ts'
import { createSite, type SiteOptions } from '../../lib/wordpress/site.ts'

const secret = 'abcd EFGH ijkl MNOP qrst UVWX'
const index = { url: '', namespaces: ['wp/v2'], authentication: { 'application-passwords': {} } }
const person = {
  id: 7,
  username: 'jane',
  email: 'jane@people.test',
  first_name: '',
  last_name: '',
  name: 'jane',
  nickname: 'jane',
  url: '',
  description: '',
  locale: 'en_US',
  roles: ['subscriber'],
  registered_date: '2026-11-23T10:00:00+00:00',
}

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server whose index is WordPress', and whose other routes answer as told. */
async function startServer(answer: RequestListener, atIndex: RequestListener = json(200, index)): Promise<string> {
  const route: RequestListener = (request, response) => {
    request.resume()
    return request.url?.startsWith('/wp-json/?') ? atIndex(request, response) : answer(request, response)
  }
  return `http://${await listen(createServer(route))}`
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
}

function page(status: number, headers: Record<string, string> = {}): RequestListener {
  return (_, response) => {
    response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end('<!doctype html><p>Sorry.</p>')
  }
}

function connect(url: string, options: Partial<SiteOptions> = {}): Site {
  return createSite({
    url,
    username: 'sync',
    applicationPassword: secret,
    requestTimeout: 10_000,
    concurrency: 2,
    ...options,
  })
}

async function faultOf(asking: Promise<unknown>): Promise<SiteFault> {
  const fault: unknown = await asking.then(
    () => new Error('no fault'),
    (error: unknown) => error,
  )
  if (!(fault instanceof SiteFault)) throw fault
  const told = inspect(fault, { depth: 20, showHidden: true })
  for (const hidden of [secret, Buffer.from(`sync:${secret}`).toString('base64'), 'people.test', 'password"'])
    expect(told).not.toContain(hidden)
  return fault
}

const create = { kind: 'create', attempt: 'a', username: 'jane', fields: { email: 'jane@people.test' } } as const
const remove = { kind: 'delete', attempt: 'a', id: 7, reassign: 2 } as const

describe('a site that fails', () => {
  it.each([
    ['throttles', json(429, { code: 'slow_down', message: '' }, { 'retry-after': '7' }), 'throttled', 429, 7000],
    ['is under maintenance', page(503, { 'retry-after': '60' }), 'server-error', 503, 60_000],
    ['has a dead PHP', page(502), 'server-error', 502, null],
    ['dies of an error', json(500, { code: 'internal_server_error', message: '' }), 'server-error', 500, null],
    ['answers a page', page(200), 'not-json', 200, null],
    ['answers JSON of another kind', json(200, { hello: 'world' }), 'unexpected-answer', 200, null],
    ['has a firewall', page(403), 'not-json', 403, null],
    ['has a password of its own', page(401, { 'www-authenticate': 'Basic realm="x"' }), 'wrong-credentials', 401, null],
    ['has no such route', json(404, { code: 'rest_no_route', message: '' }), 'no-route', 404, null],
    ['redirects', page(301, { location: 'https://www.people.example/x?token=1' }), 'redirect', 301, null],
  ] as const)('%s: told for a probe and for a write', async (_, answer, reason, status, after) => {
    const site = connect(await startServer(answer))
    expect(await faultOf(site.probe())).toMatchObject({ reason, status, after })
    expect(await faultOf(site.write([create]))).toMatchObject({ reason, status, after })
  })

  it('gives an account’s answer, where its code can only be an account’s', async () => {
    const site = connect(await startServer(json(500, { code: 'existing_user_login', message: '' })))
    const fault = { kind: 'username-taken', status: 500, code: 'existing_user_login', params: [] }
    expect(await site.write([create])).toEqual([{ ok: false, fault }])
  })

  it.each([
    ['is a multisite', 501, 'rest_cannot_delete', 'forbidden'],
    ['fails to delete', 500, 'rest_cannot_delete', 'failed'],
    ['lets nobody delete', 403, 'rest_user_cannot_delete', 'forbidden'],
  ] as const)('gives the code of a deletion’s refusal where it %s', async (_, status, code, kind) => {
    const site = connect(await startServer(json(status, { code, message: '', data: { status } })))
    expect(await site.write([remove])).toEqual([{ ok: false, fault: { kind, status, code, params: [] } }])
  })

  it.each([
    ['the account, but not that it is deleted', person],
    ['a deletion without the account', { deleted: true }],
    ['that it is not deleted', { deleted: false, previous: person }],
  ])('takes %s for no answer to a deletion', async (_, answer) => {
    const site = connect(await startServer(json(200, answer)))
    expect(await faultOf(site.write([remove]))).toMatchObject({ reason: 'unexpected-answer', status: 200 })
  })

  it.each([
    ['nothing listens', 'http://127.0.0.1:1', /ECONNREFUSED/],
    ['the name doesn’t exist', 'http://nowhere.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('is unreachable where %s', async (_, url, says) => {
    const fault = await faultOf(connect(url).probe())
    expect(fault).toMatchObject({ reason: 'unreachable', status: null })
    expect(fault.message).toMatch(says)
  })

  it('is unreachable where the connection is cut in an answer', async () => {
    const site = connect(
      await startServer((_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"id":')
        setImmediate(() => response.destroy())
      }),
    )
    expect(await faultOf(site.write([create]))).toMatchObject({ reason: 'unreachable' })
  })

  it('times out on silence and on an answer that trickles', async () => {
    const silent = await startServer(() => undefined)
    const trickling = await startServer((_, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    for (const url of [silent, trickling])
      expect(await faultOf(connect(url, { requestTimeout: 300 }).probe())).toMatchObject({
        reason: 'timeout',
        status: null,
      })
  })

  it('has a certificate that nobody vouches for', async () => {
    const pair = await generate([{ name: 'commonName', value: '127.0.0.1' }])
    const server = createTlsServer({ key: pair.private, cert: pair.cert }, json(200, index))
    const fault = await faultOf(connect(`https://${await listen(server)}`).probe())
    expect(fault).toMatchObject({ reason: 'certificate' })
    expect(fault.message).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('speaks http where https is configured', async () => {
    const url = await startServer(page(200))
    expect(await faultOf(connect(url.replace('http:', 'https:')).probe())).toMatchObject({ reason: 'unreachable' })
  })
})

describe('the credential', () => {
  it('goes to nobody but the configured address: not along a redirect, not to an advertised one', async () => {
    const seen: string[] = []
    const elsewhere = `http://${await listen(createServer((request, response) => (seen.push(request.url ?? ''), json(200, index)(request, response))))}`
    const redirected = await startServer(page(404), page(308, { location: `${elsewhere}/wp-json/` }))
    expect((await faultOf(connect(redirected).probe())).message).toContain(`redirects to ${elsewhere}/wp-json/`)
    const link = `<${elsewhere}/wp-json/>; rel="https://api.w.org/"`
    const advertised = await startServer(page(200, { link }), page(404))
    expect(await faultOf(connect(advertised).probe())).toMatchObject({ reason: 'redirect' })
    expect(seen).toEqual([])
  })

  it('is not sent before the site has said that it takes application passwords', async () => {
    const credentials: (string | undefined)[] = []
    const watch = (answer: RequestListener): RequestListener => {
      return (request, response) => (credentials.push(request.headers.authorization), answer(request, response))
    }
    const off = { ...index, authentication: [] }
    const site = connect(await startServer(watch(json(200, { id: 1 })), watch(json(200, off))))
    expect(await faultOf(site.discover())).toMatchObject({ reason: 'application-passwords-off' })
    expect(credentials).toEqual([undefined])
  })

  it('is tried where only visitors are kept out', async () => {
    const closed = json(401, { code: 'rest_login_required', message: '' })
    const atIndex: RequestListener = (request, response) =>
      (request.headers.authorization ? json(200, index) : closed)(request, response)
    await expect(connect(await startServer(json(200, { id: 1 }), atIndex)).probe()).resolves.toBeUndefined()
  })
})

describe('requests', () => {
  it('find a REST API that the front page advertises', async () => {
    const paths: string[] = []
    const site = connect(
      `http://${await listen(
        createServer((request: IncomingMessage, response: ServerResponse) => {
          const path = request.url?.split('?')[0] ?? ''
          paths.push(path)
          const link = `<http://${request.headers.host}/index.php/wp-json/>; rel="https://api.w.org/"`
          if (path === '/') return page(200, { link })(request, response)
          if (path === '/index.php/wp-json/') return json(200, index)(request, response)
          return path.startsWith('/index.php/wp-json/')
            ? json(200, { id: 1 })(request, response)
            : page(404)(request, response)
        }),
      )}`,
    )
    await site.probe()
    expect(paths).toEqual(['/wp-json/', '/', '/index.php/wp-json/', '/index.php/wp-json/wp/v2/users/me'])
  })

  it('carry the attempt, a password that differs each time, and ask for the needed fields only', async () => {
    const sent: { headers: IncomingMessage['headers']; url: string; body: Record<string, string> }[] = []
    const site = connect(
      await startServer((request, response) => {
        let text = ''
        request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        request.on('end', () => {
          const body = JSON.parse(text) as Record<string, string>
          sent.push({ headers: request.headers, url: request.url ?? '', body })
          json(201, person)(request, response)
        })
      }),
    )
    await site.write([{ ...create, attempt: '20261123T101500123Z-9f2c' }])
    await site.write([{ kind: 'update', attempt: 'b', id: 7, fields: { first_name: 'Jane' } }])
    expect(sent[0]?.headers['x-entra-sync-attempt']).toBe('20261123T101500123Z-9f2c')
    expect(sent[0]?.url).toMatch(/^\/wp-json\/wp\/v2\/users\?_fields=id/)
    expect(sent[0]?.body).toMatchObject({ username: 'jane', email: 'jane@people.test' })
    expect(sent[0]?.body['password']).toMatch(/^[\w-]{32,}$/)
    expect(sent[1]?.url).toMatch(/^\/wp-json\/wp\/v2\/users\/7\?_fields=id/)
    expect(sent[1]?.body).toEqual({ first_name: 'Jane' })
  })

  it('share at most `concurrency` connections and keep them', async () => {
    const connections = new Set<unknown>()
    const waiting: (() => void)[] = []
    let together = 1
    let most = 0
    const server = createServer((request, response) => {
      connections.add(request.socket)
      waiting.push(() => json(200, request.url?.startsWith('/wp-json/?') ? index : { id: 1 })(request, response))
      most = Math.max(most, waiting.length)
      // Answers two at once: with one connection nothing would ever be answered.
      if (waiting.length === together) for (const answer of waiting.splice(0)) answer()
    })
    const site = connect(`http://${await listen(server)}`)
    await site.probe()
    together = 2
    await Promise.all(Array.from({ length: 20 }, () => site.probe()))
    expect(connections.size).toBe(2)
    expect(most).toBe(2)
  })

  it('tell the site’s clock from the Date header, not from a cached answer', async () => {
    const ahead = new Date(Date.now() + 3_600_000).toUTCString()
    const old = new Date(0).toUTCString()
    let headers: Record<string, string> = { Date: ahead }
    const site = connect(
      await startServer(
        (request, response) => json(200, { id: 1 }, headers)(request, response),
        json(200, index, { Date: ahead }),
      ),
    )
    expect(site.clockOffset()).toBe(0)
    await site.probe()
    expect(Math.abs(site.clockOffset() - 3_600_000)).toBeLessThan(60_000)
    headers = { Date: old, Age: '30' }
    await site.probe()
    expect(Math.abs(site.clockOffset() - 3_600_000)).toBeLessThan(60_000)
  })
})

describe('a batch', () => {
  const route = { schema: { properties: {} }, endpoints: [{ methods: ['POST'], args: [], allow_batch: { v1: true } }] }
  const capabilities = { list_users: true, create_users: true, edit_users: true }

  async function startBatching(answer: RequestListener): Promise<Site> {
    const url = await startServer((request, response) => {
      const path = request.url?.split('?')[0]
      if (path === '/wp-json/batch/v1') return answer(request, response)
      if (path === '/wp-json/wp/v2/users/me') return json(200, { id: 1, capabilities })(request, response)
      return path === '/wp-links-opml.php' ? page(404)(request, response) : json(200, route)(request, response)
    })
    const site = connect(url)
    expect(await site.discover()).toMatchObject({ batch: true, version: null, locales: ['en_US'] })
    return site
  }
  const item = (status: number, code: string) => ({
    status,
    body: { code, message: '', data: { status } },
    headers: {},
  })
  const two = [create, { kind: 'update', attempt: 'b', id: 7, fields: { first_name: 'J' } }] as const

  it('never takes an item for the site’s fault', async () => {
    for (const [status, code] of [
      [500, 'internal_server_error'],
      [429, 'slow_down'],
      [404, 'rest_no_route'],
      [403, 'rest_cannot_create_user'],
      [401, 'a_plugin'],
    ] as const) {
      const site = await startBatching(
        json(207, { responses: [item(status, code), { status: 200, body: person, headers: {} }] }),
      )
      const [first, second] = await site.write(two)
      expect(first).toMatchObject({ ok: false, fault: { status, code } })
      expect(second).toMatchObject({ ok: true, user: { id: 7 } })
    }
  })

  it('whose items all went unauthenticated is the credential’s fault', async () => {
    const site = await startBatching(
      json(207, { responses: [item(401, 'rest_cannot_create_user'), item(404, 'rest_user_invalid_id')] }),
    )
    expect(await faultOf(site.write(two))).toMatchObject({ reason: 'wrong-credentials', status: 401 })
  })

  it.each([
    ['of another length', json(207, { responses: [{ status: 200, body: person }] }), 'unexpected-answer'],
    ['without responses', json(207, { failed: 'validation' }), 'unexpected-answer'],
    ['that isn’t JSON', page(207), 'not-json'],
    ['that is one error', json(500, { code: 'existing_user_login', message: '' }), 'server-error'],
    ['that went away', json(404, { code: 'rest_no_route', message: '' }), 'no-route'],
  ] as const)('with an answer %s is a fault of the site', async (_, answer, reason) => {
    expect(await faultOf((await startBatching(answer)).write(two))).toMatchObject({ reason })
  })
})
