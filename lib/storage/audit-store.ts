import type { AuditRow } from '../domain/audit.ts'
import type { AuditStore } from '../sync/ports/store.ts'
import { auditPartition, fromAuditRow, toAuditRow } from './audit-row.ts'
import { inParallel } from './in-parallel.ts'
import type { Action, Row, Table } from './table.ts'

const prefix = 'Audit'
const transactionSize = 100

/**
 * Audit rows: a table a UTC day, `AuditYYYYMMDD`, partition = connection (a dry run has its own), newest first. Dropping a table costs one request,
 * however many rows it holds.
 */
export function createAuditStore(
  open: (table: string) => Table,
  listTables: (from: string, to: string) => Promise<string[]>,
): AuditStore {
  return {
    async write(rows) {
      const transactions = [...inPartitions(rows)].flatMap(([table, groups]) =>
        [...groups.values()].flatMap((group) => chunks([...group.values()]).map((chunk) => ({ table, chunk }))),
      )
      await inParallel(transactions, 4, async ({ table, chunk }) => {
        await open(table).transact(chunk.map((row): Action => ['upsert', row, 'Replace']))
      })
    },
    async list(connection, day, max, dryRun) {
      const table = open(tableOf(day))
      const partition = auditPartition(connection, dryRun ?? null)
      const rows = []
      for await (const row of table.rows({ partition, from: '0', to: '}' }, max))
        rows.push(fromAuditRow(table.name, row))
      return rows
    },
    async dropBefore(firstKept) {
      const names = await listTables(prefix, tableOf(firstKept))
      const days = names.filter((name) => /^Audit\d{8}$/.test(name)).map((name) => name.slice(prefix.length))
      // One after the other: killed at any point, the next run finds the rest by their names.
      for (const day of days) await open(tableOf(day)).drop()
      return days
    },
  }
}

function tableOf(day: string): string {
  if (!/^\d{8}$/.test(day)) throw new TypeError(`A day of the audit is YYYYMMDD, not ${JSON.stringify(day)}`)
  return `${prefix}${day}`
}

/** table → partition → row key → row: a transaction holds one partition, and each row once; the last one counts. */
function inPartitions(rows: readonly AuditRow[]): Map<string, Map<string, Map<string, Row>>> {
  const tables = new Map<string, Map<string, Map<string, Row>>>()
  for (const row of rows) {
    const table = tableOf(row.attempt.slice(0, 8))
    const stored = toAuditRow(row)
    const partitions = tables.get(table) ?? new Map<string, Map<string, Row>>()
    const group = partitions.get(stored.partitionKey) ?? new Map<string, Row>()
    tables.set(table, partitions.set(stored.partitionKey, group.set(stored.rowKey, stored)))
  }
  return tables
}

function chunks(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / transactionSize) }, (_, at) =>
    rows.slice(at * transactionSize, (at + 1) * transactionSize),
  )
}
