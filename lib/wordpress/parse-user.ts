import * as z from 'zod'
import { placeOf, type CustomField, type JsonValue } from '../domain/custom-field.ts'
import type { SiteUser } from '../domain/site-user.ts'

/**
 * `_fields` of every read and write: what {@link parseUser} needs and no more. Of meta WordPress gives all that it shows, or nothing
 * (`in_array( 'meta', $fields )` in its users controller), of ACF single fields too.
 * @param customs mapped meta and ACF fields
 */
export function userFieldsOf(customs: readonly CustomField[]): string {
  const acf = customs.filter((field) => placeOf(field).part === 'acf')
  return [
    baseFields,
    ...(customs.length > acf.length ? ['meta'] : []),
    // More would make a URL that servers refuse: then all that the site shows is read.
    ...(acf.join().length > longestList ? ['acf'] : acf),
  ].join()
}

const longestList = 2000

const baseFields =
  'id,username,email,first_name,last_name,name,nickname,url,description,locale,roles,registered_date,entra_sync'

/** Values by name. PHP writes an empty map as `[]`. */
const customSchema = z
  .union([z.record(z.string(), z.json()), z.unknown().transform((): Record<string, JsonValue> => ({}))])
  .default({})

const bodySchema = z.object({
  id: z.number().int().positive(),
  username: z.string(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  name: z.string(),
  nickname: z.string(),
  url: z.string(),
  description: z.string(),
  locale: z.string(),
  // A PHP array with gaps becomes an object.
  roles: z.union([z.array(z.string()), z.record(z.string(), z.string()).transform((roles) => Object.values(roles))]),
  registered_date: z.string(),
  // The companion plugin's; absent without it, null where the credential may not use it.
  entra_sync: z
    .object({ suspended: z.boolean(), objectId: z.string().nullable() })
    .nullable()
    .catch(null)
    .default(null),
  meta: customSchema,
  acf: customSchema,
})

/**
 * WordPress saves `&`, `<` and `>` of user fields as entities (`_wp_specialchars`, `wp_filter_kses`), quotes too behind a `<`
 * that opens no tag, and never doubles an entity that is there: one pass back gives the text that a reader sees.
 * https://developer.wordpress.org/reference/functions/_wp_specialchars/
 * https://developer.wordpress.org/reference/functions/wp_pre_kses_less_than_callback/
 */
export function decodeText(saved: string): string {
  return saved.replace(
    /&(amp|lt|gt|quot|#0?38|#0?39);/g,
    (_, name: string) => characters[name.replace('#0', '#')] ?? '',
  )
}

/** A text as WordPress saves it, for searching: `&`, `<` and `>` as entities. */
export function encodeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#38': '&', '#39': "'" }

/** A user of a `context=edit` answer, or null where fields are missing (a plugin takes them away). */
export function parseUser(body: unknown): SiteUser | null {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return null
  const { id, username, roles, registered_date, locale, entra_sync, meta, acf, ...texts } = parsed.data
  const registeredAt = Date.parse(registered_date)
  return {
    id,
    username,
    fields: {
      email: decodeText(texts.email),
      first_name: decodeText(texts.first_name),
      last_name: decodeText(texts.last_name),
      name: decodeText(texts.name),
      nickname: decodeText(texts.nickname),
      url: decodeText(texts.url),
      description: decodeText(texts.description),
      locale,
      ...customValues('meta', meta),
      ...customValues('acf', acf),
    },
    roles,
    // gmdate('c') of a UTC column. A zero date (imported accounts) has no valid form: registered before everything.
    registeredAt: Number.isNaN(registeredAt) ? 0 : registeredAt,
    suspended: entra_sync?.suspended ?? null,
    markedFor: entra_sync?.objectId ?? null,
  }
}

function customValues(part: 'meta' | 'acf', values: Record<string, JsonValue>): { [field in CustomField]: JsonValue } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${part}.${name}`, value]))
}

/** {@link parseUser} as a schema, for lists. */
export const userSchema: z.ZodType<SiteUser> = z.unknown().transform((body, context) => {
  const user = parseUser(body)
  if (user !== null) return user
  context.addIssue({ code: 'custom', message: 'not a user' })
  return z.NEVER
})

/** The account as it was, of the answer to its deletion; null where the answer doesn't say that it is deleted. */
export function parseDeleted(body: unknown): SiteUser | null {
  const parsed = z.object({ deleted: z.literal(true), previous: z.unknown() }).safeParse(body)
  return parsed.success ? parseUser(parsed.data.previous) : null
}
