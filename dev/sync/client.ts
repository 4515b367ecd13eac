import type { z } from 'zod'
import { problemAnswer } from './answers.ts'
import { plain } from './terminal.ts'

/** The command failed: exit code 1. The message says what happened and what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  /** The last part of a problem's `type`, where the app answered with one. */
  readonly code: string | null
  /** It may work in a moment: seconds to wait. */
  readonly retryAfter: number | null
  constructor(message: string, more: { code?: string; retryAfter?: number | null } & ErrorOptions = {}) {
    super(message, more)
    this.code = more.code ?? null
    this.retryAfter = more.retryAfter ?? null
  }
}

/** The routes of a running app. Every method throws `CommandFailed`. */
export type Client = {
  /** `path` without `/api/`, or a `location` that the app gave. */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>
}

/** A decision on thousands takes its time; Azure itself ends a request after 230 s. */
const timeout = 240_000
/** Seconds after which a host that starts, or an address that didn't answer, is asked again. */
const soon = 3

export function createClient({ url, key }: { url: string; key: string | null }): Client {
  async function call<T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
    const headers = new Headers(init.headers)
    if (key !== null) headers.set('x-functions-key', key)
    const address = path.startsWith('/') ? new URL(path, url) : `${url}/api/${path}`
    let response: Response
    try {
      // Not along a redirect: the key would go to whoever is there.
      response = await fetch(address, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) })
    } catch (error) {
      throw noAnswer(url, error)
    }
    const text = await response.text()
    if (!response.ok) throw refusal(url, response, text, key !== null)
    const parsed = schema.safeParse(toJson(text))
    if (parsed.success) return parsed.data
    throw new CommandFailed(
      `${url} answered with something else than this command expects. Is it this app, and as new as this checkout?`,
    )
  }
  return {
    get: (path, schema) => call(path, {}, schema),
    post: (path, body, schema) =>
      call(
        path,
        { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
        schema,
      ),
  }
}

function noAnswer(url: string, error: unknown): CommandFailed {
  const options = { cause: error, retryAfter: soon }
  const name = error instanceof Error ? error.name : ''
  if (name === 'TimeoutError')
    return new CommandFailed(
      `${url} gave no answer within ${timeout / 1000} s. Look at it with "status"; the same command again does no harm.`,
      options,
    )
  const code = codeOf(error)
  if (code === 'ECONNREFUSED')
    return new CommandFailed(
      `Nothing answers at ${url}. Is the app running there? Start it with "npm start", or name another address with --url or SYNC_URL.`,
      options,
    )
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new CommandFailed(`The name in ${url} is not known (${code}). Check --url or SYNC_URL.`, options)
  return new CommandFailed(`${url} can't be reached (${code}). Check --url or SYNC_URL, and the network.`, options)
}

/** `fetch` hides what happened in its cause; where it tried several addresses, in each of their errors. */
function codeOf(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: { code?: string; errors?: { code?: string }[] } }
  return cause?.code ?? cause?.errors?.[0]?.code ?? 'no answer'
}

function refusal(url: string, response: Response, text: string, withKey: boolean): CommandFailed {
  const { status, headers } = response
  const problem = problemAnswer.safeParse(toJson(text)).data
  const told = Number(headers.get('retry-after') ?? NaN)
  const retryAfter = told > 0 ? told : status >= 500 ? soon : null
  if (problem) {
    const faults = (problem.errors ?? []).map((fault) => `\n  ${fault.in} ${fault.path}: ${fault.message}`)
    const code = problem.type.split(':').at(-1) ?? ''
    return new CommandFailed(`${plain(problem.title)}: ${plain(problem.detail)}${faults.map(plain).join('')}`, {
      code,
      retryAfter,
    })
  }
  if (status === 401)
    return new CommandFailed(
      withKey
        ? `${url} refuses the key. Take a function key of the app: Azure portal, App keys; "npm start" prints one.`
        : `${url} wants a key. Put a function key of the app into SYNC_KEY: Azure portal, App keys; "npm start" prints one.`,
    )
  if (status === 403)
    return new CommandFailed(
      `${url} answered 403: the app is stopped, or its access restrictions keep this machine out.`,
    )
  if (status === 404)
    return new CommandFailed(
      `${url} knows no such route. Is it this app, and as new as this checkout? ${url}/api/health tells whether it runs.`,
    )
  if (status >= 300 && status < 400)
    return new CommandFailed(
      `${url} redirects to another address. Name that one with --url; the key is sent nowhere else.`,
    )
  return new CommandFailed(`${url} answered ${status}. The log of the app tells why.`, { retryAfter })
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
