import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { randomBytes } from 'node:crypto'
import axios from 'axios'
import pLimit from 'p-limit'
import { z } from 'zod'

/**
 * What a competent quick script does, to measure against: reads all people, then for each, four at a time on connections that stay
 * open, GETs the account and POSTs what differs. It remembers each WordPress id, so only its first run has to search. It maps the
 * fields that the program maps by default. It keeps nothing on disk, retries nothing and tells nobody.
 */
export type NaiveSync = { run(): Promise<NaiveResult> }

export type NaiveResult = { created: number; updated: number; unchanged: number; refused: number; seconds: number }

const atATime = 4
const fields = ['email', 'first_name', 'last_name', 'name', 'nickname', 'description', 'locale'] as const
const select =
  'id,userPrincipalName,mail,otherMails,displayName,givenName,surname,jobTitle,department,preferredLanguage'

const text = z.string().nullish()
const personSchema = z.object({
  ...{ id: z.string(), userPrincipalName: z.string(), accountEnabled: z.boolean().nullish() },
  ...{ mail: text, displayName: text, givenName: text, surname: text, jobTitle: text, department: text },
  ...{ preferredLanguage: text, otherMails: z.array(z.string()).nullish() },
})
type Person = z.infer<typeof personSchema>
const pageSchema = z.object({ value: z.array(personSchema), '@odata.nextLink': z.string().optional() })
const accountSchema = z.object({ id: z.number(), email: z.string() }).catchall(z.unknown())

/** Settings as the app has them: `AZURE_*`, `GRAPH_BASE_URL`, `WORDPRESS_*`. */
export function createNaiveSync(settings: Readonly<Record<string, string | undefined>>): NaiveSync {
  const connections = { keepAlive: true, maxSockets: atATime }
  const site = axios.create({
    baseURL: `${settings['WORDPRESS_URL']}/wp-json/wp/v2`,
    auth: { username: settings['WORDPRESS_USERNAME'] ?? '', password: settings['WORDPRESS_APP_PASSWORD'] ?? '' },
    ...{ httpAgent: new HttpAgent(connections), httpsAgent: new HttpsAgent(connections), proxy: false },
    params: { context: 'edit', _fields: ['id', ...fields].join() },
  })
  const graph = axios.create({ httpsAgent: new HttpsAgent(connections), proxy: false })
  const ids = new Map<string, number>()

  async function* people(): AsyncGenerator<Person> {
    const { AZURE_AUTHORITY_HOST, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, GRAPH_BASE_URL } = settings
    const form = new URLSearchParams({
      ...{ grant_type: 'client_credentials', scope: `${GRAPH_BASE_URL}/.default` },
      ...{ client_id: AZURE_CLIENT_ID ?? '', client_secret: AZURE_CLIENT_SECRET ?? '' },
    })
    const signedIn = await graph.post(`${AZURE_AUTHORITY_HOST}/${AZURE_TENANT_ID}/oauth2/v2.0/token`, form)
    const headers = {
      Authorization: `Bearer ${z.object({ access_token: z.string() }).parse(signedIn.data).access_token}`,
    }
    let link: string | undefined = `${GRAPH_BASE_URL}/v1.0/users?$top=999&$select=${select},accountEnabled`
    while (link !== undefined) {
      const page: z.infer<typeof pageSchema> = pageSchema.parse((await graph.get(link, { headers })).data)
      yield* page.value
      link = page['@odata.nextLink']
    }
  }

  /** The account with this address: `search` also finds those that only resemble it. */
  async function search(email: string) {
    const { data } = await site.get('/users', { params: { search: email, search_columns: 'email' } })
    return z
      .array(accountSchema)
      .parse(data)
      .find((one) => one.email.toLowerCase() === email.toLowerCase())
  }

  async function sync(person: Person): Promise<'created' | 'updated' | 'unchanged'> {
    const wanted = accountFor(person)
    const known = ids.get(person.id)
    const account =
      known === undefined ? await search(wanted.email) : accountSchema.parse((await site.get(`/users/${known}`)).data)
    if (account === undefined) {
      const password = randomBytes(24).toString('base64url')
      const { data } = await site.post('/users', { ...wanted, username: usernameOf(wanted.email), password })
      ids.set(person.id, accountSchema.parse(data).id)
      return 'created'
    }
    ids.set(person.id, account.id)
    const changed = Object.entries(wanted).filter(([field, value]) => plain(account[field]) !== value)
    if (changed.length === 0) return 'unchanged'
    await site.post(`/users/${account.id}`, Object.fromEntries(changed))
    return 'updated'
  }

  async function run(): Promise<NaiveResult> {
    const start = performance.now()
    const limit = pLimit(atATime)
    const result = { created: 0, updated: 0, unchanged: 0, refused: 0 }
    const all = await Array.fromAsync(people())
    const enabled = all.filter((person) => person.accountEnabled !== false)
    await limit.map(enabled, async (person) => {
      try {
        result[await sync(person)]++
      } catch (error) {
        // An address or a name that somebody has: the script goes on. What has no answer would spoil the figures.
        if (!axios.isAxiosError(error) || error.response === undefined) throw error
        result.refused++
      }
    })
    return { ...result, seconds: (performance.now() - start) / 1000 }
  }
  return { run }
}

function accountFor(person: Person): { email: string } & Partial<Record<(typeof fields)[number], string>> {
  const { givenName, surname, displayName, jobTitle, department, preferredLanguage } = person
  return {
    email: person.mail ?? person.otherMails?.[0] ?? person.userPrincipalName,
    first_name: givenName ?? '',
    last_name: surname ?? '',
    ...(displayName ? { name: displayName, nickname: givenName ?? displayName } : {}),
    description: [jobTitle, department].filter(Boolean).join(', '),
    // The languages that the site has.
    ...(preferredLanguage === 'de-DE' || preferredLanguage === 'en-US'
      ? { locale: preferredLanguage.replace('-', '_') }
      : {}),
  }
}

/** WordPress answers `R&amp;D` for a display name that was sent as `R&D`. */
function plain(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('&amp;', '&') : value
}

function usernameOf(email: string): string {
  return email
    .toLowerCase()
    .replace(/[^a-z0-9 _.@-]/g, '-')
    .slice(0, 60)
}
