import * as z from 'zod'
import type { Link } from '../domain/link.ts'
import { parseRow } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

const shape = z.object({ connection: z.string(), objectId: z.string() })

export function reverseKey(wordpressId: number): string {
  return rowKey('w', String(wordpressId))
}

/** The row that says whose the link's account is. */
export function reverseRow(site: string, { wordpressId, connection, objectId }: Link): Row {
  if (wordpressId === null) throw new TypeError('A reverse row needs a WordPress id')
  return { partitionKey: keyPart(site), rowKey: reverseKey(wordpressId), connection, objectId }
}

export function ownerOf(row: ReadRow): { connection: string; objectId: string } {
  return parseRow('Links', shape, row)
}
