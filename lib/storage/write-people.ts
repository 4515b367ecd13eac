import { Conflict } from '../domain/faults.ts'
import { inParallel } from './in-parallel.ts'
import type { Action, Table } from './table.ts'

/** A transaction holds this many operations: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
export const transactionSize = 100
const parallelTransactions = 4

/** What is written of one person, all or nothing; the first operation's ETag is the person's new one. */
export type PersonActions = { objectId: string; actions: Action[] }
export type Written = { etags: Map<string, string>; lost: Set<string> }

/**
 * Writes people on condition, as many a transaction as have room. A failed precondition loses that person only: a transaction names
 * the operation that failed, the person is left out and the rest goes again. Lost are also a second write for the same row, and a
 * person whose transaction was done but answered by nobody: its retry finds a newer ETag. The caller looks again at everybody who
 * is lost, so that is never wrong.
 */
export async function writePeople(
  table: Table,
  people: readonly PersonActions[],
  written: Written = { etags: new Map(), lost: new Set() },
): Promise<Written> {
  const chunks: PersonActions[][] = []
  let room = 0
  for (const person of withoutDoubles(people, written)) {
    if (room < person.actions.length) {
      chunks.push([])
      room = transactionSize
    }
    room -= person.actions.length
    chunks.at(-1)?.push(person)
  }
  await inParallel(chunks, parallelTransactions, (chunk) => writeChunk(table, chunk, written))
  return written
}

/** A transaction takes a row once: who comes second for it is lost. */
export function withoutDoubles(people: readonly PersonActions[], written: Written): PersonActions[] {
  const taken = new Set<string>()
  return people.filter(({ objectId, actions }) => {
    const keys = actions.map(([, row]) => row.rowKey)
    const free = !keys.some((key) => taken.has(key))
    if (free) for (const key of keys) taken.add(key)
    else written.lost.add(objectId)
    return free
  })
}

async function writeChunk(table: Table, chunk: PersonActions[], written: Written): Promise<void> {
  let left = chunk
  while (left.length > 0) {
    try {
      keepEtags(left, await table.transact(left.flatMap(({ actions }) => actions)), written)
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

/** `etags`: of the people's operations, in their order. */
export function keepEtags(
  people: readonly PersonActions[],
  etags: readonly (string | undefined)[],
  { etags: kept, lost }: Written,
): void {
  let at = 0
  for (const { objectId, actions } of people) {
    const etag = etags[at]
    at += actions.length
    // Without its new ETag nobody can tell the row from a later one: look again.
    if (etag === undefined) lost.add(objectId)
    else kept.set(objectId, etag)
  }
}

/** Whose operation has this index, where storage said one. */
export function operationOwner(people: readonly PersonActions[], index: number): PersonActions | undefined {
  let end = 0
  return index < 0 ? undefined : people.find(({ actions }) => index < (end += actions.length))
}
