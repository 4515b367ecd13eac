import * as z from 'zod'
import { photoTargets } from '../domain/photo.ts'
import type { SiteStore } from '../sync/ports/store.ts'
import { columns, cut, json, longColumns, longText, parseRow, textOrNull, whole, wholeOrNull } from './columns.ts'
import { keyPart, rowKey } from './row-key.ts'
import type { Table } from './table.ts'

const laneRow = z.object({ epoch: whole, owner: textOrNull, until: whole })
const breakerRow = z.object({
  openUntil: whole,
  failures: whole,
  since: whole,
  reason: z.string(),
  message: z.string(),
})
const capabilities = z.object({
  version: z.string().nullable(),
  batch: z.boolean(),
  multisite: z.boolean(),
  locales: z.array(z.string()),
  roles: z.array(z.string()),
  namespaces: z.array(z.string()),
  photoTargets: z.array(z.enum(photoTargets)).default([]),
  // Rows of the version before the companion plugin have none.
  companion: z
    .object({
      version: z.string(),
      contract: z.number(),
      settingsHash: z.string().nullable().default(null),
      refused: z.literal(true).exactOptional(),
    })
    .nullable()
    .default(null),
  // Rows of the version before meta was mapped have neither.
  meta: z.array(z.string()).default([]),
  acf: z.array(z.string()).default([]),
  ownUserId: z.number(),
})
const capabilitiesRow = z.object({ capabilities: json(capabilities), at: whole })
const verifyRow = z.object({
  startedAt: whole,
  after: textOrNull,
  finishedAt: wholeOrNull,
  checked: whole,
  drifted: whole,
  missing: whole,
})

/** What is known of a site: table `Sites`, partition = site, rows of their own so that one's ETag can't break another's. */
export function createSiteStore(table: Table): SiteStore {
  return {
    async readVerify(site, connection) {
      const row = await table.get(keyPart(site), rowKey('v', connection))
      return row && parseRow(table.name, verifyRow, row)
    },
    async writeVerify(site, connection, verify) {
      await table.upsert({ partitionKey: keyPart(site), rowKey: rowKey('v', connection), ...columns(verify) })
    },
    async readLane(site) {
      const row = await table.get(keyPart(site), 'lane')
      return row && { row: parseRow(table.name, laneRow, row), etag: row.etag }
    },
    async writeLane(site, lane, etag) {
      const row = { partitionKey: keyPart(site), rowKey: 'lane', ...columns(lane) }
      return etag === null ? table.insert(row) : table.replace(row, etag)
    },
    async readBreaker(site) {
      const row = await table.get(keyPart(site), 'breaker')
      return row && parseRow(table.name, breakerRow, row)
    },
    async writeBreaker(site, breaker) {
      const message = cut(breaker.message)
      await table.upsert({ partitionKey: keyPart(site), rowKey: 'breaker', ...columns({ ...breaker, message }) })
    },
    async readCapabilities(site) {
      const row = await table.get(keyPart(site), 'capabilities')
      if (row === null) return null
      const parsed = parseRow(table.name, capabilitiesRow, { ...row, capabilities: longText(row, 'capabilities') })
      return parsed.capabilities && { capabilities: parsed.capabilities, at: parsed.at }
    },
    async writeCapabilities(site, found, at) {
      await table.upsert({
        partitionKey: keyPart(site),
        rowKey: 'capabilities',
        ...columns({ at }),
        ...longColumns('capabilities', JSON.stringify(found)),
      })
    },
  }
}
