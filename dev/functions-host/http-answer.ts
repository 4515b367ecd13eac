import type { ServerResponse } from 'node:http'
import type { RpcCookie, RpcInvocationResponse } from './core-types.ts'

/** Answers with what a function returned: 204 where it returned nothing. */
export function sendAnswer(response: ServerResponse, { returnValue }: RpcInvocationResponse): void {
  const http = returnValue?.http
  if (http === null || http === undefined) return sendStatus(response, 204)
  response.statusCode = Number(http.statusCode ?? 200)
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value)
  const cookies = (http.cookies ?? []).map(toSetCookie)
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  const body = http.body?.bytes ?? http.body?.string ?? null
  if (body === null || body.length === 0) response.end()
  else response.end(body)
}

/** An answer without a body, as the host gives for everything that is its own: 401, 404, 500, 503. */
export function sendStatus(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 204 ? {} : { 'content-length': 0 }).end()
}

const sameSite = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const

function toSetCookie(cookie: RpcCookie): string {
  const parts = [`${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`]
  const expires = cookie.expires?.value?.seconds
  if (cookie.domain?.value) parts.push(`Domain=${cookie.domain.value}`)
  if (cookie.path?.value) parts.push(`Path=${cookie.path.value}`)
  if (typeof expires === 'number') parts.push(`Expires=${new Date(expires * 1000).toUTCString()}`)
  if (typeof cookie.maxAge?.value === 'number') parts.push(`Max-Age=${cookie.maxAge.value}`)
  if (cookie.secure?.value) parts.push('Secure')
  if (cookie.httpOnly?.value) parts.push('HttpOnly')
  if (cookie.sameSite && cookie.sameSite !== 'none') parts.push(`SameSite=${sameSite[cookie.sameSite]}`)
  return parts.join('; ')
}
