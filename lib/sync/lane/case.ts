import type { LookUp } from '../../domain/directory-user.ts'
import { emptyLink, type Link } from '../../domain/link.ts'
import type { Look } from '../../domain/look.ts'
import type { MapResult } from '../../domain/mapping.ts'
import type { Plan, WritePlan } from '../../domain/plan.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import type { OutcomeStatus } from '../../domain/audit.ts'

/** One user while being settled: what both sides say, and what to do about it. */
export type Case = {
  look: Look
  /** As stored, or an empty one. */
  link: Link
  /** Of the link's row; null = there is none. */
  etag: string | null
  lookUp: LookUp
  desired: MapResult | null
  fingerprint: string | null
  /** The login a new account gets. */
  username: string
  /** null = the site doesn't have it, undefined = not read. */
  account: SiteUser | null | undefined
  /** The intent was open when the link was read: its result is unknown. */
  takeOver: boolean
  /** The open intent's effect was seen on the site. */
  visible: boolean
  /** Something is left to do after this attempt: look at once more. */
  unfinished: boolean
  /** The address is left as it is: its owner keeps it. */
  keepEmail: boolean
  attempt: string
  startedAt: number
  plan: Plan
}

export type WriteCase = Case & { plan: WritePlan }

/** What becomes of a look. */
export type LookResult =
  | { kind: 'done'; status: OutcomeStatus | null }
  /** Counted and stored: hand it on to a retry at that time (ms since 1970), then it is done. */
  | { kind: 'later'; status: OutcomeStatus | null; at: number }
  /** Nobody's fault, nothing finished: its message goes back. */
  | { kind: 'put-back'; after: number }
  /** At once, in this run; `batch` = most users that may share its request; `first` = look at that user before. */
  | { kind: 'again'; status: OutcomeStatus | null; batch?: number; first?: { connection: string; objectId: string } }

export function isWrite(one: Case): one is WriteCase {
  return one.plan.verb === 'create' || one.plan.verb === 'adopt' || one.plan.verb === 'update'
}

/** A case before anything is known but what the link and the directory say. */
export function newCase(look: Look, stored: { link: Link; etag: string } | null, lookUp: LookUp, now: number): Case {
  const link = stored?.link ?? emptyLink(look.connection, look.objectId)
  return {
    look,
    link,
    etag: stored?.etag ?? null,
    lookUp,
    desired: null,
    fingerprint: null,
    username: '',
    account: undefined,
    takeOver: link.intent !== null,
    visible: false,
    unfinished: false,
    keepEmail: false,
    attempt: '',
    startedAt: now,
    plan: { verb: 'none' },
  }
}
