import { createHash } from 'node:crypto'
import { comparableJson, type CustomField, type JsonValue } from './custom-field.ts'
import { setOnce } from './field-hash.ts'

/** What of a post the sync may write, by the names of the WordPress REST API. */
export type PostField = 'title' | 'content' | 'excerpt' | 'status' | 'author' | CustomField

export const postTexts = ['title', 'content', 'excerpt'] as const
export type PostText = (typeof postTexts)[number]

/** Absent = leave as it is, `''` and null = empty. */
export type PostValues = { readonly [field in PostField]?: JsonValue }

/** Hashes of the values last applied, by field. */
export type PostHashes = { [field in PostField]?: string }

/** A post as WordPress says it (`context=edit`). Texts are as they are stored: `R&amp;D`. */
export type SitePost = {
  id: number
  slug: string
  /** `publish`, `draft`, `private`, `trash` …, or whatever a plugin adds. */
  status: string
  /** null = posts of this type have none. */
  author: number | null
  values: PostValues
}

/** A post type, as the site says it. */
export type PostType = {
  type: string
  /** Of the collection: `/wp/v2/staff`. */
  route: string
  /** `/batch/v1` takes its posts. */
  batch: boolean
  /** What the site shows and takes of its posts. */
  texts: readonly PostText[]
  author: boolean
  meta: readonly string[]
  acf: readonly string[]
  /** Capabilities that the sync's account lacks for it. */
  lacks: readonly string[]
}

/** The plan for one post as written into the link before the site is written to. While it stands, the result is unknown. */
export type PostIntent = {
  verb: 'create' | 'update' | 'trash'
  attempt: string
  /** The site's clock when it was written, ms: since then a create may be under way. 0 = nothing is under way any more. */
  siteTime: number
  /** Most posts that may share its next request: the last one failed as a whole. */
  batch?: number | undefined
  /** Hashes of the fields as they will be afterwards. */
  hashes: PostHashes
}

/** One post of a person, on their link. */
export type LinkedPost = {
  /** null = none yet. */
  id: number | null
  hashes: PostHashes
  /** Hash of the slug as last seen, where it is not the one that it was made with: people give posts addresses of their own. */
  slug: string | null
  intent: PostIntent | null
  /** Why it is left alone: deleted by hand, or not ours any more. Told once. */
  refused: PostRefusal | null
}

export const postRefusals = ['post-missing', 'post-mismatch'] as const
export type PostRefusal = (typeof postRefusals)[number]

export const noPost: LinkedPost = { id: null, hashes: {}, slug: null, intent: null, refused: null }

/**
 * The slug that a person's post is made with: from the connection and the object id only, so that whoever finds it knows whose it is, and a
 * create whose answer nobody heard is found again. 64 bits: no two of a million people meet.
 */
export function postSlug(connection: string, objectId: string): string {
  const digest = createHash('sha256').update(`post\n${connection}\n${objectId.toLowerCase()}`).digest('hex')
  return `entra-${digest.slice(0, 16)}`
}

/** The suffix that WordPress gives to the slug of a post in the trash. https://developer.wordpress.org/reference/functions/wp_add_trashed_suffix_to_post_name_for_post/ */
export const trashedSuffix = '__trashed'

/** A post's slug as it is outside the trash. */
export function bareSlug(slug: string): string {
  return slug.endsWith(trashedSuffix) ? slug.slice(0, -trashedSuffix.length) : slug
}

/** `slug` of the link, of a post that has this one. @param made the slug that it was made with */
export function hashSlug(slug: string, made: string): string | null {
  const bare = bareSlug(slug)
  return bare === made ? null : createHash('sha256').update(`post.slug\n${bare}`).digest('hex').slice(0, 16)
}

export function valueEntries(values: PostValues): [PostField, JsonValue][] {
  return Object.entries(values) as [PostField, JsonValue][]
}

/** What two values of a field are compared by; '' = empty. */
export function comparablePost(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() : comparableJson(value)
}

/** 16 hex digits that tell whether a field changed. */
export function hashPostField(field: PostField, value: JsonValue | undefined): string {
  return createHash('sha256')
    .update(`post.${field}\n${comparablePost(value)}`)
    .digest('hex')
    .slice(0, 16)
}

/** @param once fields that are only ever set: an empty value sets nothing */
export function hashPost(values: PostValues, once: ReadonlySet<string>): PostHashes {
  const hashes: PostHashes = {}
  for (const [field, value] of valueEntries(values))
    if (!once.has(field)) hashes[field] = hashPostField(field, value)
    else if (comparablePost(value) !== '') hashes[field] = setOnce
  return hashes
}
