import { randomUUID } from 'node:crypto'
import { TableClient, type TableEntity } from '@azure/data-tables'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Azurite, startAzurite } from '../../dev/azurite.ts'
import { noCounters } from '../../lib/domain/cycle.ts'
import { readStorageSettings } from '../../lib/storage/storage-settings.ts'
import { createStores } from '../../lib/storage/stores.ts'
import type { Stores } from '../../lib/sync/ports/store.ts'

/** Rows as the version wrote them that knew neither leaving, guard, sweep nor dry runs: docs/storage-schema.md, "Versions". */
describe('rows of the version before removals', () => {
  let azurite: Azurite
  let stores: Stores
  beforeAll(async () => {
    azurite = await startAzurite()
    const read = readStorageSettings({ AzureWebJobsStorage: azurite.connectionString })
    if (!read.ok) throw new Error('no settings')
    stores = createStores(read.settings)
  }, 60_000)
  afterAll(() => azurite.stop())

  const put = async (table: string, row: TableEntity<Record<string, string | bigint | boolean>>) => {
    const client = TableClient.fromConnectionString(azurite.connectionString, table, { allowInsecureConnection: true })
    await client.createTable()
    await client.createEntity(row)
  }

  it('reads a link with an open intent, and goes on with it', async () => {
    const [site, objectId] = ['intranet', randomUUID()]
    const intent = {
      verb: 'create',
      attempt: '20261123T101500123Z-9f2c',
      epoch: 7,
      username: 'jane',
      email: 'jane@example.com',
      wordpressId: null,
      siteTime: 1_795_428_900_123,
      hashes: { email: 'aa' },
    } as const
    await put('Links', {
      partitionKey: site,
      rowKey: `u|default|${objectId}`,
      connection: 'default',
      objectId,
      state: 'unlinked',
      hashes: '{"url":"cc"}',
      intentOpen: true,
      intent: JSON.stringify(intent),
      leaving: '{"reason":"absent","since":1795428900123}',
    })
    const read = (await stores.links.read(site, 'default', [objectId])).get(objectId)
    expect(read?.link).toEqual({
      connection: 'default',
      objectId,
      state: 'unlinked',
      wordpressId: null,
      login: null,
      hashes: { url: 'cc' },
      fingerprint: null,
      intent: { ...intent, roles: null, reason: null },
      failure: null,
      refused: null,
      leaving: { reason: 'absent', since: 1_795_428_900_123 },
      roles: null,
      removal: null,
      photo: null,
      posts: {},
    })
    expect(await stores.links.page(site, 'default', null, 10)).toEqual([read])
    for await (const row of stores.links.fingerprints(site, 'default'))
      expect(row).toEqual({ objectId, fingerprint: null, intentOpen: true, state: 'unlinked' })
    const { lost } = await stores.links.write(site, [{ link: { ...read!.link, intent: null }, etag: read!.etag }])
    expect(lost.size).toBe(0)
  })

  it('reads a checkpoint', async () => {
    await put('Checkpoints', {
      partitionKey: 'default',
      rowKey: 'users',
      phase: 'idle',
      kind: 'incremental',
      deltaLink: 'https://graph.microsoft.com/v1.0/users/delta?$deltatoken=x',
      nextMessage: 4n,
      leaseUntil: 0n,
      selectHash: 'aa',
      configurationHash: 'bb',
      configurationSince: 1_795_428_000_000n,
      lastFullAt: 1_795_424_400_000n,
    })
    expect((await stores.checkpoints.read('default', 'users'))?.row).toEqual({
      phase: 'idle',
      kind: 'incremental',
      cycle: null,
      nextLink: null,
      deltaLink: 'https://graph.microsoft.com/v1.0/users/delta?$deltatoken=x',
      withoutDelta: false,
      sweptTo: null,
      groups: [],
      nextMessage: 4,
      leaseOwner: null,
      leaseUntil: 0,
      selectHash: 'aa',
      configurationHash: 'bb',
      configurationSince: 1_795_428_000_000,
      lastFullAt: 1_795_424_400_000,
    })
  })

  it('reads a cycle', async () => {
    await put('Cycles', {
      partitionKey: 'default',
      rowKey: '79738876T898499876Z-0f7c',
      connection: 'default',
      id: '20261123T101500123Z-9f2c',
      kind: 'full',
      trigger: 'timer',
      state: 'settled',
      startedAt: 1_795_428_900_123n,
      seen: 2000n,
    })
    const cycle = {
      connection: 'default',
      id: '20261123T101500123Z-9f2c',
      kind: 'full',
      trigger: 'timer',
      dryRun: false,
      state: 'settled',
      startedAt: 1_795_428_900_123,
      readAt: null,
      settledAt: null,
      expected: null,
      error: null,
      counters: { ...noCounters, seen: 2000 },
    }
    expect(await stores.cycles.list('default', 10)).toEqual([cycle])
  })

  it('reads an audit row', async () => {
    const objectId = randomUUID()
    await put('Audit20261123', {
      partitionKey: 'default',
      rowKey: `79738876T898499876Z-0f7c|${objectId}`,
      connection: 'default',
      attempt: '20261123T101500123Z-9f2c',
      objectId,
      status: 'updated',
      wordpressId: 42n,
      changes: '[{"field":"last_name","from":"Vance","to":"Vance-Ash"}]',
      at: 1_795_428_900_456n,
      milliseconds: 212n,
      trigger: 'cycle',
      tries: 1n,
    })
    expect(await stores.audit.list('default', '20261123', 10)).toEqual([
      {
        connection: 'default',
        dryRun: null,
        attempt: '20261123T101500123Z-9f2c',
        objectId,
        status: 'updated',
        reason: null,
        wordpressId: 42,
        who: { userPrincipalName: null, email: null, username: null },
        changes: [{ field: 'last_name', from: 'Vance', to: 'Vance-Ash' }],
        at: 1_795_428_900_456,
        milliseconds: 212,
        cycle: null,
        trigger: 'cycle',
        tries: 1,
        error: null,
      },
    ])
  })

  it('reads what a site can do: without the companion plugin, photos and meta', async () => {
    const site = `site-${randomUUID()}`
    const known = {
      version: '6.8',
      batch: true,
      multisite: false,
      locales: ['en_US'],
      roles: [],
      namespaces: ['wp/v2'],
    }
    await put('Sites', {
      partitionKey: site,
      rowKey: 'capabilities',
      at: 7n,
      capabilities: JSON.stringify({ ...known, ownUserId: 3 }),
    })
    const capabilities = { ...known, ownUserId: 3, companion: null, photoTargets: [], meta: [], acf: [] }
    expect(await stores.sites.readCapabilities(site)).toMatchObject({ at: 7, capabilities })
  })
})
