import { Conflict } from '../domain/faults.ts'
import type { LinkStore, LinkWrite } from '../sync/ports/store.ts'
import { toGuardRow } from './guard-row.ts'
import { linkActions, operationsOf } from './link-actions.ts'
import type { Action, Table } from './table.ts'
import {
  type Written,
  keepEtags,
  operationOwner,
  transactionSize,
  withoutDoubles,
  writePeople,
} from './write-people.ts'

/**
 * Writes links on condition, with what belongs to them in the same transaction. Lost are whose link, `h|` row or giver is not as
 * it was, whose reverse row exists (link and reverse row are written together, so then the link was removed by hand), or to whom an
 * account is handed over that isn't the giver's.
 */
export async function writeLinks(table: Table, site: string, writes: readonly LinkWrite[]): Promise<Written> {
  const written: Written = { etags: new Map(), lost: new Set() }
  return writePeople(table, await linkActions(table, site, writes, written), written)
}

/**
 * One transaction with the guard's row. Whose precondition fails is left out, and the transaction goes again with the guard's row as
 * given, for nobody at last: the window then counts one removal too many, which is the safe side. Everybody is lost where the guard's row
 * is not as it was, and where storage doesn't say what failed.
 * @throws RangeError for more than a transaction holds
 */
export async function writeGuarded(
  table: Table,
  site: string,
  writes: readonly LinkWrite[],
  { connection, guard, etag }: Parameters<LinkStore['writeGuarded']>[2],
): Promise<Written> {
  const operations = writes.reduce((sum, write) => sum + operationsOf(write), 1)
  if (operations > transactionSize)
    throw new RangeError(`${operations} operations don't fit into one transaction with the guard's row`)
  const row = toGuardRow(site, connection, guard)
  const first: Action = etag === null ? ['create', row] : ['update', row, 'Replace', { etag }]

  const written: Written = { etags: new Map(), lost: new Set() }
  let left = withoutDoubles(await linkActions(table, site, writes, written), written)
  for (;;) {
    try {
      const [, ...etags] = await table.transact([first, ...left.flatMap(({ actions }) => actions)])
      keepEtags(left, etags, written)
      return written
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      const loser = operationOwner(left, error.index - 1)
      const lost = loser ? [loser] : left
      for (const { objectId } of lost) written.lost.add(objectId)
      if (!loser) return written
      left = left.filter((one) => one !== loser)
    }
  }
}
