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

/** Whether Graph's message names this object, as `Request_ResourceNotFound` does with the one it misses. */
export const graphErrorNames = (body: unknown, id: string): boolean =>
  errorMessage(body).toLowerCase().includes(`'${id.toLowerCase()}'`)

/** Whether Graph's message has this in it; an error of a service behind Graph stands in it as a text. */
export const graphErrorSays = (body: unknown, text: RegExp): boolean => text.test(errorMessage(body))

const errorMessage = (body: unknown): string => errorBodySchema.safeParse(body).data?.error.message ?? ''

/**
 * What was asked: decides what some statuses mean. `enumeration` = a delta query without a link; `link` = a nextLink or
 * deltaLink of one was followed; `page` = a nextLink of a plain list.
 */
export type Asked = { what: string; kind: 'enumeration' | 'link' | 'page' | 'read'; permission?: string }

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
  const followed = asked.kind === 'link' || asked.kind === 'page'
  if (followed && (status === 410 || (status >= 400 && status < 500 && resetCodes.test(code ?? ''))))
    return new DirectoryReset(`${told}: it has to be read again from the beginning.`)
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
  if (code === 'Request_UnsupportedQuery' && (asked.kind === 'enumeration' || asked.kind === 'link'))
    return new Terminal(
      'delta-not-supported',
      `${told}: this tenant has no delta queries (Azure AD B2C and External ID tenants never have).`,
    )
  const property = unknownProperty(answer.body)
  if (property !== null) return new Terminal('unknown-property', `${told}: ${property}`)
  if (status >= 300 && status < 400)
    return new Terminal('redirected', `${told}: GRAPH_BASE_URL does not name the Graph itself.`)
  if (code === null)
    return new RetryLater(`${told} with a body that is not Graph's: something in between answered.`, null)
  return new Terminal('graph-refused', `${told}.`)
}

/** Graph names the property and the type; a user's properties come from the configuration, a group's from this code. */
function unknownProperty(body: unknown): string | null {
  const [, name, type] =
    /^Could not find a property named '([\w.]+)'(?: on type '(?:microsoft\.graph\.)?(\w+)')?/.exec(
      errorMessage(body),
    ) ?? []
  if (name === undefined) return null
  if (type === undefined || type === 'user') return `a user has no property ${name}. Take it out of SYNC_CONFIG.`
  return `a ${type} has no property ${name}. GRAPH_BASE_URL must name a Microsoft Graph.`
}
