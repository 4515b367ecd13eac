import * as z from 'zod'
import type { LinkStore } from '../sync/ports/store.ts'
import { columns, parseRow, textOrNull, whole } from './columns.ts'
import { inParallel } from './in-parallel.ts'
import { readLinks } from './read-links.ts'
import { keyPart, keyRange, padded, rowKey } from './row-key.ts'
import type { Table } from './table.ts'
import { reverseKey, writeLinks } from './write-links.ts'

const reverseRow = z.object({ connection: z.string(), objectId: z.string() })
const lookRow = z.object({ connection: z.string(), objectId: z.string(), due: whole })
const fingerprintRow = z.object({ objectId: z.string(), fingerprint: textOrNull, intentOpen: z.boolean() })

const mostDueLooks = 1000

/** Links, their reverse rows and the looks that are due later: table `Links`, partition = site. */
export function createLinkStore(table: Table): LinkStore {
  return {
    read: readLinks(table),
    write: (site, writes) => writeLinks(table, site, writes),
    async ownerOf(site, wordpressId) {
      const row = await table.get(keyPart(site), reverseKey(wordpressId))
      return row && parseRow(table.name, reverseRow, row)
    },
    async *fingerprints(site, connection) {
      const select = ['PartitionKey', 'RowKey', 'objectId', 'fingerprint', 'intentOpen']
      for await (const row of table.rows({ partition: keyPart(site), ...keyRange('u', connection), select }))
        yield parseRow(table.name, fingerprintRow, row)
    },
    async scheduleLook(site, connection, objectId, due) {
      await table.upsert({
        partitionKey: keyPart(site),
        rowKey: lookKey(due, connection, objectId),
        ...columns({ connection, objectId, due }),
      })
    },
    async dueLooks(site, now) {
      const { from } = keyRange('r')
      const to = keyRange('r', padded(now)).to
      const looks = []
      for await (const row of table.rows({ partition: keyPart(site), from, to }, mostDueLooks))
        looks.push(parseRow(table.name, lookRow, row))
      return looks
    },
    async removeLooks(site, looks) {
      const keys = [...new Set(looks.map(({ due, connection, objectId }) => lookKey(due, connection, objectId)))]
      // One by one: a transaction fails as a whole where one row is gone, and that is normal here.
      await inParallel(keys, 32, (key) => table.remove(keyPart(site), key))
    },
  }
}

function lookKey(due: number, connection: string, objectId: string): string {
  return rowKey('r', padded(due), connection, objectId)
}
