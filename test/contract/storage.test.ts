import { afterAll, beforeAll, describe } from 'vitest'
import { type Azurite, startAzurite } from '../../dev/azurite.ts'
import { createQueues } from '../../lib/storage/queues.ts'
import { readStorageSettings } from '../../lib/storage/storage-settings.ts'
import { createStores } from '../../lib/storage/stores.ts'
import type { Queues } from '../../lib/sync/ports/queues.ts'
import type { Stores } from '../../lib/sync/ports/store.ts'
import { queuesContract } from './queues.contract.ts'
import { storesContract } from './stores.contract.ts'

describe('Azure Storage, on Azurite', () => {
  let azurite: Azurite
  let queues: Queues
  let stores: Stores
  beforeAll(async () => {
    azurite = await startAzurite()
    const read = readStorageSettings({ AzureWebJobsStorage: azurite.connectionString })
    if (!read.ok) throw new Error('no settings')
    queues = createQueues(read.settings)
    stores = createStores(read.settings)
  }, 60_000)
  afterAll(() => azurite.stop())

  queuesContract(() => queues)
  storesContract(() => stores)
})
