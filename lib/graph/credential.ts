import { ClientSecretCredential, ManagedIdentityCredential, type TokenCredential } from '@azure/identity'
import { setTimeout as wait } from 'node:timers/promises'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { classifySignIn, type SignInTrouble } from './classify-sign-in.ts'

export type CredentialSettings = {
  tenantId: string
  /** With a secret the app registration's id; without one the user-assigned identity's, or nothing for the system's. */
  clientId?: string | undefined
  clientSecret?: string | undefined
  /** Set = instance discovery is off: a private authority is not known to Entra's list. */
  authorityHost?: string | undefined
}

/** A credential with what Entra, or the way to it, last said against it. */
export type Credential = {
  token: TokenCredential
  takeTrouble(): SignInTrouble | null
}

/** A client secret where there is one, else the managed identity. */
export function createCredential(settings: CredentialSettings): Credential {
  const { tenantId, clientId, clientSecret, authorityHost } = settings
  if (clientSecret === undefined) {
    const token = clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId })
    return { token, takeTrouble: () => null }
  }
  if (clientId === undefined)
    throw new Terminal('no-credential', 'AZURE_CLIENT_ID must be set where AZURE_CLIENT_SECRET is.')
  let trouble: SignInTrouble | null = null
  const token = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    // When to try again is decided in one place for everything that was asked of the directory.
    retryOptions: { maxRetries: 0 },
    ...(authorityHost === undefined ? {} : { authorityHost, disableInstanceDiscovery: true }),
    // A wrong tenant, an untrusted certificate and a dead network are all `endpoints_resolution_error` to the caller,
    // and a Retry-After is lost: so the answers are looked at on their way.
    additionalPolicies: [
      {
        position: 'perRetry',
        policy: {
          name: 'keepTrouble',
          async sendRequest(request, next) {
            try {
              const response = await next(request)
              const { status, headers, bodyAsText } = response
              if (status >= 400)
                trouble = { status, retryAfter: headers.get('retry-after') ?? null, text: bodyAsText ?? '' }
              return response
            } catch (error) {
              trouble = { error }
              throw error
            }
          },
        },
      },
    ],
  })
  return {
    token,
    takeTrouble() {
      const taken = trouble
      trouble = null
      return taken
    },
  }
}

/** Access tokens for one audience. The credential caches them; a token that Graph refuses needs a new credential. */
export type AccessTokens = {
  get(): Promise<string>
  /** Counts credentials: taken before a request, it says which one the request used. */
  generation(): number
  /** Forgets the credential of that generation, and with it its cached token. */
  renew(generation: number): void
}

/** Throws what {@link classifySignIn} says. Requests that come while a token is fetched wait for that one. */
export function createAccessTokens(create: () => Credential, scope: string, timeout: number): AccessTokens {
  let credential = create()
  let generation = 0
  let fetching: Promise<string> | null = null
  const renew = (used: number) => {
    if (used !== generation) return
    generation++
    credential = create()
    fetching = null
  }
  const fetchToken = async (): Promise<string> => {
    const { token, takeTrouble } = credential
    const used = generation
    takeTrouble()
    const timer = new AbortController()
    try {
      const access = await Promise.race([
        token.getToken(scope),
        // MSAL takes no signal.
        wait(timeout, undefined, { signal: timer.signal }).then(() => {
          throw new RetryLater('Signing in to the directory took too long.', null)
        }),
      ])
      if (!access) throw new Terminal('no-credential', 'The credential gave no access token.')
      return access.token
    } catch (error) {
      // After a 429 or 5xx MSAL refuses by itself for a minute, whatever Retry-After says: ThrottlingUtils in
      // https://github.com/AzureAD/microsoft-authentication-library-for-js. A new one asks again when it is told to.
      renew(used)
      throw classifySignIn(error, takeTrouble(), Date.now())
    } finally {
      timer.abort()
    }
  }
  return {
    get: () => (fetching ??= fetchToken().finally(() => (fetching = null))),
    generation: () => generation,
    renew,
  }
}
