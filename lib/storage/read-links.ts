import type { Link } from '../domain/link.ts'
import { inParallel } from './in-parallel.ts'
import { fromLinkRow, linkKey } from './link-row.ts'
import { keyPart } from './row-key.ts'
import type { Table } from './table.ts'

/** Point reads under way at a time. */
const parallelReads = 64
/** From this many ids on, one page of their range may replace many point reads. */
const rangeFrom = 50
/** A range that covered less than this share of the ids isn't tried again for a while. */
const worthwhile = 0.1
const sparseFor = 5 * 60_000

/**
 * Tables have no multi-get: links are read by point reads in parallel, and before that by one page over the ids' range where
 * links may be dense: a page that covers all ids (a first sync, where hardly any link exists) makes one round trip of hundreds.
 */
export function readLinks(table: Table, clock: () => number = Date.now) {
  const sparse = new Map<string, number>()

  return async (
    site: string,
    connection: string,
    ids: readonly string[],
  ): Promise<Map<string, { link: Link; etag: string }>> => {
    const partition = keyPart(site)
    const wanted = new Map(ids.map((id) => [linkKey(connection, id), id]))
    const found = new Map<string, { link: Link; etag: string }>()
    const memo = `${site}|${connection}`

    if (wanted.size >= rangeFrom && (sparse.get(memo) ?? 0) <= clock()) {
      const keys = [...wanted.keys()].sort()
      const [from, last] = [keys[0] as string, keys.at(-1) as string]
      // `!` sorts before every character of a key: the smallest key after `last`.
      const page = await table.page({ partition, from, to: `${last}!` }, 1000)
      const lastRead = page.rows.at(-1)?.['rowKey'] as string | undefined
      for (const row of page.rows) {
        const id = wanted.get(row['rowKey'] as string)
        if (id !== undefined) found.set(id, fromLinkRow(row))
      }
      const total = wanted.size
      for (const key of keys)
        if (page.next === undefined || (lastRead !== undefined && key <= lastRead)) wanted.delete(key)
      if ((total - wanted.size) / total < worthwhile) sparse.set(memo, clock() + sparseFor)
    }

    await inParallel([...wanted], parallelReads, async ([key, id]) => {
      const row = await table.get(partition, key)
      if (row !== null) found.set(id, fromLinkRow(row))
    })
    return found
  }
}
