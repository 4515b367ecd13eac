import type { Row } from './chaos-tables.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './oracle.ts'

/**
 * 6: one more full cycle after everything has come to rest writes nothing to the site and changes no link with an account. What is noted of
 * people without one may be of a moment in which they could not be read.
 */
export function judgeFullCycle(before: Evidence, after: Evidence): Finding[] {
  return [
    ...after.unrest.map((text) => ({ invariant: 6, detail: `one more full cycle doesn't end: ${text}` })),
    ...changesBetween(before, after, ['Links']).map((text) => ({
      invariant: 6,
      detail: `one more full cycle ${text}`,
    })),
  ]
}

/** 10: a dry run changes nothing on the site, no link, and no place in the directory. */
export function judgeDryRun(before: Evidence, after: Evidence): Finding[] {
  return [
    ...after.unrest.map((text) => ({ invariant: 10, detail: `a dry run doesn't end: ${text}` })),
    ...changesBetween(before, after, ['Links', 'Checkpoints']).map((text) => ({
      invariant: 10,
      detail: `a dry run ${text}`,
    })),
  ]
}

function changesBetween(before: Evidence, after: Evidence, tables: readonly ('Links' | 'Checkpoints')[]): string[] {
  const found: string[] = []
  const written = after.writes.slice(before.writes.length)
  for (const { kind, account, fields } of written) found.push(`wrote: account ${account} ${kind} (${fields})`)
  if (JSON.stringify(before.accounts) !== JSON.stringify(after.accounts)) found.push('changed accounts')
  for (const table of tables) {
    const known = new Map(before.rows[table].filter(isKept).map((row) => [row.rowKey, bare(row)]))
    for (const row of after.rows[table].filter(isKept)) {
      const was = known.get(row.rowKey)
      if (was === undefined) found.push(`added ${row.rowKey}`)
      else if (was !== bare(row)) found.push(`changed ${row.rowKey}: ${was} is now ${bare(row)}`)
      known.delete(row.rowKey)
    }
    for (const rowKey of known.keys()) found.push(`removed ${rowKey}`)
  }
  return found
}

/** A dry run's own place stands beside the others. */
function isKept(row: Row): boolean {
  return row.rowKey !== 'dry-run' && !(row.rowKey.startsWith('u|') && row['wordpressId'] === undefined)
}

/** Without what storage itself keeps. */
function bare(row: object): string {
  const { etag: _etag, timestamp: _timestamp, ...rest } = row as Record<string, unknown>
  return JSON.stringify(rest, Object.keys(rest).sort())
}
