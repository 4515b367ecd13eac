import type { SignOnMarks } from '../../domain/companion.ts'
import type { LookUp } from '../../domain/directory-user.ts'
import { emptyLink, type Link } from '../../domain/link.ts'
import type { Look } from '../../domain/look.ts'
import type { Removal } from '../../domain/leaving.ts'
import { noManagedRoles, type ManagedRoles } from '../../domain/managed-roles.ts'
import type { MapResult } from '../../domain/mapping.ts'
import { isRemovalPlan, type LeavingPlan, type Plan, type RemovalPlan } from '../../domain/plan.ts'
import type { MappedPost } from '../../domain/post-mapping.ts'
import type { WritePlan } from '../../domain/write-plan.ts'
import type { Standing } from '../../domain/standing.ts'
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
  /** Of the configured groups, those that the person is in, nested ones too. */
  memberships: string[]
  standing: Standing
  desired: MapResult | null
  roles: ManagedRoles
  /** Why nothing can be done for somebody who belongs on the site; null = nothing is in the way. */
  fault: { code: string; message: string } | null
  fingerprint: string | null
  /** What the person's posts should say; empty where the directory has nobody to map. */
  posts: readonly MappedPost[]
  /** What the link gets once the posts are settled too; null = nothing is to be done about posts. */
  afterPosts: Pick<Link, 'fingerprint' | 'failure'> | null
  /** What waits in the `h|` row. */
  removal: { removal: Removal; etag: string } | null
  /** What single sign-on plugins shall know the account by; null = nothing is marked here. */
  marks: SignOnMarks | null
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
  /** What waits in the `h|` row goes on waiting, whatever else is written. */
  keepsRemoval: boolean
  /** An operator let this removal go: the guard doesn't count it. */
  approved: boolean
  /** Of a deletion: the account that gets the content. */
  heir: number | null
  /** The account was this person's before, and its way back is there. */
  rejoins: boolean
  /** The account's last owner, who left, and their link's ETag. */
  handover: { from: Link; etag: string } | null
  attempt: string
  startedAt: number
  plan: Plan
}

export type WriteCase = Case & { plan: WritePlan | RemovalPlan }
export type RemovalCase = Case & { plan: RemovalPlan }

export type LeavingCase = Case & { plan: LeavingPlan }

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
  const { verb } = one.plan
  return verb === 'create' || verb === 'adopt' || verb === 'update' || verb === 'restore' || isRemoval(one)
}

export function isRemoval(one: Case): one is RemovalCase {
  return isRemovalPlan(one.plan)
}

/** A case before anything is known but what the link and the directory say. */
export function newCase(look: Look, stored: { link: Link; etag: string } | null, lookUp: LookUp, now: number): Case {
  const link = stored?.link ?? emptyLink(look.connection, look.objectId)
  return {
    look,
    link,
    etag: stored?.etag ?? null,
    lookUp,
    memberships: [],
    standing: { kind: 'unknown', message: 'not asked yet' },
    desired: null,
    roles: noManagedRoles,
    fault: null,
    fingerprint: null,
    posts: [],
    afterPosts: null,
    removal: null,
    marks: null,
    username: '',
    account: undefined,
    takeOver: link.intent !== null,
    visible: false,
    unfinished: false,
    keepEmail: false,
    keepsRemoval: false,
    approved: false,
    heir: null,
    rejoins: false,
    handover: null,
    attempt: '',
    startedAt: now,
    plan: { verb: 'none' },
  }
}
