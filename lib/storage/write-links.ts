import type { TransactionAction } from '@azure/data-tables'
import { Conflict } from '../domain/faults.ts'
import type { LinkWrite } from '../sync/ports/store.ts'
import { inParallel } from './in-parallel.ts'
import { toLinkRow } from './link-row.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { Table } from './table.ts'

/** A transaction holds this many operations: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
const transactionSize = 100
const parallelTransactions = 4

type Prepared = { objectId: string; actions: TransactionAction[] }
type Written = { etags: Map<string, string>; lost: Set<string> }

/**
 * Writes links on condition. A failed precondition loses that person only: a transaction names the operation that failed, the
 * person is left out and the rest goes again. Lost are also a reverse row that exists (link and reverse row are written together,
 * so then the link was removed by hand), a second write for the same row, and a row whose transaction was done but answered by
 * nobody: its retry finds a newer ETag. The caller looks again at everybody who is lost, so that is never wrong.
 */
export async function writeLinks(table: Table, site: string, writes: readonly LinkWrite[]): Promise<Written> {
  const written: Written = { etags: new Map(), lost: new Set() }
  const taken = new Set<string>()
  const chunks: Prepared[][] = []
  let room = 0
  for (const write of writes) {
    const prepared = prepare(site, write)
    const keys = prepared.actions.map(([, row]) => row.rowKey)
    if (keys.some((key) => taken.has(key))) {
      written.lost.add(write.link.objectId)
      continue
    }
    for (const key of keys) taken.add(key)
    if (room < keys.length) {
      chunks.push([])
      room = transactionSize
    }
    room -= keys.length
    chunks.at(-1)?.push(prepared)
  }
  await inParallel(chunks, parallelTransactions, (chunk) => writeChunk(table, chunk, written))
  return written
}

async function writeChunk(table: Table, chunk: Prepared[], written: Written): Promise<void> {
  let left = chunk
  while (left.length > 0) {
    try {
      const etags = await table.transact(left.flatMap(({ actions }) => actions))
      let at = 0
      for (const { objectId, actions } of left) {
        const etag = etags[at]
        at += actions.length
        // Without its new ETag nobody can tell the row from a later one: look again.
        if (etag === undefined) written.lost.add(objectId)
        else written.etags.set(objectId, etag)
      }
      return
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      const loser = left.length === 1 ? left[0] : operationOwner(left, error.index)
      if (loser === undefined) {
        // Storage didn't say which one: each alone.
        for (const one of left) await writeChunk(table, [one], written)
        return
      }
      written.lost.add(loser.objectId)
      left = left.filter((one) => one !== loser)
    }
  }
}

function operationOwner(chunk: readonly Prepared[], index: number): Prepared | undefined {
  let end = 0
  return index < 0 ? undefined : chunk.find(({ actions }) => index < (end += actions.length))
}

function prepare(site: string, { link, etag, reverse }: LinkWrite): Prepared {
  const row = toLinkRow(site, link)
  const actions: TransactionAction[] = [etag === null ? ['create', row] : ['update', row, 'Replace', { etag }]]
  if (reverse) {
    if (link.wordpressId === null) throw new TypeError('A reverse row needs a WordPress id')
    const { connection, objectId } = link
    actions.push([
      'create',
      { partitionKey: keyPart(site), rowKey: reverseKey(link.wordpressId), connection, objectId },
    ])
  }
  return { objectId: link.objectId, actions }
}

export function reverseKey(wordpressId: number): string {
  return rowKey('w', String(wordpressId))
}
