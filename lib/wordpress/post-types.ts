import * as z from 'zod'
import { postTexts, type PostType } from '../domain/post.ts'
import type { Rest } from './rest.ts'

/** PHP writes an empty map as a list. */
const map = z.union([
  z.record(z.string(), z.unknown()),
  z.array(z.unknown()).transform((): Record<string, unknown> => ({})),
])

const typeSchema = z.object({
  slug: z.string(),
  rest_base: z.union([z.string(), z.literal(false)]).catch(false),
  rest_namespace: z
    .union([z.string(), z.literal(false)])
    .catch('wp/v2')
    .default('wp/v2'),
  capabilities: map.default({}),
})

const typesSchema = z.record(z.string(), typeSchema)

const routeSchema = z.object({
  endpoints: z.array(z.object({ methods: z.array(z.string()), allow_batch: map.optional() })),
  schema: z.object({ properties: z.record(z.string(), z.unknown()) }),
})

const partSchema = z.object({ properties: map })

const meSchema = z.object({ capabilities: map })

/** What the sync has to do with other people's posts, drafts and private ones too: without it some of them would seem not to be there. */
const needed = [
  'edit_posts',
  'edit_others_posts',
  'edit_published_posts',
  'edit_private_posts',
  'read_private_posts',
  'publish_posts',
]

/** Asks the site for these post types: two requests, and one a type. https://developer.wordpress.org/rest-api/reference/post-types/ */
export async function readPostTypes(
  rest: Rest,
  types: readonly string[],
): Promise<{ found: Map<string, PostType>; known: string[] }> {
  // No `_fields`: WordPress takes this map of types for one item, and leaves nothing of it.
  const { body: all } = await rest.read(
    { method: 'GET', route: '/wp/v2/types', query: { context: 'edit' } },
    typesSchema,
  )
  const { body: me } = await rest.read(
    { method: 'GET', route: '/wp/v2/users/me', query: { context: 'edit', _fields: 'capabilities' } },
    meSchema,
  )
  const listed = new Map(Object.entries(all))
  const found = new Map<string, PostType>()
  for (const type of types) {
    const known = listed.get(type)
    if (!known || known.rest_namespace === false) continue
    const route = `/${known.rest_namespace}/${known.rest_base || known.slug}`
    // A super admin of a network has no capabilities of a role: there the first request tells.
    const listsAny = Object.keys(me.capabilities).length > 0
    const lacks = needed.flatMap((name) => {
      const mapped = known.capabilities[name]
      return listsAny && typeof mapped === 'string' && me.capabilities[mapped] !== true ? [mapped] : []
    })
    found.set(type, await describe(rest, type, route, [...new Set(lacks)]))
  }
  return { found, known: [...listed.keys()].sort() }
}

async function describe(rest: Rest, type: string, route: string, lacks: string[]): Promise<PostType> {
  const { body } = await rest.read(
    { method: 'OPTIONS', route, query: { _fields: 'endpoints,schema.properties' } },
    routeSchema,
  )
  const { properties } = body.schema
  const creating = body.endpoints.find(({ methods }) => methods.includes('POST'))
  return {
    type,
    route,
    batch: creating?.allow_batch?.['v1'] === true,
    texts: postTexts.filter((field) => field in properties),
    author: 'author' in properties,
    meta: namesIn(properties['meta']),
    acf: namesIn(properties['acf']),
    lacks,
  }
}

function namesIn(part: unknown): string[] {
  const parsed = partSchema.safeParse(part)
  return parsed.success ? Object.keys(parsed.data.properties).sort() : []
}
