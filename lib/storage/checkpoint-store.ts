import * as z from 'zod'
import { Conflict } from '../domain/faults.ts'
import type { CheckpointStore } from '../sync/ports/store.ts'
import { columns, cut, longColumns, longText, parseRow, textOrNull, whole, wholeOrNull } from './columns.ts'
import { keyPart, keyRange, padded, rowKey } from './row-key.ts'
import type { Table } from './table.ts'

/** Ids, one a line; none as no text or no column. */
const lines = z
  .string()
  .nullish()
  .transform((text) => (text ? text.split('\n') : []))

const checkpointRow = z.object({
  phase: z.enum(['idle', 'reading', 'sweeping']),
  kind: z.enum(['initial', 'incremental', 'full']),
  cycle: textOrNull,
  nextLink: textOrNull,
  deltaLink: textOrNull,
  withoutDelta: z.boolean().default(false),
  sweptTo: textOrNull,
  groups: lines,
  nextMessage: whole,
  leaseOwner: textOrNull,
  leaseUntil: whole,
  selectHash: z.string(),
  configurationHash: z.string(),
  configurationSince: whole,
  lastFullAt: whole,
})

const photoPollRow = z.object({
  startedAt: whole,
  finishedAt: wholeOrNull,
  after: textOrNull,
  asked: whole,
  changed: whole,
  error: textOrNull,
  leaseOwner: textOrNull,
  leaseUntil: whole,
  nextAt: whole,
})

const messageRow = z.object({
  number: whole,
  sentAt: whole,
  ids: lines,
})

const photosKey = rowKey('photos')

const longNames = ['nextLink', 'deltaLink', 'groups'] as const

/** Places in the directory, and messages under way: table `Checkpoints`, partition = connection. */
export function createCheckpointStore(table: Table): CheckpointStore {
  return {
    async read(connection, stream) {
      const row = await table.get(keyPart(connection), rowKey(stream))
      if (row === null) return null
      const long = Object.fromEntries(longNames.map((name) => [name, longText(row, name)]))
      return { row: parseRow(table.name, checkpointRow, { ...row, ...long }), etag: row.etag }
    },
    async write(connection, stream, checkpoint, etag) {
      const { nextLink, deltaLink, groups, ...plain } = checkpoint
      const row = {
        partitionKey: keyPart(connection),
        rowKey: rowKey(stream),
        ...columns(plain),
        ...longColumns('nextLink', nextLink),
        ...longColumns('deltaLink', deltaLink),
        ...longColumns('groups', groups.join('\n') || null),
      }
      return etag === null ? table.insert(row) : table.replace(row, etag)
    },
    async readPhotoPoll(connection) {
      const row = await table.get(keyPart(connection), photosKey)
      return row && { row: parseRow(table.name, photoPollRow, row), etag: row.etag }
    },
    async writePhotoPoll(connection, poll, etag) {
      const error = poll.error === null ? null : cut(poll.error)
      const row = { partitionKey: keyPart(connection), rowKey: photosKey, ...columns({ ...poll, error }) }
      return etag === null ? table.insert(row) : table.replace(row, etag)
    },
    async putMessage(connection, cycle, number, ids, sentAt) {
      await table.upsert({
        partitionKey: keyPart(connection),
        rowKey: messageKey(cycle, number),
        ...columns({ cycle, number, sentAt }),
        ...longColumns('ids', ids.join('\n')),
      })
    },
    async removeMessage(connection, cycle, number, sentAt) {
      const [partition, key] = [keyPart(connection), messageKey(cycle, number)]
      const row = await table.get(partition, key)
      if (row === null || Number(row['sentAt']) !== sentAt) return
      try {
        await table.remove(partition, key, row.etag)
      } catch (error) {
        // Sent again between the two requests: the row is the new message's.
        if (!(error instanceof Conflict)) throw error
      }
    },
    async messages(connection, cycle, max) {
      const messages = []
      for await (const row of table.rows({ partition: keyPart(connection), ...keyRange('m', cycle) }, max))
        messages.push(parseRow(table.name, messageRow, { ...row, ids: longText(row, 'ids') }))
      return messages
    },
  }
}

function messageKey(cycle: string, number: number): string {
  return rowKey('m', cycle, padded(number, 9))
}
