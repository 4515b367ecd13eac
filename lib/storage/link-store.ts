import * as z from 'zod'
import type { LinkStore } from '../sync/ports/store.ts'
import { columns, parseRow, textOrNull, whole } from './columns.ts'
import { fromGuardRow, guardKey, toGuardRow } from './guard-row.ts'
import { inParallel } from './in-parallel.ts'
import { fromLinkRow, linkStates } from './link-row.ts'
import { readLinks } from './read-links.ts'
import { fromRemovalRow, removalKey, toRemovalRow } from './removal-row.ts'
import { ownerOf, reverseKey } from './reverse-row.ts'
import { keyPart, keyRange, padded, rowKey } from './row-key.ts'
import type { Range, Table } from './table.ts'
import { writeGuarded, writeLinks } from './write-links.ts'
import { type PersonActions, writePeople } from './write-people.ts'

const lookRow = z.object({ connection: z.string(), objectId: z.string(), due: whole })
const fingerprintRow = z.object({
  objectId: z.string(),
  fingerprint: textOrNull,
  intentOpen: z.boolean(),
  state: z.enum(linkStates),
})

const mostDueLooks = 1000
const parallelReads = 64

/** Links, their reverse rows, removals that wait, guards and the looks that are due later: table `Links`, partition = site. */
export function createLinkStore(table: Table): LinkStore {
  return {
    read: readLinks(table),
    write: (site, writes) => writeLinks(table, site, writes),
    async ownerOf(site, wordpressId) {
      const row = await table.get(keyPart(site), reverseKey(wordpressId))
      return row && ownerOf(row)
    },
    async *fingerprints(site, connection, after) {
      const select = ['PartitionKey', 'RowKey', 'objectId', 'fingerprint', 'intentOpen', 'state']
      for await (const row of table.rows({ ...behind(site, 'u', connection, after), select }))
        yield parseRow(table.name, fingerprintRow, row)
    },
    async page(site, connection, after, max) {
      const links = []
      for await (const row of table.rows(behind(site, 'u', connection, after ?? undefined), max))
        links.push(fromLinkRow(row))
      return links
    },
    async *removals(site, connection, { after, max } = {}) {
      for await (const row of table.rows(behind(site, 'h', connection, after), max)) yield fromRemovalRow(row)
    },
    async readRemovals(site, connection, ids) {
      const found = new Map<string, ReturnType<typeof fromRemovalRow>>()
      await inParallel([...new Set(ids)], parallelReads, async (id) => {
        const row = await table.get(keyPart(site), removalKey(connection, id))
        if (row !== null) found.set(id, fromRemovalRow(row))
      })
      return found
    },
    async decide(site, removals) {
      const people = removals.map(({ removal, etag }): PersonActions => {
        return { objectId: removal.objectId, actions: [['update', toRemovalRow(site, removal), 'Replace', { etag }]] }
      })
      const { lost } = await writePeople(table, people)
      return { lost }
    },
    async readGuard(site, connection) {
      const row = await table.get(keyPart(site), guardKey(connection))
      return row && fromGuardRow(row)
    },
    async writeGuard(site, connection, guard, etag) {
      const row = toGuardRow(site, connection, guard)
      await (etag === null ? table.insert(row) : table.replace(row, etag))
    },
    writeGuarded: (site, writes, guard) => writeGuarded(table, site, writes, guard),
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

/** The rows of one kind and connection, those behind the object id `after` where it is given. */
function behind(site: string, kind: 'u' | 'h', connection: string, after?: string): Range {
  const { from, to } = keyRange(kind, connection)
  // `!` sorts before every character of a key: this is behind the id itself, and before every longer one.
  return { partition: keyPart(site), from: after === undefined ? from : `${rowKey(kind, connection, after)}!`, to }
}

function lookKey(due: number, connection: string, objectId: string): string {
  return rowKey('r', padded(due), connection, objectId)
}
