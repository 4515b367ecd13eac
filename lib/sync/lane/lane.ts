import type { Capabilities } from '../../domain/site-user.ts'
import type { SiteSettings } from '../../domain/connection.ts'
import type { SyncContext } from '../context.ts'
import type { Site } from '../ports/site.ts'

/** One run of the one worker that writes to a site. */
export type Lane = {
  context: SyncContext
  settings: SiteSettings
  /** Grows with every run: an intent of an earlier epoch has an unknown result. */
  epoch: number
  /** Every call counts, waits for one of `concurrency` slots, and needs enough of the lease left. */
  site: Site
  /** What the site can do; asks it on the first call of a run that needs it: a run without changes sends no request. */
  capabilities(): Promise<Capabilities>
  /** Requests sent since somebody last took the figures. */
  requests: { sent: number; writes: number }
  /** Linked accounts that this run has read, and those whose login was not the stored one. */
  matches: { checked: number; wrong: number }
  /** Usernames and addresses being written: two users with an equal one are never in flight together. */
  reserved: Set<string>
}
