import { RetryLater, Terminal } from '../domain/faults.ts'

/** Entra's codes, with the setting that is wrong. https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const cures: Record<string, string> = {
  '7000215': 'AZURE_CLIENT_SECRET is wrong: it must be the value of the secret, not its id.',
  '7000222': 'AZURE_CLIENT_SECRET has expired: make a new secret for the app registration.',
  '7000218': 'AZURE_CLIENT_SECRET is missing.',
  '700016': 'AZURE_CLIENT_ID names no app of the tenant in AZURE_TENANT_ID.',
  '700038': 'AZURE_CLIENT_ID is not an application id.',
  '90002': 'AZURE_TENANT_ID names no tenant of this cloud: check it, and AZURE_AUTHORITY_HOST.',
  '900023': 'AZURE_TENANT_ID is neither a tenant id nor a domain.',
  '500011': 'GRAPH_BASE_URL names no resource of this cloud: check it, and AZURE_AUTHORITY_HOST.',
  '1002012': 'GRAPH_BASE_URL names no resource of this cloud: check it, and AZURE_AUTHORITY_HOST.',
}

/** Entra is at fault or busy: 90033 transient, 90055 throttled, 50196 loop guard, 90006 unavailable. */
const passing = new Set(['90033', '90055', '90006', '50196'])

/** The TLS layer's codes for a certificate that this process does not trust. */
const certificate =
  /\b(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID)\b/

function causes(error: unknown): { name: string; code: string; message: string }[] {
  const chain: { name: string; code: string; message: string }[] = []
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) {
    const code: unknown = Reflect.get(at, 'code')
    chain.push({ name: at.name, code: typeof code === 'string' ? code : '', message: at.message })
  }
  return chain
}

/**
 * What an error thrown by fetch or by @azure/identity means. Its message stays out: Entra's names the app, the
 * managed identity's the machine.
 */
export function classifyThrown(error: unknown, during: 'sign-in' | 'request'): RetryLater | Terminal {
  if (error instanceof RetryLater || error instanceof Terminal) return error
  const chain = causes(error)
  const text = chain.map(({ code, message }) => `${code} ${message}`).join('\n')
  const what = during === 'sign-in' ? 'Signing in to the directory' : 'The request to Graph'
  const untrusted = certificate.exec(text)?.[1]
  if (untrusted !== undefined)
    return new Terminal(
      'certificate',
      `${what} failed: the certificate is not trusted (${untrusted}). A private authority goes into NODE_EXTRA_CA_CERTS.`,
      { cause: error },
    )
  if (during === 'sign-in') {
    const code = /\bAADSTS(\d+)/.exec(text)?.[1]
    if (code !== undefined && !passing.has(code))
      return new Terminal(
        'sign-in-refused',
        `Entra refused the sign-in (AADSTS${code}). ${cures[code] ?? 'Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.'}`,
      )
    if (/\b(invalid_client|unauthorized_client)\b/.test(text))
      return new Terminal(
        'sign-in-refused',
        'Entra refused the sign-in. Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
      )
    if (chain.some(({ name }) => name === 'CredentialUnavailableError'))
      return new Terminal(
        'no-credential',
        'There is nothing to sign in with: set AZURE_CLIENT_SECRET, or give the app a managed identity.',
      )
  }
  const told = chain.map(({ code, name }) => code || name).filter((word) => word !== 'Error' && word !== 'TypeError')
  return new RetryLater(`${what} got no answer${told.length > 0 ? ` (${[...new Set(told)].join(', ')})` : ''}.`, null, {
    cause: error,
  })
}
