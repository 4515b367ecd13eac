import { TableClient, TableServiceClient, odata } from '@azure/data-tables'
import type { Stores } from '../sync/ports/store.ts'
import { createAuditStore } from './audit-store.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createCycleStore } from './cycle-store.ts'
import { createLinkStore } from './link-store.ts'
import { createSiteStore } from './site-store.ts'
import { storageCredential } from './storage-credential.ts'
import { toFault } from './storage-fault.ts'
import type { StorageSettings } from './storage-settings.ts'
import { type Table, type TableOptions, openTable } from './table.ts'

/** Few and quick: what takes longer is a `RetryLater`, and the queue waits better than a function does. */
const retryOptions = { maxRetries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 3000 }

/**
 * The stores on Azure Tables as docs/storage-schema.md describes them. Nothing is asked of storage before the first use; tables
 * are created when a write finds them missing. Faults: `Conflict` where the port says so, else `RetryLater` or `Terminal`.
 */
export function createStores(settings: StorageSettings, options: TableOptions = {}): Stores {
  const [connect, service] = clients(settings)
  const tables = new Map<string, Table>()
  const open = (name: string): Table => {
    const table = tables.get(name) ?? openTable(connect(name), options)
    tables.set(name, table)
    return table
  }
  const listTables = async (from: string, to: string): Promise<string[]> => {
    const filter = odata`TableName ge ${from} and TableName lt ${to}`
    const names: string[] = []
    try {
      for await (const { name } of service.listTables({ queryOptions: { filter } })) if (name) names.push(name)
    } catch (error) {
      throw toFault(error, 'list tables')
    }
    return names
  }
  return {
    links: createLinkStore(open('Links')),
    checkpoints: createCheckpointStore(open('Checkpoints')),
    cycles: createCycleStore(open('Cycles')),
    sites: createSiteStore(open('Sites')),
    audit: createAuditStore(open, listTables),
  }
}

function clients(settings: StorageSettings): [(table: string) => TableClient, TableServiceClient] {
  if (settings.kind === 'identity') {
    const credential = storageCredential(settings)
    return [
      (table) => new TableClient(settings.tableUri, table, credential, { retryOptions }),
      new TableServiceClient(settings.tableUri, credential, { retryOptions }),
    ]
  }
  const options = { retryOptions, allowInsecureConnection: settings.insecure }
  return [
    (table) => TableClient.fromConnectionString(settings.connectionString, table, options),
    TableServiceClient.fromConnectionString(settings.connectionString, options),
  ]
}
