/**
 * Faults are thrown; refusals are values. `lib/sync` tells only these four apart.
 * Messages never hold secrets or personal values: they go to logs and to the audit.
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  /** Milliseconds to wait, or null where the other side didn't say. */
  readonly after: number | null
  constructor(message: string, after: number | null, options?: ErrorOptions) {
    super(message, options)
    this.after = after
  }
}

/** Waiting won't help: somebody must change something. `reason` is a stable code for audit and status. */
export class Terminal extends Error {
  override readonly name = 'Terminal'
  readonly reason: string
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** A conditional write failed: somebody else was there first. `index` names the operation in a transaction. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
  readonly index: number
  constructor(message: string, index = 0, options?: ErrorOptions) {
    super(message, options)
    this.index = index
  }
}

/** The site as a whole can't be worked with now: opens its breaker. `message` says what happened, why, and the cure. */
export class SiteFault extends Error {
  override readonly name = 'SiteFault'
  /** Stable code: `unreachable`, `timeout`, `wrong-credentials`, `redirect`, `not-json`, `throttled`, `server-error` … */
  readonly reason: string
  /** HTTP status, or null where there was no answer. */
  readonly status: number | null
  readonly after: number | null
  constructor(
    reason: string,
    message: string,
    details: { status?: number | null; after?: number | null } & ErrorOptions = {},
  ) {
    super(message, details)
    this.reason = reason
    this.status = details.status ?? null
    this.after = details.after ?? null
  }
}
