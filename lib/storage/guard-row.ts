import * as z from 'zod'
import type { Guard } from '../domain/deletion-guard.ts'
import { columns, json, parseRow } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

const guardRow = z.object({
  slots: json(z.array(z.tuple([z.number(), z.number()]))).transform((slots) => slots ?? []),
  tripped: json(z.object({ at: z.number(), removals: z.number(), limit: z.number() })),
})

export function guardKey(connection: string): string {
  return rowKey('g', connection)
}

export function toGuardRow(site: string, connection: string, { slots, tripped }: Guard): Row {
  return {
    partitionKey: keyPart(site),
    rowKey: guardKey(connection),
    ...columns({ slots: JSON.stringify(slots), tripped: tripped && JSON.stringify(tripped) }),
  }
}

export function fromGuardRow(row: ReadRow): { guard: Guard; etag: string } {
  return { guard: parseRow('Links', guardRow, row), etag: row.etag }
}
