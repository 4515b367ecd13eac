import { inspect } from 'node:util'

const levels = ['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None'] as const
export type LogLevel = (typeof levels)[number]

/** One line: time, level, category, invocation where there is one, message. */
export type Log = (level: LogLevel, category: string, message: string, invocationId?: string) => void

/** `minimum` is host.json's `logging.logLevel`: the longest category that is a prefix decides, then `default`. */
export function createLog(minimum: Record<string, LogLevel>, write: (line: string) => void): Log {
  const prefixes = Object.keys(minimum)
    .filter((prefix) => prefix !== 'default')
    .sort((a, b) => b.length - a.length)
  const wanted = (category: string): LogLevel =>
    minimum[prefixes.find((prefix) => category.startsWith(prefix)) ?? 'default'] ?? 'Information'
  return (level, category, message, invocationId) => {
    if (levels.indexOf(level) < levels.indexOf(wanted(category))) return
    const id = invocationId === undefined ? '' : ` [${invocationId}]`
    write(`${new Date().toISOString()} ${level} ${category}${id} ${message}\n`)
  }
}

/** `information` as the library says it, `Information` as host.json and the lines do. */
export function toLogLevel(level: string): LogLevel {
  return levels.find((known) => known.toLowerCase() === level.toLowerCase()) ?? 'Information'
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : inspect(error)
}

export const logLevels = levels
