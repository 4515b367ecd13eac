import { Cron } from 'croner'

export type TimerSchedule = {
  /** The first occurrence after `date`; null where none ever comes. */
  next(date: Date): Date | null
  /** Two occurrences may lie less than a minute apart: then the host keeps no status and catches nothing up. */
  isFrequent: boolean
}

/**
 * Parses NCRONTAB: five or six fields, UTC as in Azure. What the cron library takes beyond it (`L`, `W`, `#`, `?`, `@daily`, Sunday as 7) is
 * refused, and a day must match both day fields. @throws Error
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function parseTimerSchedule(expression: string): TimerSchedule {
  const fields = expression.trim().split(/\s+/)
  const isPlain = fields.every((field) => /^[\d*,/-]+$|^[A-Za-z]{3}([,-][A-Za-z]{3})*$/.test(field))
  if (!isPlain || (fields.length !== 5 && fields.length !== 6) || /7/.test(fields.at(-1)?.replace(/\/.*/, '') ?? ''))
    throw new Error(`The schedule expression '${expression}' was not recognized as a valid cron expression.`)
  let cron: Cron
  try {
    cron = new Cron(fields.join(' '), { timezone: 'UTC', domAndDow: true, mode: '5-or-6-parts' })
  } catch (cause) {
    throw new Error(`The schedule expression '${expression}' was not recognized as a valid cron expression.`, { cause })
  }
  const next = (date: Date) => cron.nextRun(date)
  const upcoming = cron.nextRuns(5)
  const isFrequent = upcoming.some(
    (date, index) => index > 0 && date.getTime() - (upcoming[index - 1]?.getTime() ?? 0) < 60_000,
  )
  return { next, isFrequent }
}
