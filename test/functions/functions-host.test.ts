import { TableClient } from '@azure/data-tables'
import { QueueServiceClient } from '@azure/storage-queue'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite, type Azurite } from '../../dev/azurite.ts'
import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/start.ts'
import { makeApp } from './make-app.ts'

const fixture = fileURLToPath(new URL('host-fixture', import.meta.url))

let azurite: Azurite
let queues: QueueServiceClient
let timers: TableClient
const cleanUp: (() => Promise<void>)[] = []

beforeAll(async () => {
  azurite = await startAzurite()
  queues = QueueServiceClient.fromConnectionString(azurite.connectionString)
  timers = TableClient.fromConnectionString(azurite.connectionString, 'AzureWebJobsHostTimers', {
    allowInsecureConnection: true,
  })
}, 60_000)

afterAll(() => azurite.stop())
afterEach(async () => {
  for (const action of cleanUp.splice(0).reverse()) await action()
})

const fixtureEnv = () => ({
  AzureWebJobsStorage: azurite.connectionString,
  FIXTURE_QUEUE: 'fixture-in',
  FIXTURE_SCHEDULE: '0 0 0 1 1 *',
  FIXTURE_SETTING: 'from the environment',
  'AzureWebJobs.switched-off.Disabled': 'true',
})

/** Starts a host that ends with the test. */
async function hostOf(root: string, env: Record<string, string> = {}): Promise<FunctionsHost> {
  const host = await startFunctionsHost({ root, env: { AzureWebJobsStorage: azurite.connectionString, ...env } })
  cleanUp.push(() => host.kill())
  return host
}

async function appOf(files: Record<string, string>): Promise<string> {
  const { root, remove } = await makeApp(files)
  cleanUp.push(remove)
  return root
}

const httpFunction = (name: string, options = '') =>
  `import { app } from '@azure/functions'\napp.http('${name}', { ${options} handler: () => ({ body: 'fine' }) })\n`

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    await delay(50)
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a running app', () => {
  let host: FunctionsHost
  const get = (path: string, init?: RequestInit) => fetch(`${host.url}/api/${path}`, init)

  beforeAll(async () => {
    await queues.createQueue('fixture-in')
    host = await startFunctionsHost({ root: fixture, env: fixtureEnv() })
  }, 60_000)
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
      const { receivedMessageItems } = await queues
        .getQueueClient('fixture-output')
        .receiveMessages({ numberOfMessages: 32 })
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

  describe('queues', () => {
    const send = (text: string) => queues.getQueueClient('fixture-in').sendMessage(text)
    const collected = async (pattern: RegExp) => {
      const [, json = ''] = await host.outputMatching(pattern)
      return JSON.parse(json) as { type: string; message: unknown; metadata: Record<string, unknown> }
    }

    test('a JSON body arrives parsed, its fields overwrite triggerMetadata', async () => {
      const { messageId } = await send(base64('{"mark":"json","dequeueCount":77,"nested":{"a":1},"list":[1]}'))
      const { message, metadata } = await collected(/ collected (.*"mark":"json".*)/)
      expect(message).toEqual({ mark: 'json', dequeueCount: 77, nested: { a: 1 }, list: [1] })
      expect(metadata).toMatchObject({ id: messageId, dequeueCount: 77, mark: 'json', nested: { a: 1 } })
      expect(metadata).not.toHaveProperty('list')
      expect(Object.keys(metadata)).toEqual(
        expect.arrayContaining(['popReceipt', 'insertionTime', 'expirationTime', 'nextVisibleTime', 'queueTrigger']),
      )
    })

    test('numbers arrive as numbers, other text as text', async () => {
      await send(base64('4711'))
      expect((await collected(/ collected (.*"message":4711.*)/)).type).toBe('number')
      await send(base64('just text'))
      const { type, metadata } = await collected(/ collected (.*"message":"just text".*)/)
      expect([type, metadata['dequeueCount'], metadata['queueTrigger']]).toEqual(['string', 1, 'just text'])
    })

    test('a message that is not base64 goes to poison as it is and no function sees it', async () => {
      await send('{"not":"base64"}')
      expect(await nextPoison((text) => text.includes('base64'))).toBe('{"not":"base64"}')
      expect(host.output()).not.toContain('"not":"base64"')
    })

    test('a failing message is tried maxDequeueCount times, then goes to poison unchanged', async () => {
      const text = base64('{"fail":true}')
      await send(text)
      expect(await nextPoison((poison) => poison === text)).toBe(text)
      const tries = [...host.output().matchAll(/ collected (.*"fail":true.*)/g)]
      expect(
        tries.map(
          ([, json = '{}']) => (JSON.parse(json) as { metadata: { dequeueCount: number } }).metadata.dequeueCount,
        ),
      ).toEqual([1, 2])
    })

    test('POST /admin/functions/<name> fires one by hand, with the master key only', async () => {
      const fire = (name: string, key: string, body = '{"input": "by hand"}') =>
        fetch(`${host.url}/admin/functions/${name}`, { method: 'POST', headers: { 'x-functions-key': key }, body })
      expect((await fire('collects', host.functionKey)).status).toBe(401)
      expect((await fire('no-such-function', host.masterKey)).status).toBe(404)
      expect((await fire('collects', host.masterKey, 'not json')).status).toBe(400)
      expect((await fire('collects', host.masterKey)).status).toBe(202)
      await host.outputMatching(/ collected .*"message":"by hand"/)
      expect((await fire('once-a-year', host.masterKey)).status).toBe(202)
      await host.outputMatching(/once-a-year \{.*"isPastDue":false\}/)
    })

    function nextPoison(isWanted: (text: string) => boolean): Promise<string> {
      const poison = queues.getQueueClient('fixture-in-poison')
      return until(async () => {
        const { receivedMessageItems } = await poison
          .receiveMessages({ numberOfMessages: 32, visibilityTimeout: 1 })
          .catch(() => ({ receivedMessageItems: [] }))
        return receivedMessageItems.map(({ messageText }) => messageText).find(isWanted) ?? null
      })
    }
  })

  describe('timers', () => {
    test('one under a minute fires on time and has no schedule status', async () => {
      await host.outputMatching(
        /every-second \{"schedule":\{"adjustForDST":true\},"scheduleStatus":null,"isPastDue":false\}/,
      )
    })

    test('runOnStartup fires at start, with the status in camel case', async () => {
      const [, json = ''] = await host.outputMatching(/ on-startup (\{.*\})/)
      expect(JSON.parse(json)).toMatchObject({
        isPastDue: false,
        scheduleStatus: { last: expect.stringMatching(/^0001-01-01T/) as string, next: expect.any(String) as string },
      })
    })
  })
})

