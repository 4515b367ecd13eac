import type { Row } from './chaos-tables.ts'

/** Rows of Links as docs/storage-schema.md says them, read without the program's own code. */
export type SeenLink = {
  objectId: string
  state: string
  wordpressId: number | null
  login: string | null
  refused: string | null
  failure: { attempts: number; code: string } | null
  intentOpen: boolean
}
export type SeenRemoval = { objectId: string; state: string; action: string; reason: string }

export function linksOf(rows: readonly Row[]): SeenLink[] {
  return rows
    .filter(({ rowKey }) => rowKey.startsWith('u|'))
    .map((row) => ({
      objectId: String(row['objectId']),
      state: String(row['state']),
      wordpressId: row['wordpressId'] === undefined ? null : Number(row['wordpressId']),
      login: text(row['login']),
      refused: text(row['refused']),
      failure: JSON.parse(text(row['failure']) ?? 'null') as SeenLink['failure'],
      intentOpen: row['intentOpen'] === true,
    }))
}

/** Object id by WordPress id: whose account this is, or ever was. */
export function ownersOf(rows: readonly Row[]): Map<number, string> {
  const ways = rows.filter(({ rowKey }) => rowKey.startsWith('w|'))
  return new Map(ways.map((row) => [Number(row.rowKey.slice(2)), String(row['objectId'])]))
}

export function removalsOf(rows: readonly Row[]): SeenRemoval[] {
  return rows
    .filter(({ rowKey }) => rowKey.startsWith('h|'))
    .map((row) => ({
      objectId: String(row['objectId']),
      state: String(row['state']),
      action: String(row['action']),
      reason: String(row['reason']),
    }))
}

export type SeenOutcome = {
  attempt: string
  objectId: string
  status: string
  reason: string | null
  wordpressId: number | null
  /** ms since 1970, by the app's clock. */
  at: number
  /** When the attempt began, by the app's clock: its id begins with it. */
  begun: number
}

export function outcomesOf(rows: readonly Row[]): SeenOutcome[] {
  return rows.map((row) => {
    const attempt = String(row['attempt'])
    return {
      attempt,
      objectId: String(row['objectId']),
      status: String(row['status']),
      reason: text(row['reason']),
      wordpressId: row['wordpressId'] === undefined ? null : Number(row['wordpressId']),
      at: Number(row['at']),
      begun: timeOf(attempt),
    }
  })
}

/** `20261123T101500123Z-…` → ms since 1970. */
export function timeOf(attempt: string): number {
  const [, year, month, day, hour, minute, second, rest] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z/.exec(attempt) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}Z`)
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
