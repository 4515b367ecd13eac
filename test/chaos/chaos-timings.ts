import { defaultTimings, type Timings } from '../../lib/domain/timings.ts'

const second = 1000

/**
 * Durations in which a dead process is waited for are a few seconds, so that many deaths fit into a run. Those of a day and more stay as
 * they are: the run sets its clock forward instead.
 */
export const chaosTimings: Timings = {
  ...defaultTimings,
  laneLease: 5 * second,
  laneLeaseRenewal: second,
  // Longer than a request takes, as in the program itself.
  laneRequestReserve: 3.5 * second,
  siteRequest: 3 * second,
  laneRun: 4 * second,
  laneVisibility: 6 * second,
  lateWrite: 6 * second,
  readerRun: 3 * second,
  readerLease: 3 * second,
  readerFlush: 0.3 * second,
  secondLook: 2.5 * second,
  messageLost: 7 * second,
  configurationYield: second,
  userRetryFirst: second,
  userRetryMax: 4 * second,
  userRetryInQueue: 10 * second,
  breakerFirst: 0.5 * second,
  breakerMax: 2 * second,
  directoryRetry: 0.5 * second,
  membershipsFresh: 2 * second,
}
