import type { Guard } from '../../domain/deletion-guard.ts'
import type { Removal } from '../../domain/leaving.ts'
import type { Link } from '../../domain/link.ts'
import type { Cycle, Checkpoint, CycleCounters } from '../../domain/cycle.ts'
import type { AuditRow } from '../../domain/audit.ts'
import type { PhotoPoll } from '../../domain/photo.ts'
import type { Capabilities } from '../../domain/site-user.ts'

/** A stored row with the ETag it was read with; `etag: null` means it must not exist yet. */
export type Stored<T> = { row: T; etag: string | null }

/**
 * A link write: conditional on `etag` (null = insert-only). In the same transaction: `reverse` adds the `w|` row, insert-only; `removal`
 * writes the `h|` row, or takes it away where it stands with this ETag.
 */
export type LinkWrite = {
  link: Link
  etag: string | null
  reverse?: boolean
  removal?: Removal | { drop: string }
  /** The account comes from another person's link, who left: theirs is written too, and the `w|` row changes hands. */
  handover?: { from: Link; etag: string }
}

export type LinkStore = {
  /** Links of one connection by object id; ids without a link are not in the map. */
  read(site: string, connection: string, ids: readonly string[]): Promise<Map<string, { link: Link; etag: string }>>
  /**
   * All writes belong to one site. Split into transactions of at most 100 rows. Never throws for a failed precondition: `lost` has
   * the object ids whose ETag no longer held or whose row (or reverse row) existed, the rest are written and have their new ETag.
   */
  write(site: string, writes: readonly LinkWrite[]): Promise<{ etags: Map<string, string>; lost: Set<string> }>
  /** Which connection and object id an account of the site belongs to, or ever belonged to; null = never linked. */
  ownerOf(site: string, wordpressId: number): Promise<{ connection: string; objectId: string } | null>
  /** Every link of the connection, in id order, with what an enumeration needs: bulk, never a read a user. `after`: an object id to go on behind. */
  fingerprints(
    site: string,
    connection: string,
    after?: string,
  ): AsyncIterable<{
    objectId: string
    fingerprint: string | null
    intentOpen: boolean
    state: Link['state']
  }>
  /** Whole links of the connection in id order, at most `max` (1,000) behind `after`. */
  page(site: string, connection: string, after: string | null, max: number): Promise<{ link: Link; etag: string }[]>
  /** Suspensions and deletions that wait: `h|` rows in id order, at most `max` behind `after`. */
  removals(
    site: string,
    connection: string,
    options?: { after?: string; max?: number },
  ): AsyncIterable<{ removal: Removal; etag: string }>
  /** The `h|` rows of these people; who has none is not in the map. */
  readRemovals(
    site: string,
    connection: string,
    ids: readonly string[],
  ): Promise<Map<string, { removal: Removal; etag: string }>>
  /** Replaces `h|` rows, each on condition of its ETag; `lost` has the object ids of those that are gone or not as they were. */
  decide(site: string, removals: readonly { removal: Removal; etag: string }[]): Promise<{ lost: Set<string> }>
  readGuard(site: string, connection: string): Promise<{ guard: Guard; etag: string } | null>
  /** Conditional on `etag` (null = insert-only). @throws Conflict */
  writeGuard(site: string, connection: string, guard: Guard, etag: string | null): Promise<void>
  /**
   * Intents of removals with the guard's row: of at most 30 people, who fit in one transaction together. As `write`; `lost` has everybody where the
   * guard's row is not as it was.
   */
  writeGuarded(
    site: string,
    writes: readonly LinkWrite[],
    guard: { connection: string; guard: Guard; etag: string | null },
  ): Promise<{ etags: Map<string, string>; lost: Set<string> }>
  /** A look that is due later than a queue message should wait. Upsert; one row a person and due time. */
  scheduleLook(site: string, connection: string, objectId: string, due: number): Promise<void>
  /** Looks due at or before `now`, at most 1,000. */
  dueLooks(site: string, now: number): Promise<{ connection: string; objectId: string; due: number }[]>
  removeLooks(site: string, looks: readonly { connection: string; objectId: string; due: number }[]): Promise<void>
}

