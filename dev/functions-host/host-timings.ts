const second = 1000
const minute = 60 * second

/** The real host's own durations in milliseconds, times `scale`. What host.json sets is never scaled. */
export function hostTimings(scale = 1) {
  return {
    /** A received message is invisible this long, and renewed at half of it while its function runs. */
    queueLease: scale * 10 * minute,
    /** The lock that makes timers a singleton; a killed host's successor waits for it. */
    timerLock: scale * minute,
    /** Storage out of reach this long ends the host. */
    storageLost: scale * 30 * second,
  }
}

export type HostTimings = ReturnType<typeof hostTimings>
