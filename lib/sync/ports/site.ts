import type { CompanionSettings } from '../../domain/companion-settings.ts'
import type { CompanionValues } from '../../domain/companion.ts'
import type { Photo } from '../../domain/photo.ts'
import type { Capabilities, FieldValues, SiteUser } from '../../domain/site-user.ts'
import type { SitePosts } from './site-posts.ts'

/** One write. `attempt` goes along as the request header `X-Entra-Sync-Attempt`, inside a batch too. */
export type SiteWrite =
  | {
      kind: 'create'
      attempt: string
      username: string
      /** Holds an email. The adapter adds a random password that nobody ever sees. */
      fields: FieldValues
      /** Role slugs; absent = the site's default role. */
      roles?: string[]
      /** Sent along only where the site has the companion plugin. */
      companion?: CompanionValues
    }
  /** `roles` replaces all roles, `[]` takes all; absent = they stay. */
  | { kind: 'update'; attempt: string; id: number; fields: FieldValues; roles?: string[]; companion?: CompanionValues }
  /** Gives a user of the site's network the site's default role. Only with the companion plugin on a multisite. */
  | { kind: 'join'; attempt: string; id: number }
  /** Deletes the account for good (on a multisite: takes it off the site, with the companion plugin only); its content goes to the account `reassign`. The answer's user is the account as it was. */
  | { kind: 'delete'; attempt: string; id: number; reassign: number }

/** A refusal or failure of one item. `code` is WordPress' body code (`existing_user_email`, `rest_invalid_param` …). */
export type UserFault = {
  /**
   * username-taken, email-taken: look up who has it. gone: 404 rest_user_invalid_id. invalid: the values are refused, for good
   * until they change. forbidden: this item only. failed: anything else of this item, worth a delayed retry.
   */
  kind: 'username-taken' | 'email-taken' | 'gone' | 'invalid' | 'forbidden' | 'failed'
  status: number
  code: string
  /** Names of refused parameters (never their values). */
  params: string[]
  /** Of the roles that were sent, those that the refusal names. */
  roles?: string[]
}

export type SiteAnswer = { ok: true; user: SiteUser } | { ok: false; fault: UserFault }

/** A photo for an account. `tag`: the directory's, which the site keeps beside it. */
export type PhotoWrite = { attempt: string; id: number; photo: Photo; tag: string }

export type PhotoAnswer = { ok: true } | { ok: false; fault: UserFault }

/** One WordPress, as the lane uses it. Every method throws `SiteFault` when the site as a whole fails. */
export type Site = SitePosts & {
  /** Asks what the site can do, and checks the credential; each way of failing has a SiteFault of its own with the cure. */
  discover(): Promise<Capabilities>
  /** Cheap request that a healthy site with a good credential answers: `users/me`. */
  probe(): Promise<void>
  /** Accounts by id, any number (100 a request). An id the site doesn't have is not in the map. */
  readUsers(ids: readonly number[]): Promise<Map<number, SiteUser>>
  /**
   * Exact match, without case; never a search hit that only resembles it. On a multisite with the companion plugin users of the network
   * who are not on the site are found too, as `outside`.
   */
  findByEmail(email: string): Promise<SiteUser | null>
  findByUsername(username: string): Promise<SiteUser | null>
  /** Most writes that one request takes: 25 where users may be batched, else 1. Known after `discover`. */
  batchSize(): number
  /** Sends at most `batchSize()` writes as ONE request, in order; answers in the same order. */
  write(writes: readonly SiteWrite[]): Promise<SiteAnswer[]>
  /**
   * Makes this the account's avatar wherever the site keeps one (`photoTargets`), in place of the one before: repeated it leaves one file.
   * `proceed` is asked before each request but the first, for some sites need several; what it throws ends it.
   */
  writePhoto(write: PhotoWrite, proceed?: () => void): Promise<PhotoAnswer>
  /** Takes the photo that {@link writePhoto} left; fine where there is none. */
  removePhoto(write: Omit<PhotoWrite, 'photo' | 'tag'>, proceed?: () => void): Promise<PhotoAnswer>
  /** Tells the companion plugin what it has to know; false = it refuses. Only where there is one. */
  writeSettings(settings: CompanionSettings): Promise<boolean>
  /** The site's clock minus ours in milliseconds, from the newest Date header; 0 before the first answer. */
  clockOffset(): number
}
