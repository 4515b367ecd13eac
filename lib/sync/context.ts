import type { AuditDetail } from '../domain/audit.ts'
import type { Connection, SiteSettings } from '../domain/connection.ts'
import type { Timings } from '../domain/timings.ts'
import type { Directory } from './ports/directory.ts'
import type { Queues } from './ports/queues.ts'
import type { Site } from './ports/site.ts'
import type { Stores } from './ports/store.ts'

/** Fields are codes, ids and numbers: never secrets, never personal values. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields?: Record<string, string | number | boolean | null>,
) => void

/** What every use case gets. Built once a process by lib/runtime.ts. */
export type SyncContext = {
  connections: readonly Connection[]
  audit: { detail: AuditDetail; retentionDays: number }
  timings: Timings
  /** When this process started, ms: of two configurations the later started wins. */
  processStart: number
  now(): number
  /** In [0, 1). */
  random(): number
  /** 12 hex digits nobody else has. */
  randomId(): string
  directory(connection: Connection): Directory
  site(site: SiteSettings): Site
  queues: Queues
  stores: Stores
  log: Log
}

export function connectionOf(context: SyncContext, id: string): Connection | null {
  return context.connections.find((connection) => connection.id === id) ?? null
}

/** The sites of all connections, each once. */
export function sitesOf(context: SyncContext): SiteSettings[] {
  return [...new Map(context.connections.map(({ site }) => [site.id, site])).values()]
}

export function siteOf(context: SyncContext, id: string): SiteSettings | null {
  return sitesOf(context).find((site) => site.id === id) ?? null
}
