import type { Companion } from './companion.ts'
import type { PhotoTarget } from './photo.ts'

import type { CustomField, JsonValue } from './custom-field.ts'

/** Account fields that a mapping can set, by their names in the WordPress REST API. */
export const accountFields = [
  'email',
  'first_name',
  'last_name',
  'name',
  'nickname',
  'url',
  'description',
  'locale',
] as const

export type AccountField = (typeof accountFields)[number]

/** Everything that a mapping can set but the login. */
export type FieldName = AccountField | CustomField

/** Every field empty. */
export const noFields: Readonly<Record<AccountField, string>> = {
  email: '',
  first_name: '',
  last_name: '',
  name: '',
  nickname: '',
  url: '',
  description: '',
  locale: '',
}

type CustomValues = { readonly [field in CustomField]?: JsonValue }

/** Values by field: absent = leave as it is, `''` and null = empty. */
export type FieldValues = Partial<Record<AccountField, string>> & CustomValues

/** An account as WordPress says it. Values are decoded (`R&D`, not `R&amp;D`). */
export type SiteUser = {
  id: number
  /** user_login: immutable, compared without case. */
  username: string
  /** Meta and ACF fields: those that some connection of the site maps; absent = the site doesn't show it. */
  fields: Record<AccountField, string> & CustomValues
  roles: string[]
  /** Milliseconds since 1970 by the site's own clock, whole seconds. */
  registeredAt: number
  /** Whether the companion plugin lets the account in by no door; null = the site has none that this version understands. */
  suspended: boolean | null
  /** Whose account it is to single sign-on plugins, as the companion plugin says: an object id. null = nobody's, or there is no plugin. */
  markedFor: string | null
  /** A user of the site's network who is not on this site. */
  outside?: true
}

/** What a site can do, as discovered. */
export type Capabilities = {
  /** WordPress version, or null where the site hides it. */
  version: string | null
  /** True where `/batch/v1` takes users (WordPress 6.6 and later). */
  batch: boolean
  multisite: boolean
  /** Locales installed on the site that a user may have, e.g. `de_DE`; `en_US` included. */
  locales: string[]
  /** Role slugs the site has. Empty without the companion plugin: no route of core lists them. */
  roles: string[]
  namespaces: string[]
  /** What keeps avatars there and can be written to; empty = photos have nowhere to go. */
  photoTargets: PhotoTarget[]
  /** The companion plugin, whatever its contract; null = there is none, or it doesn't answer to the sync's account. */
  companion: Companion | null
  /** User meta and ACF fields of users that REST takes, by key and name. */
  meta: string[]
  acf: string[]
  /** The sync's own account. */
  ownUserId: number
}
