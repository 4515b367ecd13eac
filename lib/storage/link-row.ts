import * as z from 'zod'
import { leavingReasons, removalActions, removalReasons } from '../domain/leaving.ts'
import type { Link } from '../domain/link.ts'
import { postRefusals, postTexts, type LinkedPost } from '../domain/post.ts'
import { accountFields } from '../domain/site-user.ts'
import { columns, json, parseRow, textOrNull, wholeOrNull } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { ReadRow, Row } from './table.ts'

/** What changes of an account are told by. */
export const changedFields = [...accountFields, 'roles', 'suspended', 'singleSignOn'] as const
export const linkStates = ['unlinked', 'active', 'suspended', 'deleted'] as const

/** User meta by key, an ACF field by name. */
export const customField = z.templateLiteral([z.enum(['meta.', 'acf.']), z.string()])

const hashes = z.partialRecord(z.union([z.enum(changedFields), customField]), z.string())

const intent = z.object({
  verb: z.enum(['create', 'adopt', 'update', 'restore', ...removalActions]),
  attempt: z.string(),
  epoch: z.number(),
  username: z.string().nullable(),
  email: z.string().nullable(),
  wordpressId: z.number().nullable(),
  siteTime: z.number(),
  hashes,
  // Intents of the version before removals have neither.
  roles: z.array(z.string()).nullable().default(null),
  reason: z.enum(removalReasons).nullable().default(null),
})

const failure = z.object({ attempts: z.number(), code: z.string(), retryAt: z.number() })
const leaving = z.object({ reason: z.enum(leavingReasons), since: z.number() })
const removal = z.object({ action: z.enum(removalActions), reason: z.enum(removalReasons) })

const postHashes = z.partialRecord(z.union([z.enum(['status', 'author', ...postTexts]), customField]), z.string())
const postIntent = z.object({
  verb: z.enum(['create', 'update', 'trash']),
  attempt: z.string(),
  siteTime: z.number(),
  batch: z.number().optional(),
  hashes: postHashes,
})
const linkedPost = z.object({
  id: z.number().nullable(),
  hashes: postHashes,
  slug: z.string().nullable().default(null),
  intent: postIntent.nullable().default(null),
  refused: z.enum(postRefusals).nullable().default(null),
})

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
  photo: textOrNull,
  // Rows of versions before posts have none.
  posts: json(z.record(z.string(), linkedPost)).transform((value) => value ?? {}),
})

export function linkKey(connection: string, objectId: string): string {
  return rowKey('u', connection, objectId)
}

export function toLinkRow(site: string, link: Link): Row {
  const {
    hashes: applied,
    intent: open,
    failure: failed,
    leaving: left,
    roles,
    removal: waiting,
    posts,
    ...plain
  } = link
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
      posts: postsText(posts),
    }),
  }
}

/** Without what is null: most links hold one post, and each character is kept for every person. */
function postsText(posts: Link['posts']): string | null {
  const entries = Object.entries(posts).map(([type, { id, hashes, slug, intent, refused }]: [string, LinkedPost]) => {
    return [
      type,
      { id, hashes, ...(slug && { slug }), ...(intent && { intent }), ...(refused && { refused }) },
    ] as const
  })
  return entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries))
}

export function fromLinkRow(row: ReadRow): { link: Link; etag: string } {
  return { link: parseRow('Links', linkRow, row), etag: row.etag }
}
