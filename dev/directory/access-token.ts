import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Answer } from './graph-answer.ts'
import { graphError, ok } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

const claimsSchema = z.object({ aud: z.string(), exp: z.number(), generation: z.number() })

const sign = (state: DirectoryState, text: string): Buffer =>
  createHmac('sha256', state.signingKey).update(text).digest()
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** `POST /{tenant}/oauth2/v2.0/token` with the client's secret; errors as Entra writes them. */
export function tokenEndpoint(state: DirectoryState, tenant: string, form: URLSearchParams): Answer {
  const { requests } = state.counters
  requests.token = (requests.token ?? 0) + 1
  if (tenant !== state.tenantId) return entraError(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`)
  if (form.get('grant_type') !== 'client_credentials')
    return entraError(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.')
  if (form.get('client_id') !== state.clientId)
    return entraError(400, 'unauthorized_client', 700016, 'Application was not found in the directory.')
  if (form.get('client_secret') !== state.clientSecret)
    return entraError(401, 'invalid_client', 7000215, 'Invalid client secret provided.')
  const scope = form.get('scope') ?? ''
  const audience = scope.split(' ').find((part) => part.endsWith('/.default'))
  if (audience === undefined)
    return entraError(400, 'invalid_scope', 1002012, 'The provided value for scope is not valid.')
  const life = state.options.accessTokenSeconds
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    aud: audience.slice(0, -'/.default'.length),
    exp: Math.floor(Date.now() / 1000) + life,
    tid: state.tenantId,
    appid: state.clientId,
    generation: state.tokenGeneration,
  })}`
  const token = `${head}.${sign(state, head).toString('base64url')}`
  return ok({ token_type: 'Bearer', expires_in: life, ext_expires_in: life, access_token: token })
}

function entraError(status: number, error: string, code: number, description: string): Answer {
  return {
    status,
    headers: {},
    body: {
      error,
      error_description: `AADSTS${code}: ${description} Trace ID: ${randomUUID()}`,
      error_codes: [code],
      timestamp: new Date().toISOString(),
      trace_id: randomUUID(),
      correlation_id: randomUUID(),
    },
  }
}

/** What `/v1.0` answers where the bearer token is missing, wrong, expired or of an earlier generation; null = it is good. */
export function refuseToken(state: DirectoryState, authorization: string | undefined): Answer | null {
  const refuse = (message: string) =>
    graphError(401, 'InvalidAuthenticationToken', message, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
  const [, head, payload, signature] = /^Bearer ((?:[\w-]+)\.([\w-]+))\.([\w-]+)$/.exec(authorization ?? '') ?? []
  if (head === undefined || payload === undefined || signature === undefined)
    return refuse('Access token is empty or malformed.')
  const given = Buffer.from(signature, 'base64url')
  const right = sign(state, head)
  if (given.length !== right.length || !timingSafeEqual(given, right))
    return refuse('Access token validation failure. Invalid signature.')
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (claims.aud !== state.origin) return refuse('Access token validation failure. Invalid audience.')
  if (claims.exp * 1000 <= Date.now() || claims.generation !== state.tokenGeneration)
    return refuse('Lifetime validation failed, the token is expired.')
  return null
}

/** What MSAL asks for before the first token, for a version 2.0 authority. */
export function openidConfiguration(state: DirectoryState, tenant: string): Answer {
  if (tenant !== state.tenantId) return entraError(400, 'invalid_tenant', 90002, `Tenant '${tenant}' not found.`)
  const base = `${state.origin}/${tenant}`
  return ok({
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  })
}
