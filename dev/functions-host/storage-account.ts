import { TableClient } from '@azure/data-tables'
import { DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from '@azure/identity'
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue'
import type { AppSettings } from './app-settings.ts'

export type StorageAccount = { queue(name: string): QueueClient; table(name: string): TableClient }

/** The host polls for ever and counts its own failures: long retries inside a call would only hide them. */
const queueRetries = { retryOptions: { maxTries: 1, tryTimeoutInMs: 10_000 } }
const tableRetries = { retryOptions: { maxRetries: 0 } }

export function hasConnection(connection: string, settings: AppSettings): boolean {
  return connectionString(connection, settings) !== null || serviceUrl(connection, 'queue', settings) !== null
}

/**
 * The account behind a binding's `connection`: a setting of that name (or with `AzureWebJobs` before it) with a connection string, or the
 * identity form `__queueServiceUri`/`__tableServiceUri`/`__accountName`, `__credential`, `__clientId`. @throws Error where there is neither
 */
export function openStorageAccount(connection: string, settings: AppSettings): StorageAccount {
  const text = connectionString(connection, settings)
  if (text !== null) {
    const service = QueueServiceClient.fromConnectionString(text, queueRetries)
    return {
      queue: (name) => service.getQueueClient(name),
      table: (name) =>
        TableClient.fromConnectionString(text, name, {
          ...tableRetries,
          allowInsecureConnection: /http:\/\/|UseDevelopmentStorage=true/i.test(text),
        }),
    }
  }
  const credential = identity(connection, settings)
  const url = (service: 'queue' | 'table') => {
    const found = serviceUrl(connection, service, settings)
    if (found === null) throw new Error(`Storage setting '${connection}__${service}ServiceUri' does not exist.`)
    return found
  }
  const service = new QueueServiceClient(url('queue'), credential, queueRetries)
  return {
    queue: (name) => service.getQueueClient(name),
    table: (name) => new TableClient(url('table'), name, credential, tableRetries),
  }
}

function connectionString(connection: string, settings: AppSettings): string | null {
  return settings[connection] || settings[`AzureWebJobs${connection}`] || null
}

function serviceUrl(connection: string, service: 'queue' | 'table', settings: AppSettings): string | null {
  const account = settings[`${connection}__accountName`]
  return (
    settings[`${connection}__${service}ServiceUri`] ||
    (account ? `https://${account}.${service}.core.windows.net` : null)
  )
}

function identity(connection: string, settings: AppSettings): TokenCredential {
  const clientId = settings[`${connection}__clientId`]
  if (settings[`${connection}__credential`]?.toLowerCase() !== 'managedidentity') return new DefaultAzureCredential()
  return clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential()
}
