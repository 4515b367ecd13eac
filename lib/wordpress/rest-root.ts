import * as z from 'zod'
import { SiteFault } from '../domain/faults.ts'
import type { Client } from './client.ts'
import { frontPage, restUrl } from './rest-url.ts'
import { parseJson, type HttpAnswer } from './site-answer.ts'
import { applicationPasswordsCure, siteFault, withoutQuery } from './site-fault.ts'

const indexSchema = z.object({
  /** The folder of WordPress itself; `home` is the front page. */
  url: z.string().catch(''),
  namespaces: z.array(z.string()),
  /** PHP writes an empty map as `[]`. */
  authentication: z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown()).transform((): Record<string, unknown> => ({}))])
    .default({}),
})

export type RestRoot = { root: string; wordpressFolder: string; namespaces: string[] }

const fields = { _fields: 'url,namespaces,authentication' }

/**
 * Finds the REST API of a site and makes sure that it offers application passwords. Asked without the credential, so that it
 * never travels to a site that wouldn't take it; only a REST API that is closed to visitors is asked again with it.
 */
export async function findRestRoot(client: Client, configured: string): Promise<RestRoot> {
  const front = frontPage(configured)
  const pretty = new URL('wp-json/', front).href
  const first = await readIndex(client, pretty)
  if (first.found) return checked(first.found, pretty, front)
  if (!mayHaveMoved(first.fault)) throw first.fault
  for (const root of [await advertisedRoot(client, front), new URL('?rest_route=/', front).href]) {
    const next = root === null ? null : await readIndex(client, root)
    if (root !== null && next?.found) return checked(next.found, root, front)
  }
  throw first.fault
}

/** Permalinks are plain, or go through index.php: then the path is a 404, the front page, or redirected to it. */
export function mayHaveMoved({ reason }: SiteFault): boolean {
  return reason === 'no-route' || reason === 'not-json' || reason === 'redirect'
}

type Index = z.infer<typeof indexSchema>

async function readIndex(
  client: Client,
  root: string,
): Promise<{ found: Index; fault?: never } | { found: null; fault: SiteFault }> {
  const url = restUrl(root, '/', fields)
  const ask = async (
    anonymous: boolean,
  ): Promise<{ found: Index; fault?: never } | { found: null; fault: SiteFault }> => {
    const answer = await client.send({ method: 'GET', url, anonymous })
    const parsed = answer.status === 200 ? indexSchema.safeParse(parseJson(answer.text)) : undefined
    if (parsed?.success) return { found: parsed.data }
    return { found: null, fault: siteFault(answer, { url, authenticated: !anonymous, now: Date.now() }) }
  }
  const visitor = await ask(true)
  return visitor.fault?.reason === 'rest-closed' ? ask(false) : visitor
}

/** The root that the front page names (`Link: <…>; rel="https://api.w.org/"`), where it is on the configured origin. */
async function advertisedRoot(client: Client, front: string): Promise<string | null> {
  const answer = await client.send({ method: 'GET', url: front, anonymous: true })
  const link = /<([^>]+)>;\s*rel="https:\/\/api\.w\.org\/"/.exec(answer.headers['link'] ?? '')?.[1]
  if (link === undefined || !URL.canParse(link)) return null
  if (new URL(link).origin === new URL(front).origin) return link
  throw otherAddress(answer, front, link)
}

/** The credential goes nowhere but to the configured origin. */
function otherAddress(answer: HttpAnswer, front: string, link: string): SiteFault {
  const there = withoutQuery(link)
  const message = `${withoutQuery(front)} says that its REST API is at ${there}, another origin. Set WORDPRESS_URL to where the site really is.`
  return new SiteFault('redirect', message, { status: answer.status })
}

function checked(index: Index, root: string, front: string): RestRoot {
  if (!('application-passwords' in index.authentication)) {
    if (new URL(front).protocol === 'http:' && !isLoopback(new URL(front).hostname))
      throw new SiteFault(
        'https-required',
        `WordPress at ${front} offers application passwords only over https (or where WP_ENVIRONMENT_TYPE is "local"). Begin WORDPRESS_URL with https://.`,
      )
    throw new SiteFault(
      'application-passwords-off',
      `WordPress at ${front} offers no application passwords. ${applicationPasswordsCure}`,
    )
  }
  const folder = URL.canParse(index.url) ? frontPage(index.url) : front
  const wordpressFolder = new URL(folder).origin === new URL(front).origin ? folder : front
  return { root, wordpressFolder, namespaces: index.namespaces }
}

/** A site on the same machine has no https to switch on. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
