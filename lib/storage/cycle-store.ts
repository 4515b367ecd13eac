import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { type Cycle, type CycleCounters, noCounters } from '../domain/cycle.ts'
import { Conflict, RetryLater } from '../domain/faults.ts'
import type { CycleStore } from '../sync/ports/store.ts'
import { columns, cut, parseRow, textOrNull, whole, wholeOrNull } from './columns.ts'
import { keyPart, newestFirst, rowKey } from './row-key.ts'
import type { ReadRow, Row, Table } from './table.ts'

const names = Object.keys(noCounters) as (keyof CycleCounters)[]

const cycleRow = z.object({
  connection: z.string(),
  id: z.string(),
  kind: z.enum(['initial', 'incremental', 'full']),
  trigger: z.enum(['timer', 'on-demand', 'reset', 'configuration']),
  dryRun: z.boolean().default(false),
  state: z.enum(['reading', 'read', 'settled', 'stopped']),
  startedAt: whole,
  readAt: wholeOrNull,
  settledAt: wholeOrNull,
  expected: wholeOrNull,
  error: textOrNull,
})
const counterRow = z.partialRecord(z.enum(names), whole)

/** Tries of an addition: the reader and the lane add to the same row now and then. */
const mostTries = 100

/** Cycles: table `Cycles`, partition = connection, newest first. Ids begin with their time, so the key follows from the id. */
export function createCycleStore(table: Table): CycleStore {
  const get = (connection: string, id: string) => table.get(keyPart(connection), cycleKey(id))
  return {
    put: (cycle) => table.upsert(toRow(cycle)),
    async read(connection, id) {
      const row = await get(connection, id)
      return row && fromRow(table, row)
    },
    async list(connection, max) {
      const cycles = []
      for await (const row of table.rows({ partition: keyPart(connection), from: '0', to: '}' }, max))
        cycles.push(fromRow(table, row))
      return cycles
    },
    async add(connection, id, counters, set = {}) {
      for (let tries = 1; ; tries++) {
        const row = await get(connection, id)
        if (row === null) return
        const cycle = { ...fromRow(table, row), ...set, connection, id }
        const sums = { ...cycle.counters }
        for (const name of names) sums[name] += counters[name] ?? 0
        try {
          await table.replace(toRow({ ...cycle, counters: sums }), row.etag)
          return
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
          if (tries === mostTries) throw new RetryLater('Too many writers of one cycle', null, { cause: error })
          await delay(Math.random() * Math.min(10 * tries, 200))
        }
      }
    },
  }
}

function cycleKey(id: string): string {
  return rowKey(newestFirst(id))
}

function toRow({ counters, error, ...cycle }: Cycle): Row {
  return {
    partitionKey: keyPart(cycle.connection),
    rowKey: cycleKey(cycle.id),
    ...columns({ ...cycle, ...counters, error: error && cut(error) }),
  }
}

function fromRow(table: Table, row: ReadRow): Cycle {
  const counted = Object.fromEntries(names.map((name) => [name, row[name] ?? 0]))
  return {
    ...parseRow(table.name, cycleRow, row),
    counters: { ...noCounters, ...parseRow(table.name, counterRow, counted) },
  }
}
