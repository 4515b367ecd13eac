import type { CompiledMapping } from './mapping.ts'

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
  /** Accounts with one of these roles, or these logins, are never adopted. */
  protectedRoles: string[]
  protectedUsers: string[]
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
  adoption: { members: AdoptionRule[]; guests: AdoptionRule[] }
  fullEveryMs: number
  /** 16 hex digits of everything that changes what a user becomes; no secrets. */
  configurationHash: string
  selectHash: string
}