describe('timers across restarts', () => {
  const yearly = {
    'functions/yearly.js': `import { app } from '@azure/functions'
      const handler = (timer, context) => context.log(context.functionName + ' ' + JSON.stringify(timer))
      app.timer('yearly', { schedule: '0 0 0 1 1 *', handler })
      app.timer('marks', { schedule: '* * * * * *', handler })`,
  }
  const row = (last: Date, next: Date) => ({
    ...{ partitionKey: 'restarts', rowKey: 'timer|yearly' },
    ...{ last: last.toISOString(), next: next.toISOString(), lastUpdated: last.toISOString() },
  })
  const january = (year: number) => new Date(Date.UTC(year, 0, 1))
  const thisYear = new Date().getUTCFullYear()

  test('the first start does not fire; a missed occurrence fires once, as past due; a changed schedule does not', async () => {
    const root = await appOf(yearly)
    const env = { AzureFunctionsWebHost__hostid: 'restarts' }
    const startAndStop = async () => {
      const host = await hostOf(root, env)
      await host.outputMatching(/ marks \{/)
      await host.stop()
      return [...host.output().matchAll(/ yearly (\{.*\})/g)].map(([, json = '']) => JSON.parse(json) as unknown)
    }
    expect(await startAndStop()).toEqual([])
    await timers.updateEntity(row(january(thisYear - 1), january(thisYear)), 'Replace')
    expect(await startAndStop()).toMatchObject([{ isPastDue: true }])
    expect(await startAndStop()).toEqual([])
    await timers.updateEntity(row(january(thisYear - 1), new Date(Date.UTC(thisYear - 1, 5, 1))), 'Replace')
    expect(await startAndStop()).toEqual([])
  }, 60_000)

  test('the successor of a killed host waits for the old lock, the successor of a stopped one does not', async () => {
    const root = await appOf(yearly)
    const env = { AzureFunctionsWebHost__hostid: 'locks', FUNCTIONS_HOST_TIME_SCALE: '0.05' }
    const held = /The timers' lock is held/
    const until = async () => new Date(String((await timers.getEntity('locks', 'lock'))['until'])).getTime()
    const heldAt = async (host: FunctionsHost) =>
      new Date((await host.outputMatching(/^(\S+) .*The timers' lock is held/m))[1] ?? '').getTime()

    const killed = await hostOf(root, env)
    await killed.outputMatching(held)
    await killed.kill()
    const expires = await until()
    const successor = await hostOf(root, env)
    expect(await heldAt(successor)).toBeGreaterThanOrEqual(expires)
    await successor.stop()
    await expect(until()).rejects.toMatchObject({ statusCode: 404 })
  }, 60_000)
})

describe('messages that take long', () => {
  test('are renewed while their function runs, so nobody else gets them', async () => {
    const queue = queues.getQueueClient('fixture-long')
    await queue.create()
    // The lease is 2 s at this scale, the function takes 3.5 s.
    const host = await hostOf(fixture, {
      ...fixtureEnv(),
      FIXTURE_QUEUE: 'fixture-other',
      FUNCTIONS_HOST_TIME_SCALE: '0.0035',
    })
    await queue.sendMessage(base64('once'))
    await host.outputMatching(/takes-long: ended once/)
    await until(async () => ((await queue.getProperties()).approximateMessagesCount === 0 ? true : null))
    expect(host.output().match(/takes-long: started/g)).toHaveLength(1)
  }, 60_000)
})

describe('many messages', () => {
  test('batchSize + newBatchThreshold of them run at once, no more', async () => {
    const queue = queues.getQueueClient('fixture-many')
    await queue.create()
    for (const text of ['1', '2', '3', '4', '5', '6', '7', '8']) await queue.sendMessage(base64(text))
    const host = await hostOf(
      await appOf({
        'host.json': '{"version": "2.0", "extensions": {"queues": {"batchSize": 2, "newBatchThreshold": 2}}}',
        'functions/a.js': `import { app } from '@azure/functions'
          let waiting = []
          app.storageQueue('counts', { queueName: 'fixture-many', connection: 'AzureWebJobsStorage',
            handler: async (number, context) => {
              const resumed = new Promise((resolve) => waiting.push(resolve))
              context.log('running: ' + waiting.length)
              if (waiting.length === 4) setTimeout(() => waiting.splice(0).forEach((resume) => resume()), 200)
              await resumed
              context.log('done: ' + number)
            } })`,
      }),
    )
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) await host.outputMatching(new RegExp(`done: ${number}`))
    const counts = [...host.output().matchAll(/running: (\d)/g)].map(([, count]) => Number(count))
    expect(Math.max(...counts)).toBe(4)
  }, 30_000)
})

describe('loading', () => {
  const served = async (host: FunctionsHost, name: string) => (await fetch(`${host.url}/api/${name}`)).status

  test('a module that throws leaves no function at all, and every route 404', async () => {
    const host = await hostOf(
      await appOf({ 'functions/a.js': httpFunction('sound'), 'functions/b.js': "throw new Error('broken module')" }),
    )
    expect(await served(host, 'sound')).toBe(404)
    expect(host.output()).toMatch(/Critical Host\.Startup The app has no functions: .*functions\/b\.js.*broken module/)
  })

  test('the same name twice leaves no function at all', async () => {
    const host = await hostOf(
      await appOf({ 'functions/a.js': httpFunction('twice'), 'functions/b.js': httpFunction('twice') }),
    )
    expect(await served(host, 'twice')).toBe(404)
    expect(host.output()).toContain('A function with id "twice" has already been registered.')
  })

  test.each([
    ['names that differ only in case', { 'functions/a.js': httpFunction('same') + httpFunction('SAME') }],
    ['a route with a leading slash', { 'functions/a.js': httpFunction('same', "route: '/same',") }],
    ['host.json without version', { 'functions/a.js': httpFunction('same'), 'host.json': '{}' }],
    [
      'a queue option out of range',
      {
        'functions/a.js': httpFunction('same'),
        'host.json': '{"version": "2.0", "extensions": {"queues": {"batchSize": 33}}}',
      },
    ],
  ])('%s: the host answers 503', async (_, files) => {
    const double = files['functions/a.js'].replace(/(import .*\n)([^]*)\1/, '$1$2')
    const host = await hostOf(await appOf({ ...files, 'functions/a.js': double }))
    expect(await served(host, 'same')).toBe(503)
    expect(host.output()).toMatch(/Critical Host\.Startup Every request is answered with 503/)
  })

  test('a CommonJS app is loaded with require, wherever the entry point is', async () => {
    const host = await hostOf(
      await appOf({
        'package.json': '{"main": "src/{index,other}.js"}',
        'src/index.js': `const { app } = require('@azure/functions'); app.http('common', { handler: () => ({ body: 'js' }) })`,
        'src/other.js': `require('@azure/functions').app.http('other', { handler: () => ({}) })`,
        'src/unnamed.js': `throw new Error('not an entry point')`,
      }),
    )
    expect([await served(host, 'common'), await served(host, 'other')]).toEqual([200, 200])
  })

  test('hooks run around every invocation, appStart before and appTerminate after', async () => {
    const host = await hostOf(
      await appOf({
        'functions/a.js': `${httpFunction('hooked')}
          app.hook.appStart(() => console.log('hook: appStart'))
          app.hook.appTerminate(() => console.log('hook: appTerminate'))
          app.hook.preInvocation((context) => {
            const inner = context.functionHandler
            context.functionHandler = async (...args) => ({ ...(await inner(...args)), status: 299 })
          })`,
      }),
    )
    expect(await served(host, 'hooked')).toBe(299)
    await host.stop()
    expect(host.output().match(/hook: \w+/g)).toEqual(['hook: appStart', 'hook: appTerminate'])
  })

  test('HTTP streams are passed through where the app has switched them on', async () => {
    const host = await hostOf(
      await appOf({
        'functions/a.js': `import { app } from '@azure/functions'
          app.setup({ enableHttpStream: true })
          app.http('streams', { route: 'streams/{id}', methods: ['POST'], handler: (request) =>
            ({ status: 202, headers: { 'x-id': request.params.id, 'x-url': request.url, 'x-given': request.headers.get('x-given') }, body: request.body }) })
          app.http('throws', { handler: () => { throw new Error('thrown') } })`,
      }),
    )
    const response = await fetch(`${host.url}/api/streams/7?a=b`, {
      method: 'POST',
      body: 'to and fro',
      headers: { 'x-given': 'g' },
    })
    expect(response.status).toBe(202)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-id': '7',
      'x-given': 'g',
      'x-url': `${host.url}/api/streams/7?a=b`,
    })
    expect(await response.text()).toBe('to and fro')
    expect(await served(host, 'throws')).toBe(500)
  })

  test('local.settings.json fills in what the environment leaves open', async () => {
    const root = await appOf({
      'functions/a.js': `import { app } from '@azure/functions'
        app.http('shows', { handler: () => ({ jsonBody: [process.env.BOTH, process.env.ONLY_FILE] }) })`,
      'local.settings.json': '{"Values": {"BOTH": "file", "ONLY_FILE": "file"}}',
    })
    const shown = async (localSettings: boolean): Promise<unknown> => {
      const host = await startFunctionsHost({ root, env: { BOTH: 'environment' }, localSettings })
      cleanUp.push(() => host.kill())
      return await (await fetch(`${host.url}/api/shows`)).json()
    }
    expect(await shown(true)).toEqual(['environment', 'file'])
    expect(await shown(false)).toEqual(['environment', null])
  })
})

describe('the process', () => {
  test('SIGTERM lets a call in flight finish and ends with 0', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    const answer = fetch(`${host.url}/api/waits`)
    await host.outputMatching(/waits: started/)
    await host.stop()
    expect(await (await answer).text()).toBe('finished')
    expect(await host.exited).toBe(0)
  })

  test('an uncaught exception ends it with 1 and what was in flight with 500', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    expect((await fetch(`${host.url}/api/crashes`)).status).toBe(500)
    expect(await host.exited).toBe(1)
    expect(host.output()).toMatch(/Critical Host Worker uncaught exception: Error: uncaught by the fixture/)
  })

  test('a function that passes functionTimeout ends it with 1', async () => {
    const host = await hostOf(
      await appOf({
        'host.json': '{"version": "2.0", "functionTimeout": "00:00:00.200"}',
        'functions/a.js': `import { app } from '@azure/functions'
          app.http('hangs', { handler: () => new Promise(() => {}) })`,
      }),
    )
    expect((await fetch(`${host.url}/api/hangs`)).status).toBe(500)
    expect(await host.exited).toBe(1)
  })

  test('storage out of reach ends it with 1', async () => {
    const storage = await startAzurite()
    const host = await hostOf(fixture, {
      ...fixtureEnv(),
      AzureWebJobsStorage: storage.connectionString,
      FUNCTIONS_HOST_TIME_SCALE: '0.02',
    })
    await host.outputMatching(/The timers' lock is held/)
    await storage.stop()
    expect(await host.exited).toBe(1)
    expect(host.output()).toContain('Critical Host Storage is out of reach.')
  }, 60_000)

  test('it ends when the process that started it is gone', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    host.process.disconnect()
    expect(await host.exited).toBe(0)
  })

  test('it listens on loopback only', async () => {
    const host = await hostOf(fixture, fixtureEnv())
    const port = Number(new URL(host.url).port).toString(16).toUpperCase().padStart(4, '0')
    const listening = (
      await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
    )
      .flatMap((table) => table.split('\n'))
      .filter((line) => line.includes(`:${port} `) && / 0A /.test(line))
    expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`])
  })
})
