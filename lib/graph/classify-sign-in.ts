import { RetryLater, Terminal } from '../domain/faults.ts'
import { classifyThrown } from './classify-thrown.ts'
import { graphRetryAfter } from './graph-retry-after.ts'

/** Entra's unsuccessful answer, or the error on the way to it. */
export type SignInTrouble = { status: number; retryAfter: string | null; text: string } | { error: unknown }

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

/**
 * What a failed sign-in means. Messages of Entra and of @azure/identity stay out: they name apps and machines.
 * @param error what the credential threw
 * @param trouble what the request underneath met, where that is known
 */
export function classifySignIn(error: unknown, trouble: SignInTrouble | null, now: number): RetryLater | Terminal {
  if (error instanceof RetryLater || error instanceof Terminal) return error
  if (trouble && 'error' in trouble) return classifyThrown(trouble.error, 'sign-in')
  if (trouble) return classifyRefusal(trouble, now)
  if (error instanceof Error && error.name === 'CredentialUnavailableError')
    return new Terminal(
      'no-credential',
      'There is nothing to sign in with: set AZURE_CLIENT_SECRET, or give the app a managed identity.',
    )
  return classifyThrown(error, 'sign-in')
}

function classifyRefusal(answer: { status: number; retryAfter: string | null; text: string }, now: number) {
  const { status, text } = answer
  const code = /\bAADSTS(\d+)/.exec(text)?.[1]
  const busy = status === 408 || status === 429 || status >= 500
  if (busy || (code !== undefined && passing.has(code)))
    return new RetryLater(
      `Entra answered ${status}${code ? ` AADSTS${code}` : ''} to the sign-in.`,
      graphRetryAfter(answer.retryAfter, now),
    )
  const advice = 'Check AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_AUTHORITY_HOST.'
  if (code !== undefined)
    return new Terminal('sign-in-refused', `Entra refused the sign-in (AADSTS${code}). ${cures[code] ?? advice}`)
  if (/\b(invalid_client|unauthorized_client|invalid_request|invalid_tenant)\b/.test(text))
    return new Terminal('sign-in-refused', `Entra refused the sign-in (${status}). ${advice}`)
  return new RetryLater(`Something other than Entra answered ${status} to the sign-in. ${advice}`, null)
}
