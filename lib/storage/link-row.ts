import * as z from 'zod'
import type { Link } from '../domain/link.ts'
import { accountFields } from '../domain/site-user.ts'
import { columns, json, parseRow, textOrNull, wholeOrNull } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

const hashes = z.partialRecord(z.enum(accountFields), z.string())

const intent = z.object({
  verb: z.enum(['create', 'adopt', 'update']),
  attempt: z.string(),
  epoch: z.number(),
  username: z.string().nullable(),
  email: z.string().nullable(),
  wordpressId: z.number().nullable(),
  siteTime: z.number(),
  hashes,
})

const failure = z.object({ attempts: z.number(), code: z.string(), retryAt: z.number() })
const leaving = z.object({ reason: z.enum(['disabled', 'deleted', 'absent']), since: z.number() })

const linkRow = z.object({
  connection: z.string(),
  objectId: z.string(),
  state: z.enum(['unlinked', 'active', 'suspended', 'deleted']),
  wordpressId: wholeOrNull,
  login: textOrNull,
  hashes: json(hashes).transform((value) => value ?? {}),
  fingerprint: textOrNull,
  intent: json(intent),
  failure: json(failure),
  refused: textOrNull,
  leaving: json(leaving),
})

export function linkKey(connection: string, objectId: string): string {
  return rowKey('u', connection, objectId)
}

export function toLinkRow(site: string, link: Link): Row {
  const { hashes: applied, intent: open, failure: failed, leaving: left, ...plain } = link
  return {
    partitionKey: keyPart(site),
    rowKey: linkKey(link.connection, link.objectId),
    ...columns({
      ...plain,
      hashes: JSON.stringify(applied),
      // A column of its own, so that an enumeration needn't read the intent.
      intentOpen: open !== null,
      intent: open && JSON.stringify(open),
      failure: failed && JSON.stringify(failed),
      leaving: left && JSON.stringify(left),
    }),
  }
}

export function fromLinkRow(row: ReadRow): { link: Link; etag: string } {
  return { link: parseRow('Links', linkRow, row), etag: row.etag }
}
