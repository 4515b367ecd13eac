import type { z } from 'zod'
import { SiteFault } from '../domain/faults.ts'
import type { Client, HttpRequest } from './client.ts'
import { findRestRoot, mayHaveMoved, type RestRoot } from './rest-root.ts'
import { restUrl } from './rest-url.ts'
import { parseJson, type HttpAnswer } from './site-answer.ts'
import { siteFault, withoutQuery } from './site-fault.ts'

type RestRequest = Pick<HttpRequest, 'method' | 'body' | 'content' | 'headers'> & {
  route: string
  query?: Record<string, string>
}

/** An answer with what was asked, so that its fault can be told. */
type RestAnswer = HttpAnswer & {
  /** This answer as a fault of the site, or that of an answer within it. */
  fault(inner?: HttpAnswer): SiteFault
  unexpected(what: string): SiteFault
}

export type Rest = {
  /** `_fields` of every account that is read or written, the mapped meta and ACF fields among them. */
  userFields: string
  /** Looks for the REST API anew. */
  findRoot(): Promise<RestRoot>
  /** Any status. */
  send(request: RestRequest): Promise<RestAnswer>
  /** A 200 whose body fits the schema; anything else is a SiteFault. */
  read<T>(request: RestRequest, schema: z.ZodType<T>): Promise<{ body: T; headers: HttpAnswer['headers'] }>
}

/** The REST API of one site, found on first use and again after it was gone. */
export function createRest(client: Client, configured: string, userFields: string): Rest {
  let known: Promise<RestRoot> | null = null

  function findRoot(): Promise<RestRoot> {
    const finding = findRestRoot(client, configured)
    known = finding
    finding.catch(() => forget(finding))
    return finding
  }

  function forget(root: Promise<RestRoot>): void {
    if (known === root) known = null
  }

  async function send({ route, query, ...request }: RestRequest): Promise<RestAnswer> {
    const finding = known ?? findRoot()
    const { root } = await finding
    const url = restUrl(root, route, query)
    const answer = await client.send({ ...request, url })
    const fault = (inner: HttpAnswer = answer): SiteFault => {
      const found = siteFault(inner, { url, authenticated: true, now: Date.now() })
      if (mayHaveMoved(found)) forget(finding)
      return found
    }
    const unexpected = (what: string): SiteFault =>
      new SiteFault(
        'unexpected-answer',
        `${withoutQuery(url)} ${what}. A plugin or a proxy may have changed the REST API.`,
        {
          status: answer.status,
        },
      )
    return { ...answer, fault, unexpected }
  }

  async function read<T>(
    request: RestRequest,
    schema: z.ZodType<T>,
  ): Promise<{ body: T; headers: HttpAnswer['headers'] }> {
    const answer = await send(request)
    const json = parseJson(answer.text)
    if (answer.status !== 200 || json === undefined) throw answer.fault()
    const parsed = schema.safeParse(json)
    if (parsed.success) return { body: parsed.data, headers: answer.headers }
    const missing = parsed.error.issues[0]?.path.join('.') || 'the body'
    throw answer.unexpected(`gave an answer in which "${missing}" is missing or of another kind`)
  }

  return { userFields, findRoot, send, read }
}
