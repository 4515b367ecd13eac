const months = 'january february march april may june july august september october november december'.split(' ')
const days = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ')

const fields: { name: string; from: number; to: number; names: string[]; firstName: number }[] = [
  { name: 'second', from: 0, to: 59, names: [], firstName: 0 },
  { name: 'minute', from: 0, to: 59, names: [], firstName: 0 },
  { name: 'hour', from: 0, to: 23, names: [], firstName: 0 },
  { name: 'day', from: 1, to: 31, names: [], firstName: 0 },
  { name: 'month', from: 1, to: 12, names: months, firstName: 1 },
  { name: 'day of the week', from: 0, to: 6, names: days, firstName: 0 },
]

/**
 * What is wrong with a six-field NCRONTAB expression, or null.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function checkSchedule(schedule: string): string | null {
  const parts = schedule.trim().split(/\s+/)
  if (parts.length !== fields.length)
    return `must have six fields (second minute hour day month day-of-week), has ${parts.length}; every 15 minutes is "0 */15 * * * *"`
  for (const [index, field] of fields.entries())
    if (!(parts[index] ?? '').split(',').every((part) => isPart(part.toLowerCase(), field)))
      return `its ${field.name} must be *, numbers from ${field.from} to ${field.to}, ranges (a-b) or steps (*/n), with commas between them`
  return null
}

function isPart(part: string, field: (typeof fields)[number]): boolean {
  const [range = '', step, ...more] = part.split('/')
  if (more.length > 0 || (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0 && Number(step) <= field.to)))
    return false
  if (range === '*') return true
  const ends = range.split('-').map((end) => numberOf(end, field))
  const [first = -1, last = first] = ends
  return ends.length <= 2 && ends.every((end) => end >= field.from && end <= field.to) && first <= last
}

function numberOf(text: string, { names, firstName }: (typeof fields)[number]): number {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const named = names.findIndex((name) => name === text || name.slice(0, 3) === text)
  return named < 0 ? -1 : named + firstName
}
