import { createHash } from 'node:crypto'
import type { DirectoryUser } from './directory-user.ts'
import type { Link } from './link.ts'
import type { Capabilities } from './site-user.ts'

/** REST namespace of the companion plugin. */
export const companionNamespace = 'entra-sync/v1'

/** The agreement with the companion plugin that this version knows; the plugin's grows when older apps can't work with it any more. */
export const companionContract = 1

/** The companion plugin of a site, as it says. */
export type Companion = {
  version: string
  contract: number
  /** Of the settings that it keeps (companion-settings.ts); null = it has none yet. */
  settingsHash: string | null
  /** It would not take our settings: what it registers is as before. Absent = it took them, or wasn't asked. */
  refused?: true
}

/** The marks by which single sign-on plugins know an account. */
export type SignOnMarks = { objectId: string; userPrincipalName: string; tenantId: string }

/** What a write says to the companion plugin; absent = it stays. */
export type CompanionValues = { suspended?: boolean } & Partial<SignOnMarks>

/** True where the site has a companion plugin that this version understands. */
export function hasCompanion({ companion }: Pick<Capabilities, 'companion'>): boolean {
  return companion?.contract === companionContract
}

/** What single sign-on plugins shall know somebody by. */
export function marksOf({ id, userPrincipalName }: DirectoryUser, tenantId: string): SignOnMarks {
  // '' takes the mark away that somebody had.
  return { objectId: id, userPrincipalName: userPrincipalName ?? '', tenantId }
}

/** True when the marks that the account was given last are others. */
export function marksDiffer({ hashes }: Pick<Link, 'hashes'>, marks: SignOnMarks | null): boolean {
  return marks !== null && hashes.singleSignOn !== hashMarks(marks)
}

/** `hashes.singleSignOn`: which marks the account was given. */
export function hashMarks({ objectId, userPrincipalName, tenantId }: SignOnMarks): string {
  return createHash('sha256')
    .update(['singleSignOn', objectId, userPrincipalName, tenantId].join('\n'))
    .digest('hex')
    .slice(0, 16)
}
