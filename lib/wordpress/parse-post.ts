import * as z from 'zod'
import type { JsonValue } from '../domain/custom-field.ts'
import { postTexts, type PostField, type SitePost } from '../domain/post.ts'

/** `_fields` of every read and write: what {@link parsePost} needs and no more. */
export const postFields = 'id,slug,status,author,title,content,excerpt,meta,acf'

const text = z.object({ raw: z.string() }).optional()
const part = z.union([
  z.record(z.string(), z.json()),
  // PHP writes an empty map as a list; ACF says false where a post has no fields.
  z.union([z.array(z.unknown()), z.literal(false), z.null()]).transform((): Record<string, JsonValue> => ({})),
])

const bodySchema = z.object({
  id: z.number().int().positive(),
  slug: z.string(),
  status: z.string(),
  author: z.number().int().optional(),
  title: text,
  content: text,
  excerpt: text,
  meta: part.optional(),
  acf: part.optional(),
})

/** A post of a `context=edit` answer, or null where fields are missing (a plugin takes them away). */
export function parsePost(body: unknown): SitePost | null {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return null
  const { id, slug, status, author, meta = {}, acf = {}, ...texts } = parsed.data
  const values: { [field in PostField]?: JsonValue } = {}
  for (const field of postTexts) if (texts[field]) values[field] = texts[field].raw
  for (const [key, value] of Object.entries(meta)) values[`meta.${key}`] = value
  for (const [name, value] of Object.entries(acf)) values[`acf.${name}`] = value
  return { id, slug, status, author: author ?? null, values }
}
