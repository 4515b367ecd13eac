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

/** Values by field: absent = leave as it is, `''` = empty. */
export type FieldValues = Partial<Record<AccountField, string>>

/** An account as WordPress says it. Values are decoded (`R&D`, not `R&amp;D`). */
export type SiteUser = {
  id: number
  /** user_login: immutable, compared without case. */
  username: string
  fields: Record<AccountField, string>
  roles: string[]
  /** Milliseconds since 1970 by the site's own clock, whole seconds. */
  registeredAt: number
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
  /** Role slugs the site has. Empty when the credential can't list them. */
  roles: string[]
  namespaces: string[]
  /** The sync's own account. */
  ownUserId: number
}
