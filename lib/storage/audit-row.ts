import * as z from 'zod'
import type { AuditRow } from '../domain/audit.ts'
import { columns, cut, json, longestColumn, parseRow, textOrNull, whole, wholeOrNull } from './columns.ts'
import { changedFields, customField } from './link-row.ts'
import { newestFirst, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

const change = z.object({
  field: z.union([z.enum([...changedFields, 'photo']), customField, z.templateLiteral(['post.', z.string()])]),
  from: z.string().nullable(),
  to: z.string().nullable(),
})

const auditRow = z
  .object({
    connection: z.string(),
    dryRun: textOrNull,
    attempt: z.string(),
    objectId: z.string(),
    status: z.enum([
      'created',
      'adopted',
      'updated',
      'unchanged',
      'suspended',
      'restored',
      'deleted',
      'held',
      'skipped',
      'failed',
    ]),
    reason: textOrNull,
    wordpressId: wholeOrNull,
    userPrincipalName: textOrNull,
    email: textOrNull,
    username: textOrNull,
    changes: json(z.array(change)).transform((value) => value ?? []),
    at: whole,
    milliseconds: whole,
    cycle: textOrNull,
    trigger: z.enum([
      'cycle',
      'notification',
      'on-demand',
      'retry',
      'second-look',
      'approval',
      'verify',
      'photo',
      'poison',
    ]),
    tries: whole,
    error: textOrNull,
  })
  .transform(({ userPrincipalName, email, username, ...row }): AuditRow => {
    return { ...row, who: { userPrincipalName, email, username } }
  })

/** A dry run has a partition of its own beside the connection's: what happened is never listed with what would. */
export function auditPartition(connection: string, dryRun: string | null): string {
  return dryRun === null ? rowKey(connection) : rowKey(connection, dryRun)
}

/** Newest attempt first; the same attempt at the same person is the same row. */
export function toAuditRow(row: AuditRow): Row {
  const { who, changes, ...plain } = row
  const texts = { ...who, error: row.error, reason: row.reason }
  const fitting = Object.entries(texts).map(([name, text]) => [name, text && cut(text)] as const)
  return {
    partitionKey: auditPartition(row.connection, row.dryRun),
    rowKey: rowKey(newestFirst(row.attempt), row.objectId),
    ...columns({ ...plain, ...Object.fromEntries(fitting), changes: changesText(changes) }),
  }
}

export function fromAuditRow(table: string, row: ReadRow): AuditRow {
  return parseRow(table, auditRow, row)
}

/** JSON within a property's limit: long values are cut, shorter and shorter until it fits, so that it always parses. */
function changesText(changes: AuditRow['changes']): string {
  let text = JSON.stringify(changes)
  for (let most = 8192; text.length > longestColumn && most >= 1; most /= 2) {
    const fit = (value: string | null) => (value !== null && value.length > most ? `${cut(value, most)}…` : value)
    text = JSON.stringify(changes.map(({ field, from, to }) => ({ field, from: fit(from), to: fit(to) })))
  }
  return text.length > longestColumn ? '[]' : text
}
