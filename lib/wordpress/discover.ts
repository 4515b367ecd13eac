import * as z from 'zod'
import { hasCompanion } from '../domain/companion.ts'
import { SiteFault } from '../domain/faults.ts'
import type { Capabilities } from '../domain/site-user.ts'
import { photoTargetsOf } from './photo-targets.ts'
import type { Client } from './client.ts'
import { readCompanion } from './read-companion.ts'
import type { Rest } from './rest.ts'

/** What is known of a site beyond its {@link Capabilities}: how to ask it. */
export type Discovery = { capabilities: Capabilities; searchColumns: boolean }

const flags = z.union([
  z.record(z.string(), z.unknown()),
  z.array(z.unknown()).transform((): Record<string, unknown> => ({})),
])

const meSchema = z.object({ id: z.number().int().positive(), capabilities: flags })

const routeSchema = z.object({
  endpoints: z.array(
    z.object({ methods: z.array(z.string()), args: flags.default({}), allow_batch: flags.optional() }),
  ),
  schema: z.object({ properties: z.record(z.string(), z.unknown()) }),
})

const localeSchema = z.object({ enum: z.array(z.string()) })

const needed = ['list_users', 'create_users', 'edit_users']

/** Asks a site what it can do and the credential what it may. Four or five small requests. */
export async function discover(client: Client, rest: Rest): Promise<Discovery> {
  const { wordpressFolder, namespaces } = await rest.findRoot()
  const me = await rest.read(
    { method: 'GET', route: '/wp/v2/users/me', query: { context: 'edit', _fields: 'id,capabilities' } },
    meSchema,
  )
  const { companion, roles, ...told } = await readCompanion(rest, namespaces)
  const multisite = told.multisite ?? (await isMultisite(rest))
  demandCapabilities(me.body.capabilities, multisite)
  const { body: users } = await rest.read(
    { method: 'OPTIONS', route: '/wp/v2/users', query: { _fields: 'endpoints,schema.properties' } },
    routeSchema,
  )
  const creating = users.endpoints.find((endpoint) => endpoint.methods.includes('POST'))
  const listing = users.endpoints.find((endpoint) => endpoint.methods.includes('GET'))
  const capabilities: Capabilities = {
    version: await versionOf(client, wordpressFolder),
    batch: creating?.allow_batch?.['v1'] === true && namespaces.includes('wp/v2'),
    multisite,
    locales: localesOf(users.schema.properties['locale']),
    roles,
    namespaces,
    photoTargets: photoTargetsOf(hasCompanion({ companion }), namespaces, users.schema.properties),
    companion,
    meta: shownIn(users.schema.properties['meta']),
    acf: shownIn(users.schema.properties['acf']),
    ownUserId: me.body.id,
  }
  return { capabilities, searchColumns: listing !== undefined && 'search_columns' in listing.args }
}

/** Names of what a part of an account shows; PHP writes an empty map as `[]`. */
function shownIn(part: unknown): string[] {
  const parsed = z.object({ properties: flags }).safeParse(part)
  return parsed.success ? Object.keys(parsed.data.properties).sort() : []
}

/** `''` in the enum means "the site's own language" and is no locale; `en_US` is always there. */
function localesOf(property: unknown): string[] {
  const parsed = localeSchema.safeParse(property)
  const listed = parsed.success ? parsed.data.enum : []
  return [...new Set(['en_US', ...listed])].filter((locale) => locale !== '').sort()
}

/**
 * Core registers the settings `url` and `email` for REST only where the site is not part of a multisite.
 * https://github.com/WordPress/WordPress/blob/master/wp-includes/option.php (register_initial_settings)
 */
async function isMultisite(rest: Rest): Promise<boolean> {
  const schema = z.object({ schema: z.object({ properties: z.record(z.string(), z.unknown()) }) })
  const answer = await rest.read(
    { method: 'OPTIONS', route: '/wp/v2/settings', query: { _fields: 'schema.properties' } },
    schema,
  )
  const { properties } = answer.body.schema
  return 'title' in properties && !('url' in properties) && !('email' in properties)
}

/** On a multisite a super admin's rights are no capabilities of a role: there the first request tells. */
function demandCapabilities(has: Record<string, unknown>, multisite: boolean): void {
  const missing = multisite ? [] : needed.filter((capability) => has[capability] !== true)
  if (missing.length === 0) return
  throw new SiteFault(
    'missing-capabilities',
    `The sync's account (WORDPRESS_USERNAME) lacks ${missing.join(', ')}: give it the administrator role, or a role with these.`,
  )
}

/** The version as the OPML file says it (`generator="WordPress/6.6"`): small, made by no theme. null where the site hides it. */
async function versionOf(client: Client, wordpressFolder: string): Promise<string | null> {
  const url = new URL('wp-links-opml.php', wordpressFolder).href
  const answer = await client.send({ method: 'GET', url, anonymous: true })
  if (answer.status !== 200) return null
  return /generator="WordPress\/(\d+\.[\w.-]+)"/.exec(answer.text)?.[1] ?? null
}
