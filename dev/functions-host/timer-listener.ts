import { setTimeout as delay } from 'node:timers/promises'
import type { TypedData } from './core-types.ts'
import { describeError, type Log } from './log.ts'
import type { Listener } from './queue-listener.ts'
import type { TimerSchedule } from './timer-schedule.ts'
import type { ScheduleStatus, TimerStore } from './timer-store.ts'

export type Timer = {
  functionName: string
  schedule: TimerSchedule
  runOnStartup: boolean
  /** Keeps a schedule status, so that an occurrence missed while no host ran is caught up once. */
  useMonitor: boolean
  run(data: TypedData): Promise<unknown>
}

/** .NET's DateTime before anything was set. */
const never = new Date('0001-01-01T00:00:00Z')
/** A JavaScript timeout holds 24.8 days at most. */
const longestPause = 24 * 24 * 3600 * 1000

/**
 * Fires one timer until stopped. The first start of all doesn't fire; a missed occurrence fires once at start, as past due; runs of one
 * timer never overlap, and of the occurrences that fall into a run one is made up for right after it.
 */
export function listenToTimer(timer: Timer, store: TimerStore, log: Log): Listener {
  const { functionName, schedule, useMonitor } = timer
  const category = `Function.${functionName}`
  const stopping = new AbortController()
  let status: ScheduleStatus

  async function start(): Promise<{ isPastDue: boolean }> {
    const now = new Date()
    const stored = useMonitor ? await store.read(functionName) : null
    if (stored !== null) {
      status = stored
      const since = stored.last > never ? stored.last : stored.lastUpdated
      if (schedule.next(since)?.getTime() === stored.next.getTime()) return { isPastDue: now > stored.next }
      log('Information', category, 'The schedule has changed since the timer ran last.')
    }
    status = { last: stored?.last ?? never, next: nextOf(now), lastUpdated: now }
    if (useMonitor) await store.write(functionName, status)
    return { isPastDue: false }
  }

  async function fire(isPastDue: boolean, onStartup = false): Promise<void> {
    const invoked = new Date()
    await timer.run(timerData(useMonitor ? status : null, isPastDue)).catch(() => undefined)
    // A timeout can end a little early: without this the same occurrence would come twice.
    const occurrence = !isPastDue && !onStartup && status.next > invoked ? status.next : invoked
    status = { last: occurrence, next: nextOf(occurrence), lastUpdated: occurrence }
    if (useMonitor) await store.write(functionName, status)
  }

  function nextOf(date: Date): Date {
    const next = schedule.next(date)
    if (next === null) throw new Error('The schedule has no further occurrence.')
    return next
  }

  async function waitForNext(): Promise<void> {
    for (;;) {
      const left = status.next.getTime() - Date.now()
      if (left <= 0) return
      await delay(Math.min(left, longestPause), undefined, { signal: stopping.signal })
    }
  }

  async function listen(): Promise<void> {
    const { isPastDue } = await start()
    if (stopping.signal.aborted) return
    if (isPastDue) await fire(true)
    else if (timer.runOnStartup) await fire(false, true)
    while (!stopping.signal.aborted) {
      await waitForNext().catch(() => undefined)
      if (!stopping.signal.aborted) await fire(false)
    }
  }

  const attempt = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        return await listen()
      } catch (error) {
        log('Error', category, `The timer stopped: ${describeError(error)}`)
        await delay(1000, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }
  const listening = attempt()
  return {
    stop: async () => {
      stopping.abort()
      await listening
    },
  }
}

/** The trigger's data as the host sends it: the library turns the keys into camel case. */
export function timerData(status: ScheduleStatus | null, isPastDue: boolean): TypedData {
  const scheduleStatus =
    status === null
      ? null
      : {
          Last: status.last.toISOString(),
          LastUpdated: status.lastUpdated.toISOString(),
          Next: status.next.toISOString(),
        }
  return {
    json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: scheduleStatus, IsPastDue: isPastDue }),
  }
}
