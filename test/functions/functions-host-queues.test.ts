import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/start.ts'
import { base64, fixture, until, useHosts } from './use-hosts.ts'

const { appOf, fixtureEnv, hostOf, queue } = useHosts()

let host: FunctionsHost

beforeAll(async () => {
  await queue('fixture-in').create()
  host = await startFunctionsHost({ root: fixture, env: fixtureEnv() })
})
afterAll(() => host.stop())

describe('queues', () => {
  const send = (text: string) => queue('fixture-in').sendMessage(text)
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
    const poison = queue('fixture-in-poison')
    return until(async () => {
      const { receivedMessageItems } = await poison
        .receiveMessages({ numberOfMessages: 32, visibilityTimeout: 1 })
        .catch(() => ({ receivedMessageItems: [] }))
      return receivedMessageItems.map(({ messageText }) => messageText).find(isWanted) ?? null
    })
  }
})

describe('messages that take long', () => {
  test('are renewed while their function runs, so nobody else gets them', async () => {
    const taken = queue('fixture-long')
    await taken.create()
    // The lease is 2 s at this scale, the function takes 3.5 s.
    const host = await hostOf(fixture, {
      ...fixtureEnv(),
      FIXTURE_QUEUE: 'fixture-other',
      FUNCTIONS_HOST_TIME_SCALE: '0.0035',
    })
    await taken.sendMessage(base64('once'))
    await host.outputMatching(/takes-long: ended once/)
    await until(async () => ((await taken.getProperties()).approximateMessagesCount === 0 ? true : null))
    expect(host.output().match(/takes-long: started/g)).toHaveLength(1)
  })
})

describe('many messages', () => {
  test('batchSize + newBatchThreshold of them run at once, no more', async () => {
    const many = queue('fixture-many')
    await many.create()
    for (const text of ['1', '2', '3', '4', '5', '6', '7', '8']) await many.sendMessage(base64(text))
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
  })
})
