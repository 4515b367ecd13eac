import { accountFields } from './site-user.ts'

/** What a mapping can set: the account's fields, and the name it is created with. */
export const mappedFields = ['username', ...accountFields] as const
export type MappedField = (typeof mappedFields)[number]

/**
 * The mapping of whoever configures none. null: `username` and `email` are derived (derive-username.ts, derive-address.ts); `url` isn't
 * mapped, for no property that the directory tracks holds a person's address on the web (`mySite` comes from SharePoint and can't be
 * selected when many users are read).
 */
export const defaultMapping: Readonly<Record<MappedField, string | null>> = {
  username: null,
  email: null,
  first_name: 'givenName',
  last_name: 'surname',
  name: 'displayName ?: $join([givenName, surname][$boolean($)], " ")',
  nickname: 'givenName ?: displayName',
  url: null,
  description: 'jobTitle and department ? jobTitle & ", " & department : (jobTitle ?: department ?: null)',
  locale: 'preferredLanguage',
}
