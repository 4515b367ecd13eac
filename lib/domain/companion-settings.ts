import { createHash } from 'node:crypto'
import type { SiteSettings } from './connection.ts'
import { placeOf, type ValueType } from './custom-field.ts'

/** What the companion plugin keeps of the configuration. `hash`: tells whether it is up to date. */
export type CompanionSettings = {
  hash: string
  meta: { key: string; type: ValueType }[]
  protectedRoles: string[]
  protectedUsers: string[]
}

/**
 * Of all connections of a site: which user meta is to be registered, and who is protected.
 * @param heirs logins that get the content of deleted accounts
 */
export function companionSettings(site: SiteSettings, heirs: readonly string[]): CompanionSettings {
  const meta = site.fields
    .filter(({ field }) => placeOf(field).part === 'meta')
    .map(({ field, type }) => ({ key: placeOf(field).name, type }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const users = new Set([...site.protectedUsers, ...heirs].map((login) => login.toLowerCase()))
  const settings = { meta, protectedRoles: [...site.protectedRoles].sort(), protectedUsers: [...users].sort() }
  const hash = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16)
  return { hash, ...settings }
}
