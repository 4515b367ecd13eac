import type { Link } from '../domain/link.ts'
import { inParallel } from './in-parallel.ts'
import { fromLinkRow, linkKey } from './link-row.ts'
import { keyPart } from './row-key.ts'
import type { Table } from './table.ts'

type StoredLink = { link: Link; etag: string }

/** Point reads under way at a time. */
const parallelReads = 64
/** For fewer ids than this no range is tried. */
const rangeFrom = 50
/** A page of a range pays where at least this share of its rows is wanted: a row of a page costs a tenth of a point read, or less. */
const worthwhile = 0.1
const pageSize = 1000
/** How long the number of links in a range that didn't pay is believed. */
const sparseFor = 5 * 60_000

/**
 * Tables have no multi-get. Where links are dense, pages over the ids' range are read as long as they pay: a first sync, where
 * hardly any link exists, asks once for hundreds of ids. What no page covered is read by point reads in parallel.
 */
export function readLinks(table: Table, clock: () => number = Date.now) {
  /** Site and connection → about how many links lie between the first and the last id of a request. */
  const sparse = new Map<string, { links: number; until: number }>()

  return async (site: string, connection: string, ids: readonly string[]): Promise<Map<string, StoredLink>> => {
    const partition = keyPart(site)
    const wanted = new Map(ids.map((id) => [linkKey(connection, id), id]))
    const found = new Map<string, StoredLink>()
    const memo = `${site}|${connection}`
    let keys = [...wanted.keys()].sort()

    const known = sparse.get(memo)
    if (known === undefined || known.until <= clock() || keys.length >= known.links * worthwhile)
      while (keys.length >= rangeFrom) {
        // `!` sorts before every character of a key, so the range ends with the last key itself.
        const range = { partition, from: keys[0] as string, to: `${keys.at(-1)}!` }
        const { rows, next } = await table.page(range, pageSize)
        for (const row of rows) {
          const id = wanted.get(row['rowKey'] as string)
          if (id !== undefined) found.set(id, fromLinkRow(row))
        }
        const lastRead = rows.at(-1)?.['rowKey'] as string | undefined
        const left = next === undefined ? [] : keys.filter((key) => lastRead === undefined || key > lastRead)
        const covered = keys.length - left.length
        if (covered === 0 || covered < rows.length * worthwhile) {
          sparse.set(memo, { links: (rows.length * keys.length) / Math.max(covered, 0.5), until: clock() + sparseFor })
          keys = left
          break
        }
        keys = left
      }

    await inParallel(keys, parallelReads, async (key) => {
      const row = await table.get(partition, key)
      const id = wanted.get(key)
      if (row !== null && id !== undefined) found.set(id, fromLinkRow(row))
    })
    return found
  }
}
