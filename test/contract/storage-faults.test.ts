import { randomUUID } from 'node:crypto'
import { TableClient } from '@azure/data-tables'
import { QueueClient } from '@azure/storage-queue'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { inspect } from 'node:util'
import { type Azurite, startAzurite } from '../../dev/azurite.ts'
import { emptyGuard } from '../../lib/domain/deletion-guard.ts'
import { conditionalDeletes } from '../../lib/storage/conditional-deletes.ts'
import { createQueues } from '../../lib/storage/queues.ts'
import { readStorageSettings } from '../../lib/storage/storage-settings.ts'
import { createStores } from '../../lib/storage/stores.ts'
import { removalOf } from './link-store-removals.contract.ts'
import { linkOf } from './link-store.contract.ts'
import { type Verdict, startStorageProxy } from './storage-proxy.ts'

const site = () => `site-${randomUUID().slice(0, 8)}`
const queueName = () => `test-${randomUUID().slice(0, 8)}`

/** A table's error as Azure documents it; Azurite's own answers are the contract suite's part. */
const tableError = (status: number, code: string): Verdict => ({
  status,
  body: JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: 'In words.' } } }),
})
const queueError = (status: number, code: string): Verdict => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
  body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>In words.</Message></Error>`,
})
/** A transaction whose precondition failed: `value` begins with the operation's index, as Azure documents it. */
const preconditionFailed = (value: string): Verdict => ({
  status: 202,
  headers: { 'content-type': 'multipart/mixed; boundary=batchresponse_1' },
  body: [
    '--batchresponse_1',
    'Content-Type: multipart/mixed; boundary=changesetresponse_1',
    '',
    '--changesetresponse_1',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    'HTTP/1.1 412 Precondition Failed',
    'Content-Type: application/json;odata=minimalmetadata',
    '',
    JSON.stringify({ 'odata.error': { code: 'UpdateConditionNotSatisfied', message: { lang: 'en-US', value } } }),
    '--changesetresponse_1--',
    '--batchresponse_1--',
    '',
  ].join('\r\n'),
})

describe('storage that misbehaves', () => {
  let azurite: Azurite
  let proxy: Awaited<ReturnType<typeof startStorageProxy>>
  beforeAll(async () => {
    azurite = await startAzurite()
    proxy = await startStorageProxy(azurite.connectionString)
  }, 60_000)
  afterEach(() => proxy.onRequest(() => 'pass'))
  afterAll(async () => {
    await proxy.stop()
    await azurite.stop()
  })

  const settingsOf = (connectionString: string) => {
    const read = readStorageSettings({ AzureWebJobsStorage: connectionString })
    if (!read.ok) throw new Error(JSON.stringify(read.faults))
    return read.settings
  }
  const quickly = { beingDeletedPauses: [1, 1, 1] }
  const stores = () => createStores(settingsOf(proxy.connectionString), quickly)
  const queues = () => createQueues(settingsOf(proxy.connectionString), quickly)
  const first = (count: number, verdict: Verdict, matching: (method: string, path: string) => boolean = () => true) => {
    let left = count
    proxy.onRequest((method, path) => (matching(method, path) && left-- > 0 ? verdict : 'pass'))
  }
  const isBatch = (_: string, path: string) => path.includes('$batch')
  const isTables = (method: string, path: string) => method === 'POST' && path.includes('/Tables')
  const isNewQueue = (method: string, path: string) => method === 'PUT' && !path.includes('messages')
  const audit = (day: string) => ({
    connection: 'default',
    dryRun: null,
    attempt: `${day}T000000000Z-1`,
    objectId: randomUUID(),
    status: 'created' as const,
    reason: null,
    wordpressId: 1,
    who: { userPrincipalName: null, email: null, username: null },
    changes: [],
    at: 1,
    milliseconds: 1,
    cycle: null,
    trigger: 'cycle' as const,
    tries: 1,
    error: null,
  })

  it('waits for a table whose name is still being deleted', async () => {
    first(2, tableError(409, 'TableBeingDeleted'), isTables)
    await stores().audit.write([audit('20010101')])
    expect(await stores().audit.list('default', '20010101', 10)).toHaveLength(1)
  })

  it('gives up a table that stays being deleted, for later', async () => {
    proxy.onRequest((method, path) => (isTables(method, path) ? tableError(409, 'TableBeingDeleted') : 'pass'))
    await expect(stores().audit.write([audit('20010102')])).rejects.toMatchObject({ name: 'RetryLater', after: 30_000 })
  })

  it('drops what is being dropped already', async () => {
    await stores().audit.write([audit('20010103')])
    first(1, tableError(409, 'TableBeingDeleted'), (method) => method === 'DELETE')
    expect(await stores().audit.dropBefore('20010104')).toContain('20010103')
  })

  it('waits for a queue whose name is still being deleted', async () => {
    const queue = queues().queue(queueName())
    first(2, queueError(409, 'QueueBeingDeleted'), isNewQueue)
    await queue.send('a')
    expect(await queue.receive(1, 60_000)).toHaveLength(1)
  })

  it.each([
    [503, 'ServerBusy'],
    [500, 'InternalError'],
  ])(
    'gets over a passing %i, and says RetryLater when it stays',
    async (status, code) => {
      const [links, queue] = [stores().links, queues().queue(queueName())]
      first(1, tableError(status, code))
      await links.write(site(), [{ link: linkOf('a'), etag: null }])
      proxy.onRequest(() => tableError(status, code))
      await expect(links.ownerOf(site(), 1)).rejects.toMatchObject({ name: 'RetryLater', after: null })
      proxy.onRequest(() => queueError(status, code))
      await expect(queue.send('a')).rejects.toMatchObject({ name: 'RetryLater' })
    },
    60_000,
  )

  it('says how long a throttled caller should wait', async () => {
    proxy.onRequest(() => ({ status: 429, headers: { 'retry-after': '1' } }))
    await expect(stores().links.ownerOf(site(), 1)).rejects.toMatchObject({ name: 'RetryLater', after: 1000 })
  }, 60_000)

  it('says RetryLater where nobody listens', async () => {
    const nowhere = settingsOf(
      proxy.connectionString.replaceAll(
        /(Queue|Table)Endpoint=http:\/\/127.0.0.1:\d+/g,
        '$1Endpoint=http://127.0.0.1:1',
      ),
    )
    await expect(createStores(nowhere).sites.readLane('a')).rejects.toMatchObject({ name: 'RetryLater' })
    await expect(createQueues(nowhere).queue('abc').receive(1, 1)).rejects.toMatchObject({ name: 'RetryLater' })
  }, 60_000)

  it('names setting and cure where the key is wrong, and no key', async () => {
    const key = Buffer.from('a wrong key').toString('base64')
    const wrong = settingsOf(azurite.connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${key}`))
    for (const work of [
      () => createStores(wrong).sites.readLane('a'),
      () => createStores(wrong).links.write('a', [{ link: linkOf('a'), etag: null }]),
      () => createStores(wrong).audit.dropBefore('20010101'),
      () => createQueues(wrong).queue('abc').receive(1, 1),
    ]) {
      const fault: unknown = await work().catch((error: unknown) => error)
      expect(fault).toMatchObject({ name: 'Terminal', reason: 'storage-forbidden' })
      expect(String(fault)).toContain('AzureWebJobsStorage')
      const told = inspect(fault, { depth: 10, showHidden: true }) + JSON.stringify((fault as Error).cause)
      expect(told).toMatch(/AuthorizationFailure|AuthenticationFailed/)
      expect(told).not.toMatch(/SharedKey|authorization:/)
      expect(told).not.toContain(key)
    }
  })

  it('writes once where only the answer was lost, and then says lost, never doubles', async () => {
    const [{ links }, at] = [stores(), site()]
    await links.write(at, [{ link: linkOf('before'), etag: null }])
    first(1, 'lose the answer', isBatch)
    const writes = ['a', 'b', 'c'].map((id, index) => ({
      link: linkOf(id, { wordpressId: index + 1 }),
      etag: null,
      reverse: true,
    }))
    const { etags, lost } = await links.write(at, writes)
    expect([...lost].sort()).toEqual(['a', 'b', 'c'])
    expect(etags.size).toBe(0)
    expect((await links.read(at, 'default', ['a', 'b', 'c'])).size).toBe(3)
  })

  it.each(['In words.', '0:In words.'])('finds the loser where storage says %j', async (value) => {
    const [{ links }, at] = [stores(), site()]
    const { etags } = await links.write(at, [{ link: linkOf('a'), etag: null }])
    first(1, preconditionFailed(value), isBatch)
    const written = await links.write(at, [
      { link: linkOf('a', { login: 'x' }), etag: 'W/"another"' },
      { link: linkOf('b'), etag: null },
    ])
    expect([...written.lost]).toEqual(['a'])
    expect([...written.etags.keys()]).toEqual(['b'])
    expect((await links.read(at, 'default', ['a'])).get('a')?.etag).toBe(etags.get('a'))
  })

  const guarded = { connection: 'default', guard: emptyGuard, etag: null }
  const removals = (people: readonly string[]) =>
    people.map((id) => ({ link: linkOf(id), etag: null, removal: removalOf(id) }))

  it('counts removals once where only the answer was lost, and everybody is lost', async () => {
    const [{ links }, at, people] = [stores(), site(), ['a', 'b', 'c']]
    await links.write(at, [{ link: linkOf('before'), etag: null }])
    first(1, 'lose the answer', isBatch)
    const { etags, lost } = await links.writeGuarded(at, removals(people), guarded)
    expect([[...lost].sort(), etags.size]).toEqual([people, 0])
    expect((await links.read(at, 'default', people)).size).toBe(3)
    expect((await links.readGuard(at, 'default'))?.guard).toEqual(emptyGuard)
  })

  it.each([
    ['In words.', []],
    ['0:In words.', []],
    ['2:In words.', ['b', 'c']],
    ['4:In words.', ['a', 'c']],
  ])('knows who of the guarded is lost where storage says %j', async (value, winners) => {
    const [{ links }, at, people] = [stores(), site(), ['a', 'b', 'c']]
    first(1, preconditionFailed(value), isBatch)
    const { etags, lost } = await links.writeGuarded(at, removals(people), guarded)
    expect([...etags.keys()]).toEqual(winners)
    expect([...lost].sort()).toEqual(people.filter((id) => !winners.includes(id)))
    expect([...(await links.read(at, 'default', people)).keys()].sort()).toEqual(winners)
    expect((await links.readGuard(at, 'default'))?.guard).toEqual(winners.length > 0 ? emptyGuard : undefined)
  })

  it('hands no account over whose way back changed after it was read', async () => {
    const [{ links }, at, from] = [stores(), site(), linkOf('giver', { wordpressId: 9 })]
    const { etags } = await links.write(at, [{ link: from, etag: null, reverse: true }])
    const stale = {
      PartitionKey: at,
      RowKey: 'w|9',
      connection: 'default',
      objectId: 'giver',
      'odata.etag': 'W/"stale"',
    }
    first(1, { status: 200, body: JSON.stringify(stale) }, (method) => method === 'GET')
    const heir = { link: linkOf('heir', { wordpressId: 9 }), etag: null }
    const handover = { from: { ...from, state: 'deleted' as const }, etag: etags.get('giver') ?? '' }
    expect([...(await links.write(at, [{ ...heir, handover }])).lost]).toEqual(['heir'])
    expect(await links.ownerOf(at, 9)).toEqual({ connection: 'default', objectId: 'giver' })
    expect((await links.read(at, 'default', ['giver', 'heir'])).get('giver')?.link).toEqual(from)
    expect([...(await links.write(at, [{ ...heir, handover }])).lost]).toEqual([])
    expect(await links.ownerOf(at, 9)).toEqual({ connection: 'default', objectId: 'heir' })
  })

  it('takes rows away on condition in a second try too', async () => {
    const [{ links }, at] = [stores(), site()]
    const { etags } = await links.write(at, removals(['a', 'b']))
    const waiting = await links.readRemovals(at, 'default', ['a', 'b'])
    first(1, tableError(503, 'ServerBusy'), isBatch)
    const { lost } = await links.write(
      at,
      ['a', 'b'].map((id) => ({
        link: linkOf(id),
        etag: etags.get(id) ?? '',
        removal: { drop: id === 'a' ? 'W/"another"' : (waiting.get(id)?.etag ?? '') },
      })),
    )
    expect([...lost]).toEqual(['a'])
    expect([...(await links.readRemovals(at, 'default', ['a', 'b'])).keys()]).toEqual(['a'])
  })

  it('sends no transaction that would delete rows as they are by now', async () => {
    const options = { allowInsecureConnection: true }
    const client = TableClient.fromConnectionString(azurite.connectionString, 'Deletes', options)
    const key = { partitionKey: 'a', rowKey: 'b' }
    await client.createTable()
    await client.createEntity(key)
    const deletingOn = conditionalDeletes(client)
    for (const etags of [['W/"1"', 'W/"2"'], ['W/"1"']])
      await expect(deletingOn(etags, () => client.submitTransaction(etags.map(() => ['upsert', key])))).rejects.toThrow(
        `0 deletes instead of ${etags.length}`,
      )
    await expect(deletingOn(['W/"1"'], () => client.submitTransaction([['delete', key]]))).rejects.toMatchObject({
      statusCode: 412,
    })
    await deletingOn([], () => client.submitTransaction([['delete', key]]))
    await expect(client.getEntity('a', 'b')).rejects.toMatchObject({ statusCode: 404 })
  })

  it('names table and key of a row that nobody can read, and none of its values', async () => {
    const [{ links }, at] = [stores(), site()]
    await links.write(at, [{ link: linkOf('a', { login: 'private' }), etag: null }])
    const table = TableClient.fromConnectionString(azurite.connectionString, 'Links', { allowInsecureConnection: true })
    for (const wrong of [{ state: 'odd' }, { state: 'active', hashes: 'private{' }]) {
      await table.updateEntity({ partitionKey: at, rowKey: 'u|default|a', ...wrong }, 'Merge')
      const fault: unknown = await links.read(at, 'default', ['a']).catch((error: unknown) => error)
      expect(fault).toMatchObject({ name: 'Terminal', reason: 'storage-row' })
      expect(String(fault)).toContain(`Links(${at}, u|default|a)`)
      expect(inspect(fault)).not.toContain('private')
    }
  })

  it('gives a message that is no base64 as null, and as it lies there', async () => {
    const name = queueName()
    const queue = queues().queue(name)
    await queue.receive(1, 1)
    const direct = new QueueClient(azurite.connectionString, name)
    for (const text of ['plain text', 'not?', '/w==']) await direct.sendMessage(text)
    const received = await queue.receive(32, 60_000)
    expect(received.map(({ text }) => text)).toEqual([null, null, null])
    expect(received.map(({ raw }) => raw).sort()).toEqual(['/w==', 'not?', 'plain text'])
  })

  it('sends messages that never expire', async () => {
    const name = queueName()
    await queues().queue(name).send('a')
    const { receivedMessageItems } = await new QueueClient(azurite.connectionString, name).receiveMessages()
    expect(receivedMessageItems[0]?.expiresOn.getFullYear()).toBeGreaterThan(9000)
  })

  it('asks once for hundreds of ids where no link is, and never page by page where links are sparse', async () => {
    const trips = vi.fn<() => void>()
    const { links } = createStores(settingsOf(proxy.connectionString), { onRoundTrip: trips })
    const [at, people] = [site(), Array.from({ length: 400 }, () => randomUUID())]
    const count = async () => {
      trips.mockClear()
      await links.read(at, 'default', people)
      return trips.mock.calls.length
    }
    expect(await count()).toBe(1)
    await links.write(
      at,
      people.map((id) => ({ link: linkOf(id), etag: null })),
    )
    expect(await count()).toBe(1)
    const others = Array.from({ length: 7000 }, () => ({ link: linkOf(randomUUID()), etag: null }))
    await links.write(at, others)
    const [once, again] = [await count(), await count()]
    expect(once).toBeGreaterThan(300)
    expect(again).toBe(400)
  }, 60_000)
})
