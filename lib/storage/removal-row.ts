import * as z from 'zod'
import { removalActions, removalReasons, type Removal } from '../domain/leaving.ts'
import { columns, parseRow, textOrNull, whole, wholeOrNull } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

const removalRow = z.object({
  connection: z.string(),
  objectId: z.string(),
  action: z.enum(removalActions),
  reason: z.enum(removalReasons),
  state: z.enum(['candidate', 'released', 'held', 'approved', 'rejected']),
  cycle: textOrNull,
  wordpressId: whole,
  login: z.string(),
  since: whole,
  decidedAt: wholeOrNull,
})

export function removalKey(connection: string, objectId: string): string {
  return rowKey('h', connection, objectId)
}

export function toRemovalRow(site: string, removal: Removal): Row {
  return {
    partitionKey: keyPart(site),
    rowKey: removalKey(removal.connection, removal.objectId),
    ...columns(removal),
  }
}

export function fromRemovalRow(row: ReadRow): { removal: Removal; etag: string } {
  return { removal: parseRow('Links', removalRow, row), etag: row.etag }
}
