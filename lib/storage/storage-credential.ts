import type { ManagedIdentityCredential } from '@azure/identity'
import type { StorageSettings } from './storage-settings.ts'

type Credential = Pick<ManagedIdentityCredential, 'getToken'>

/** A credential that loads @azure/identity with the first token: with a connection string nobody waits for it at start-up. */
export function storageCredential(settings: Extract<StorageSettings, { kind: 'identity' }>): Credential {
  let loading: Promise<Credential> | null = null
  const load = async (): Promise<Credential> => {
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity')
    const { credential, clientId } = settings
    if (credential === 'managedidentity')
      return clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId })
    return new DefaultAzureCredential(clientId === null ? {} : { managedIdentityClientId: clientId })
  }
  return { getToken: async (...request) => (await (loading ??= load())).getToken(...request) }
}
