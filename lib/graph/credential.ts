import { ClientSecretCredential, ManagedIdentityCredential, type TokenCredential } from '@azure/identity'
import { setTimeout as wait } from 'node:timers/promises'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { classifyThrown } from './classify-thrown.ts'

export type CredentialSettings = {
  tenantId: string
  /** With a secret the app registration's id; without one the user-assigned identity's, or nothing for the system's. */
  clientId?: string | undefined
  clientSecret?: string | undefined
  /** Set = instance discovery is off: a private authority is not known to Entra's list. */
  authorityHost?: string | undefined
}

/** A client secret where there is one, else the managed identity. */
export function createCredential(settings: CredentialSettings): TokenCredential {
  const { tenantId, clientId, clientSecret, authorityHost } = settings
  if (clientSecret === undefined)
    return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId })
  if (clientId === undefined)
    throw new Terminal('no-credential', 'AZURE_CLIENT_ID must be set where AZURE_CLIENT_SECRET is.')
  return new ClientSecretCredential(tenantId, clientId, clientSecret, {
    // When to try again is decided in one place for everything that was asked of the directory.
    retryOptions: { maxRetries: 0 },
    ...(authorityHost === undefined ? {} : { authorityHost, disableInstanceDiscovery: true }),
  })
}

/** Access tokens for one audience. The credential caches them; a token that Graph refuses needs a new credential. */
export type AccessTokens = {
  get(): Promise<string>
  /** Counts credentials: taken before a request, it says which one the request used. */
  generation(): number
  /** Forgets the credential of that generation, and with it its cached token. */
  renew(generation: number): void
}

/** Throws what {@link classifyThrown} says. Requests that come while a token is fetched wait for that one. */
export function createAccessTokens(create: () => TokenCredential, scope: string, timeout: number): AccessTokens {
  let credential = create()
  let generation = 0
  let fetching: Promise<string> | null = null
  const fetchToken = async (): Promise<string> => {
    const timer = new AbortController()
    try {
      const token = await Promise.race([
        credential.getToken(scope),
        // MSAL takes no signal.
        wait(timeout, undefined, { signal: timer.signal }).then(() => {
          throw new RetryLater('Signing in to the directory took too long.', null)
        }),
      ])
      if (!token) throw new Terminal('no-credential', 'The credential gave no access token.')
      return token.token
    } catch (error) {
      throw classifyThrown(error, 'sign-in')
    } finally {
      timer.abort()
    }
  }
  return {
    get: () => (fetching ??= fetchToken().finally(() => (fetching = null))),
    generation: () => generation,
    renew(used) {
      if (used !== generation) return
      generation++
      credential = create()
      fetching = null
    },
  }
}
