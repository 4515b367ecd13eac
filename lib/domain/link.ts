import type { LeavingReason, RemovalAction, RemovalReason } from './leaving.ts'
import type { CustomField } from './custom-field.ts'
import type { LinkedPost } from './post.ts'
import type { AccountField, FieldName } from './site-user.ts'

/** The plan as written into the link before the site is written to. While it stands, the result is unknown. */
export type Intent = {
  verb: 'create' | 'adopt' | 'update' | 'restore' | RemovalAction
  /** Begins with its UTC date and time: `20261123T101500123Z-9f2c…`. Names the audit row and goes along as a request header. */
  attempt: string
  epoch: number
  /** create, adopt: the intended login and address. */
  username: string | null
  email: string | null
  /** All but create: the account that will be written to. */
  wordpressId: number | null
  /** The site's clock when the intent was written, ms: an account registered earlier can't be ours. */
  siteTime: number
  /** Hashes of the fields as they will be afterwards. */
  hashes: FieldHashes
  /** suspend: the roles before it; set once, for a second try finds none. restore: those that the account gets back. */
  roles: string[] | null
  /** Of a removal: why. */
  reason: RemovalReason | null
}

/** Hashes of the values last applied, by field (see field-hash.ts): no personal data at rest. `roles`: of the managed ones; `singleSignOn`: of the marks. */
export type FieldHashes = Partial<Record<AccountField | 'roles' | 'singleSignOn', string>> & {
  [field in CustomField]?: string
}

/** Why a user isn't where the directory says, and when to look again. */
export type Failure = {
  /** Finished attempts since the last success; 0 = not a failure but a refusal that may end by itself. */
  attempts: number
  code: string
  /** ms since 1970. */
  retryAt: number
}

/**
 * The stored pair of a directory user and an account, with what was last applied.
 * `unlinked`: looked at, no account (refused, or an intent that never came true). `deleted` is a tombstone.
 */
export type Link = {
  connection: string
  objectId: string
  state: 'unlinked' | 'active' | 'suspended' | 'deleted'
  wordpressId: number | null
  login: string | null
  hashes: FieldHashes
  /** 16 hex digits (8 bytes) of what the link was last settled for; null = look again at the next enumeration. */
  fingerprint: string | null
  intent: Intent | null
  failure: Failure | null
  /** The reason of the last refusal while it stands (`no-email`, `email-taken` …). */
  refused: string | null
  /** Why the person doesn't belong on the site any more, and since when that was seen (ms); kept until they are back. */
  leaving: { reason: LeavingReason; since: number } | null
  /** suspended: the roles that the account had, to be given back. */
  roles: string[] | null
  /** What waits in the `h|` row; null = there is none. */
  removal: { action: RemovalAction; reason: RemovalReason } | null
  /** Tag of the directory's photo that the site shows; null = none of ours. Never part of hashes or fingerprint: see settle-photos.ts. */
  photo: string | null
  /** The person's posts, by post type. */
  posts: { readonly [type: string]: LinkedPost }
}

/** `suspended`, `singleSignOn`: what the companion plugin keeps; `to` of the marks is the userPrincipalName. */
export type Change = { field: FieldName | 'roles' | 'suspended' | 'singleSignOn'; from: string | null; to: string }

/** Somebody who was never looked at. */
export function emptyLink(connection: string, objectId: string): Link {
  return {
    connection,
    objectId,
    state: 'unlinked',
    wordpressId: null,
    login: null,
    hashes: {},
    fingerprint: null,
    intent: null,
    failure: null,
    refused: null,
    leaving: null,
    roles: null,
    removal: null,
    photo: null,
    posts: {},
  }
}
