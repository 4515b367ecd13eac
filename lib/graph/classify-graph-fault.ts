import * as z from 'zod'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { DirectoryReset } from '../sync/ports/directory.ts'
import { graphRetryAfter } from './graph-retry-after.ts'

const errorBodySchema = z.object({
  error: z.object({ code: z.string().default(''), message: z.string().default('') }),
})

/** The `error.code` of a Graph answer, or null where the body is not Graph's (a proxy's page, for instance). */
export function graphErrorCode(body: unknown): string | null {
  return errorBodySchema.safeParse(body).data?.error.code ?? null
}

/** What was asked: decides what some statuses mean. `link` = a nextLink or deltaLink was followed. */
export type Asked = { what: string; kind: 'enumeration' | 'link' | 'read'; permission?: string }

/** Codes of a token that must be given up. https://learn.microsoft.com/graph/delta-query-overview, and for expired
 * nextLinks https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2254 */
const resetCodes = /^(syncStateNotFound|resyncRequired|Directory_ExpiredPageToken)$/i

/**
 * What an unsuccessful answer means. Graph's own message stays out: it can hold personal values.
 * @param now ms since 1970, for a Retry-After that is a date
 */
export function classifyGraphFault(
  answer: { status: number; retryAfter: string | null; body: unknown },
  asked: Asked,
  now: number,
): RetryLater | Terminal | DirectoryReset {
  const { status } = answer
  const code = graphErrorCode(answer.body)
  const told = `Graph answered ${status}${code ? ` ${code}` : ''} to ${asked.what}`
  if (asked.kind === 'link' && (status === 410 || (status >= 400 && status < 500 && resetCodes.test(code ?? ''))))
    return new DirectoryReset(`${told}: the directory has to be enumerated again.`)
  if (status === 408 || status === 429 || (status >= 500 && status !== 501))
    return new RetryLater(`${told}.`, graphRetryAfter(answer.retryAfter, now))
  if (status === 401)
    return new Terminal(
      'token-refused',
      `${told}: it does not take the access token. GRAPH_BASE_URL and AZURE_AUTHORITY_HOST must belong to the same cloud, and AZURE_TENANT_ID must name the tenant of the app registration.`,
    )
  if (status === 403)
    return new Terminal(
      'permission-missing',
      `${told}: grant the app (or its managed identity) the application permission ${asked.permission ?? 'User.Read.All'} and consent to it as an administrator.`,
    )
  if (code === 'Request_UnsupportedQuery' && asked.kind !== 'read')
    return new Terminal(
      'delta-not-supported',
      `${told}: this tenant has no delta queries (Azure AD B2C and External ID tenants never have).`,
    )
  const property = unknownProperty(answer.body)
  if (property !== null)
    return new Terminal('unknown-property', `${told}: a user has no property ${property}. Take it out of SYNC_CONFIG.`)
  if (status >= 300 && status < 400)
    return new Terminal('redirected', `${told}: GRAPH_BASE_URL does not name the Graph itself.`)
  if (code === null)
    return new RetryLater(`${told} with a body that is not Graph's: something in between answered.`, null)
  return new Terminal('graph-refused', `${told}.`)
}

/** Graph names the property; its names come from the configuration, never from a person. */
function unknownProperty(body: unknown): string | null {
  const message = errorBodySchema.safeParse(body).data?.error.message ?? ''
  return /^Could not find a property named '([\w.]+)'/.exec(message)?.[1] ?? null
}
