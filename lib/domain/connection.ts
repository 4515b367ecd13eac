import type { CustomField, ValueType } from './custom-field.ts'
import type { GuardPolicy } from './deletion-guard.ts'
import type { LeavingPolicy, LeavingReason } from './leaving.ts'
import type { CompiledMapping } from './mapping.ts'
import type { PhotoSize } from './photo.ts'
import type { PostPolicy } from './post-mapping.ts'
import type { RolePolicy } from './role-rules.ts'
import type { Scope } from './scope.ts'

export type AdoptionRule = 'email' | 'username'

/** One WordPress, as configured. */
export type SiteSettings = {
  /** `[a-z0-9-]`, at most 50: partition key and part of queue names. */
  id: string
  url: string
  username: string
  applicationPassword: string
  /** Requests in flight at most. */
  concurrency: number
  /** Accounts with one of these roles, or these logins, are never adopted, demoted, suspended or deleted. */
  protectedRoles: string[]
  protectedUsers: string[]
  /** Logins that a protected role doesn't protect. */
  unprotectedUsers: string[]
  /** User meta and ACF fields that any of the site's connections maps: what is read with an account. */
  fields: readonly { field: CustomField; type: ValueType }[]
}

/** A tenant joined to a site, with its own policy. */
export type Connection = {
  id: string
  tenantId: string
  clientId: string | null
  clientSecret: string | null
  site: SiteSettings
  mapping: CompiledMapping
  /** `$select` of every read, sorted. */
  select: string[]
  /** Rules in their order; the first that finds an account decides. */
  adoption: { members: AdoptionRule[]; guests: AdoptionRule[] }
  scope: Scope
  /** Posts that people have, one of each type. */
  posts: readonly PostPolicy[]
  /** Object ids of every group that the configuration names, in scope or for a role, sorted. */
  groups: string[]
  leaving: Record<LeavingReason, LeavingPolicy>
  /** Login of the account that gets the content of deleted ones; null = nothing is deleted. */
  reassignTo: string | null
  guard: GuardPolicy
  /** Role slug that guests get beside others; null = they aren't tagged. */
  guestRole: string | null
  /** Accounts get the marks that single sign-on plugins look for, where the site has the companion plugin. */
  singleSignOn: boolean
  /** Who gets which roles. */
  roles: RolePolicy
  /** What happens to accounts that somebody changed or deleted on the site. */
  drift: 'repair' | 'report' | 'ignore'
  whenAccountMissing: 'recreate' | 'leave'
  fullEveryMs: number
  /** The same for tenants without delta queries, where every cycle is a full one. */
  fullWithoutDeltaEveryMs: number
  verifyEveryMs: number
  /** null = photos are nobody's business here. `everyMs`: between the starts of two polls. */
  photos: { everyMs: number; size: PhotoSize } | null
  /** 16 hex digits of everything that changes what a user becomes; no secrets. */
  configurationHash: string
  selectHash: string
}
