import { setTimeout as delay } from 'node:timers/promises'
import type { TableClient, TransactionAction } from '@azure/data-tables'
import { odata } from '@azure/data-tables'
import { Conflict } from '../domain/faults.ts'
import { conditionalDeletes } from './conditional-deletes.ts'
import { bareCause, codeOf, isBeingDeleted, isPrecondition, statusOf, toFault } from './storage-fault.ts'

export type Row = { partitionKey: string; rowKey: string } & Record<string, unknown>
export type ReadRow = Record<string, unknown> & { etag: string }
export type Range = { partition: string; from: string; to: string; select?: string[] }
export type Table = ReturnType<typeof openTable>

/** One operation of a transaction; a row is only deleted as it was read. */
export type Action =
  | ['create', Row]
  | ['update', Row, 'Replace', { etag: string }]
  | ['upsert', Row, 'Replace']
  | ['delete', Row, { etag: string }]

/** A request with its retries: the SDK itself would wait for ever on a connection that went silent. */
const requestTimeout = 60_000

/** A dropped table's name comes back after 40 s or more; writers wait up to about a minute, longer and longer. */
const beingDeletedPauses = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]

export type TableOptions = { onRoundTrip?: () => void; beingDeletedPauses?: readonly number[] }

/**
 * One table with what all stores share: it is created by the first write that finds it missing, reads treat it as empty,
 * and faults are the project's own.
 */
export function openTable(client: TableClient, options: TableOptions = {}) {
  const name = client.tableName
  const deletingOn = conditionalDeletes(client)
  const call = async <T>(work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    options.onRoundTrip?.()
    return work(AbortSignal.timeout(requestTimeout))
  }

  let creating: Promise<void> | null = null
  const create = () =>
    (creating ??= call((abortSignal) => client.createTable({ abortSignal })).finally(() => (creating = null)))

  /** Runs a write; where the table is missing or its name still being deleted, creates it and runs the write again. */
  const writing = async <T>(what: string, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    const pauses = [0, ...(options.beingDeletedPauses ?? beingDeletedPauses)]
    for (;;) {
      try {
        return await call(work)
      } catch (error) {
        if (codeOf(error) !== 'TableNotFound' && !isBeingDeleted(error)) throw toFault(error, `${what} ${name}`)
        const pause = pauses.shift()
        if (pause === undefined) throw toFault(error, `${what} ${name}`)
        await delay(pause)
        await create().catch((fault: unknown) => {
          if (!isBeingDeleted(fault) || pauses.length === 0) throw toFault(fault, `create table ${name}`)
        })
      }
    }
  }

  const page = async (range: Range, max: number, continuationToken?: string) => {
    const filter = odata`PartitionKey eq ${range.partition} and RowKey ge ${range.from} and RowKey lt ${range.to}`
    try {
      return await call(async (abortSignal) => {
        const queryOptions = range.select ? { filter, select: range.select } : { filter }
        const pages = client
          .listEntities({ queryOptions, abortSignal })
          .byPage(continuationToken === undefined ? { maxPageSize: max } : { maxPageSize: max, continuationToken })
        const { value } = await pages.next()
        const found: ReadRow[] = value ?? []
        return { rows: found, next: value?.continuationToken }
      })
    } catch (error) {
      if (statusOf(error) === 404) return { rows: [], next: undefined }
      throw toFault(error, `read ${name}`)
    }
  }

  return {
    name,
    async get(partition: string, key: string): Promise<ReadRow | null> {
      try {
        return await call((abortSignal) => client.getEntity(partition, key, { abortSignal }))
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw toFault(error, `read ${name}`)
      }
    },
    /** One page of at most `max` (1,000) rows in key order. A page can be short, even empty, and still have a `next`. */
    page,
    /** Rows in key order, a page in memory at a time. */
    async *rows(range: Range, max = Infinity): AsyncGenerator<ReadRow> {
      let left = max
      let next: string | undefined
      do {
        if (left <= 0) return
        const read = await page(range, Math.min(left, 1000), next)
        yield* read.rows.slice(0, left)
        left -= read.rows.length
        next = read.next
      } while (next !== undefined)
    },
    /** Throws `Conflict` where the row exists. */
    async insert(row: Row): Promise<string> {
      const { etag } = await writing('write', (abortSignal) => client.createEntity(row, { abortSignal }))
      return etag ?? ''
    },
    /** Throws `Conflict` where the row is gone or its ETag is another. */
    async replace(row: Row, etag: string): Promise<string> {
      try {
        const answer = await call((abortSignal) => client.updateEntity(row, 'Replace', { etag, abortSignal }))
        return answer.etag ?? ''
      } catch (error) {
        if (statusOf(error) === 404)
          throw new Conflict(`write ${name}: the row is gone`, 0, { cause: bareCause(error) })
        throw toFault(error, `write ${name}`)
      }
    },
    async upsert(row: Row): Promise<void> {
      await writing('write', (abortSignal) => client.upsertEntity(row, 'Replace', { abortSignal }))
    },
    /** Resolves where the row is gone already; throws `Conflict` where its ETag is another than the given one. */
    async remove(partition: string, key: string, etag = '*'): Promise<void> {
      try {
        await call((abortSignal) => client.deleteEntity(partition, key, { etag, abortSignal }))
      } catch (error) {
        if (statusOf(error) !== 404) throw toFault(error, `delete from ${name}`)
      }
    },
    /**
     * At most 100 operations on one partition, all or none; the new ETags in their order. Throws `Conflict` with the index of
     * the operation that failed (a failed precondition or a row that is gone), −1 where storage doesn't say which.
     */
    async transact(actions: readonly Action[]): Promise<(string | undefined)[]> {
      const etags = actions.flatMap((action) => (action[0] === 'delete' ? [action[2].etag] : []))
      const plain = actions.map((action): TransactionAction =>
        action[0] === 'delete' ? ['delete', action[1]] : action,
      )
      try {
        const answer = await writing('write', async (abortSignal) => {
          try {
            return await deletingOn(etags, () => client.submitTransaction(plain, { abortSignal }))
          } catch (error) {
            if (isPrecondition(error) || (statusOf(error) === 404 && codeOf(error) !== 'TableNotFound'))
              throw new Conflict(`write ${name}: a row is not as it was`, failedIndex(error), {
                cause: bareCause(error),
              })
            throw error
          }
        })
        return answer.subResponses.map((sub) => sub.etag)
      } catch (error) {
        throw toFault(error, `write ${name}`)
      }
    },
    async drop(): Promise<void> {
      try {
        await call((abortSignal) => client.deleteTable({ abortSignal }))
      } catch (error) {
        if (!isBeingDeleted(error)) throw toFault(error, `drop table ${name}`)
      }
    },
  }
}

/** A failed transaction's message begins with the operation's index: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions#sample-error-response */
function failedIndex(error: unknown): number {
  const index = /^\s*(\d+):/.exec(error instanceof Error ? error.message : '')?.[1]
  return index === undefined ? -1 : Number(index)
}
