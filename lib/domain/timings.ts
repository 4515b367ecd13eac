const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Every duration of the program, in milliseconds. Tests and fault runs scale all of them at once with {@link scaleTimings}. */
export const defaultTimings = {
  /** Lane lease: no request goes to the site with less than `laneRequestReserve` of it left. */
  laneLease: 90 * second,
  laneLeaseRenewal: 20 * second,
  laneRequestReserve: 65 * second,
  /** A lane works this long, then sends `drain` again: under the 5 minutes of the smallest plan. */
  laneRun: 4 * minute,
  /** Visibility of messages that the lane receives: longer than a run. */
  laneVisibility: 5.5 * minute,
  siteRequest: 60 * second,
  /** PHP may run on after a timeout: an account whose creation got no answer may still appear for this long. */
  lateWrite: 5 * minute,
  /** The reader follows pages this long, then sends itself again. */
  readerRun: 4 * minute,
  readerLease: 2 * minute,
  readerFlush: 20 * second,
  /** Graph's replicas lag: a signal younger than this is looked at once more when it has this age. */
  secondLook: 5 * minute,
  /** A message of a cycle whose ids are still open this long after it was sent is sent again. */
  messageLost: 20 * minute,
  /** The pause of a process whose configuration a later started process has replaced. */
  configurationYield: minute,
  userRetryFirst: 30 * second,
  userRetryMax: 12 * hour,
  /** Longer waits are rows, not messages. */
  userRetryInQueue: 10 * minute,
  failedUserSecondChance: day,
  breakerFirst: 30 * second,
  breakerMax: 30 * minute,
  /** Where the other side didn't say how long to wait. */
  directoryRetry: 30 * second,
  /** A single user whose message was received this often (it may be killing the process) waits this long. */
  suspectUser: day,
  capabilitiesFresh: hour,
  /** Bulk memberships are kept this long, while no group changes. */
  membershipsFresh: 15 * minute,
  /** Two absences this far apart are evidence that somebody is gone for good. */
  absenceConfirmed: day,
  /** Soft-deleted people are purged after 30 days: then they are looked at once more. */
  softDeletedKept: 31 * day,
  /** The deletion guard's window. */
  guardWindow: day,
  /** An approval lapses. */
  approvalLapses: 3 * day,
  /** The photo poll works this long, then pauses: it is spread over time, and nobody waits for it. */
  photoPollRun: minute,
  photoPollPause: minute,
  poisonReport: 6 * hour,
}

export type Timings = typeof defaultTimings

/**
 * The timings multiplied by `factor`; whole milliseconds, at least 1. Not `siteRequest`: another clock makes no site answer
 * faster, and each request that is given up too early opens the breaker.
 */
export function scaleTimings(timings: Timings, factor: number): Timings {
  const scaled = { ...timings }
  for (const name of Object.keys(scaled) as (keyof Timings)[])
    if (name !== 'siteRequest') scaled[name] = Math.max(1, Math.round(scaled[name] * factor))
  return scaled
}
