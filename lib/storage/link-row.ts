import * as z from 'zod'
import { leavingReasons } from '../domain/leaving.ts'
import type { Link } from '../domain/link.ts'
import { accountFields } from '../domain/site-user.ts'
import { columns, json, parseRow, textOrNull, wholeOrNull } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

/** What changes of an account are told by. */
export const changedFields = [...accountFields, 'roles'] as const
export const linkStates = ['unlinked', 'active', 'suspended', 'deleted'] as const
export const removalActions = ['suspend', 'delete'] as const

const hashes = z.partialRecord(z.enum(changedFields), z.string())

const intent = z.object({
  verb: z.enum(['create', 'adopt', 'update', 'suspend', 'restore', 'delete']),
  attempt: z.string(),
  epoch: z.number(),
  username: z.string().nullable(),
  email: z.string().nullable(),
  wordpressId: z.number().nullable(),
  siteTime: z.number(),
  hashes,
  // Intents of the version before removals have neither.
  roles: z.array(z.string()).nullable().default(null),
  reason: z.enum(leavingReasons).nullable().default(null),
})

const failure = z.object({ attempts: z.number(), code: z.string(), retryAt: z.number() })
const leaving = z.object({ reason: z.enum(leavingReasons), since: z.number() })
const removal = z.object({ action: z.enum(removalActions), reason: z.enum(leavingReasons) })

const linkRow = z.object({
  connection: z.string(),
  objectId: z.string(),
  state: z.enum(linkStates),
  wordpressId: wholeOrNull,
  login: textOrNull,
  hashes: json(hashes).transform((value) => value ?? {}),
  fingerprint: textOrNull,
  intent: json(intent),
  failure: json(failure),
  refused: textOrNull,
  leaving: json(leaving),
  roles: json(z.array(z.string())),
  removal: json(removal),
})

export function linkKey(connection: string, objectId: string): string {
  return rowKey('u', connection, objectId)
}

export function toLinkRow(site: string, link: Link): Row {
  const { hashes: applied, intent: open, failure: failed, leaving: left, roles, removal: waiting, ...plain } = link
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
      roles: roles && JSON.stringify(roles),
      removal: waiting && JSON.stringify(waiting),
    }),
  }
}

export function fromLinkRow(row: ReadRow): { link: Link; etag: string } {
  return { link: parseRow('Links', linkRow, row), etag: row.etag }
}
