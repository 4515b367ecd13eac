import type { Change } from './link.ts'

export type OutcomeStatus =
  'created' | 'adopted' | 'updated' | 'unchanged' | 'suspended' | 'restored' | 'deleted' | 'held' | 'skipped' | 'failed'

/** One outcome, told. Keyed by connection, attempt and object id: writing it twice changes nothing. */
export type AuditRow = {
  connection: string
  /** The dry run that it tells of; null = it happened. Rows of a dry run lie apart from all others. */
  dryRun: string | null
  /** Begins with its UTC date: the row lies in that day's table. */
  attempt: string
  objectId: string
  status: OutcomeStatus
  /** Reason of a `skipped`, code of a `failed`. */
  reason: string | null
  wordpressId: number | null
  /** Who, as far as the detail level allows. */
  who: { userPrincipalName: string | null; email: string | null; username: string | null }
  changes: { field: Change['field'] | 'photo' | `post.${string}`; from: string | null; to: string | null }[]
  at: number
  milliseconds: number
  cycle: string | null
  trigger: 'cycle' | 'notification' | 'on-demand' | 'retry' | 'second-look' | 'approval' | 'verify' | 'photo' | 'poison'
  /** Finished attempts at this change, from 1. */
  tries: number
  error: string | null
}

/** `full`: old and new values. `fields`: who, and the names of the changed fields. `minimal`: object ids only. */
export type AuditDetail = 'full' | 'fields' | 'minimal'

/** The row without what the detail level keeps back. */
export function withDetail(row: AuditRow, detail: AuditDetail): AuditRow {
  if (detail === 'full') return row
  const changes = row.changes.map(({ field }) => ({ field, from: null, to: null }))
  if (detail === 'fields') return { ...row, changes }
  return { ...row, changes, who: { userPrincipalName: null, email: null, username: null } }
}