export type CheckpointStore = {
  read(connection: string, stream: string): Promise<Stored<Checkpoint> | null>
  /** Conditional on `etag` (null = insert-only); returns the new ETag; throws `Conflict` when it no longer holds. */
  write(connection: string, stream: string, checkpoint: Checkpoint, etag: string | null): Promise<string>
  /** The row of a message under way. Upsert. */
  putMessage(connection: string, cycle: string, number: number, ids: readonly string[], sentAt: number): Promise<void>
  /**
   * Removes the row of the message that was sent at `sentAt`. Resolves where it is gone already, and leaves the row of a message
   * that was sent again since, perhaps with other ids.
   */
  removeMessage(connection: string, cycle: string, number: number, sentAt: number): Promise<void>
  readPhotoPoll(connection: string): Promise<Stored<PhotoPoll> | null>
  /** As {@link write}, for the row `photos`. */
  writePhotoPoll(connection: string, poll: PhotoPoll, etag: string | null): Promise<string>
  /** Rows of messages under way in a cycle, oldest number first; at most `max`. */
  messages(connection: string, cycle: string, max: number): Promise<{ number: number; ids: string[]; sentAt: number }[]>
}

export type CycleStore = {
  put(cycle: Cycle): Promise<void>
  read(connection: string, id: string): Promise<Cycle | null>
  /** Newest first. */
  list(connection: string, max: number): Promise<Cycle[]>
  /** Adds to the counters and sets the given fields; retried on a lost ETag until it holds. Ignored where the cycle is gone. */
  add(connection: string, id: string, counters: Partial<CycleCounters>, set?: Partial<Cycle>): Promise<void>
}

/** Rows of one site: lane lease, breaker, capabilities. */
export type LaneRow = { epoch: number; owner: string | null; until: number }
export type BreakerRow = {
  /** 0 = closed. Milliseconds since 1970. */
  openUntil: number
  failures: number
  since: number
  reason: string
  message: string
}

/** How far a connection's verify pass is: `v|connection` of Sites. */
export type VerifyRow = {
  startedAt: number
  /** Object id of the last link compared; null = at the beginning, or finished. */
  after: string | null
  finishedAt: number | null
  /** Of the pass under way, or the last one. */
  checked: number
  drifted: number
  missing: number
}

export type SiteStore = {
  readVerify(site: string, connection: string): Promise<VerifyRow | null>
  writeVerify(site: string, connection: string, row: VerifyRow): Promise<void>
  readLane(site: string): Promise<Stored<LaneRow> | null>
  writeLane(site: string, row: LaneRow, etag: string | null): Promise<string>
  readBreaker(site: string): Promise<BreakerRow | null>
  writeBreaker(site: string, row: BreakerRow): Promise<void>
  readCapabilities(site: string): Promise<{ capabilities: Capabilities; at: number } | null>
  writeCapabilities(site: string, capabilities: Capabilities, at: number): Promise<void>
}

export type AuditStore = {
  /** Upserts by the row's key, so a repeat changes nothing; rows may be of several days and connections. */
  write(rows: readonly AuditRow[]): Promise<void>
  /**
   * Rows of one connection and day, newest first, at most `max`. `day` as YYYYMMDD. With `dryRun` those of that dry run only, without it those of
   * none.
   */
  list(connection: string, day: string, max: number, dryRun?: string): Promise<AuditRow[]>
  /** Drops the tables of days before `firstKept` (YYYYMMDD); tolerates tables that are being deleted; returns the days dropped. */
  dropBefore(firstKept: string): Promise<string[]>
}

export type Stores = {
  links: LinkStore
  checkpoints: CheckpointStore
  cycles: CycleStore
  sites: SiteStore
  audit: AuditStore
}
