import type { HttpResponseInit } from '@azure/functions'
import { STATUS_CODES } from 'node:http'
import { ConfigurationError } from '../config/configuration-error.ts'
import { Conflict, RetryLater, SiteFault, Terminal } from '../domain/faults.ts'

/** What a route answers instead of a result: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  /** Stable, for programs: the last part of `type`. */
  readonly code: string
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>
  /** @param detail what happened and what to do; no secrets */
  constructor(
    status: number,
    code: string,
    detail: string,
    more: { headers?: Record<string, string>; members?: Record<string, unknown> } & ErrorOptions = {},
  ) {
    super(detail, more)
    this.status = status
    this.code = code
    this.headers = more.headers ?? {}
    this.members = more.members ?? {}
  }
}

/** Seconds to wait where nobody said how long. */
const defaultRetryAfter = 5

/** Anything thrown, as a problem. What isn't one of the project's faults tells nothing of itself. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof ConfigurationError)
    return new Problem(
      503,
      'misconfigured',
      'The settings have faults; the log of the app names each. Nothing runs until they are mended.',
    )
  if (error instanceof RetryLater) {
    const seconds = error.after === null ? defaultRetryAfter : Math.max(1, Math.ceil(error.after / 1000))
    const headers = { 'Retry-After': String(seconds) }
    return new Problem(503, 'try-again', error.message, { headers, cause: error })
  }
  if (error instanceof Conflict)
    return new Problem(409, 'conflict', 'Somebody else changed the same thing meanwhile. Ask again.', { cause: error })
  if (error instanceof Terminal || error instanceof SiteFault)
    return new Problem(502, error.reason, error.message, { cause: error })
  return new Problem(500, 'unexpected', 'Something went wrong that nobody foresaw; the log of the app has it.', {
    cause: error,
  })
}

export function problemAnswer({ status, code, message, headers, members }: Problem): HttpResponseInit {
  const title = STATUS_CODES[status] ?? 'Error'
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json' },
    jsonBody: { type: `urn:entra-wordpress-sync:problem:${code}`, title, status, detail: message, ...members },
  }
}
