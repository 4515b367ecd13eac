import type { AuditDetail } from '../domain/audit.ts'
import type { Connection } from '../domain/connection.ts'

/** Everything the settings say, checked and with its defaults; the storage is read by its own adapter. */
export type Configuration = {
  connections: Connection[]
  audit: { retentionDays: number; detail: AuditDetail }
  /** Six-field NCRONTAB. */
  schedule: string
  /** Without a slash at the end. */
  graphBaseUrl: string
  authorityHost: string | null
  /** Where Graph reaches this app; null where nobody can know. */
  publicBaseUrl: string | null
  /** Factor of all timings; 1 in Azure. */
  timeScale: number
}
