import { RestError, type TableClient } from '@azure/data-tables'
import { z } from 'zod'
import { storageStatus, type StorageWatch } from './storage-watch.ts'

export type ScheduleStatus = { last: Date; next: Date; lastUpdated: Date }

/**
 * Where timers keep their schedule status and the lock that makes them a singleton: the table `AzureWebJobsHostTimers`, partition = host id.
 *
 * The real host keeps both as blobs in `azure-webjobs-hosts`, with a blob lease for each timer. Here a row is the lock, one for all timers
 * of the app, so that no blob client is needed: two hosts never share the timers out between them, otherwise it behaves the same.
 */
export type TimerStore = {
  /** null where the timer was never seen. */
  read(name: string): Promise<ScheduleStatus | null>
  write(name: string, status: ScheduleStatus): Promise<void>
  /** Takes or renews the lock for `duration` milliseconds; false while another process holds it. */
  lock(owner: string, duration: number): Promise<boolean>
  unlock(owner: string): Promise<void>
}

const statusRow = z.object({ last: z.coerce.date(), next: z.coerce.date(), lastUpdated: z.coerce.date() })
const lockRow = z.object({ owner: z.string(), until: z.coerce.date(), etag: z.string() })

export function createTimerStore(table: TableClient, hostId: string, { watch }: StorageWatch): TimerStore {
  let created: Promise<void> | undefined

  async function readRow(rowKey: string): Promise<unknown> {
    created ??= watch(() => table.createTable())
    await created.catch((error: unknown) => {
      created = undefined
      throw error
    })
    try {
      return await watch(() => table.getEntity(hostId, rowKey))
    } catch (error) {
      if (storageStatus(error) === 404) return null
      throw error
    }
  }

  return {
    read: async (name) => {
      const row = await readRow(`timer|${name}`)
      return row === null ? null : statusRow.parse(row)
    },
    write: async (name, status) => {
      const entity = {
        partitionKey: hostId,
        rowKey: `timer|${name}`,
        last: status.last.toISOString(),
        next: status.next.toISOString(),
        lastUpdated: status.lastUpdated.toISOString(),
      }
      await watch(() => table.upsertEntity(entity, 'Replace'))
    },
    lock: async (owner, duration) => {
      const row = await readRow('lock')
      const held = row === null ? null : lockRow.parse(row)
      if (held !== null && held.owner !== owner && held.until.getTime() > Date.now()) return false
      const entity = {
        partitionKey: hostId,
        rowKey: 'lock',
        owner,
        until: new Date(Date.now() + duration).toISOString(),
      }
      try {
        if (held === null) await watch(() => table.createEntity(entity))
        else await watch(() => table.updateEntity(entity, 'Replace', { etag: held.etag }))
        return true
      } catch (error) {
        if (error instanceof RestError && (error.statusCode === 409 || error.statusCode === 412)) return false
        throw error
      }
    },
    unlock: async (owner) => {
      const row = await readRow('lock')
      const held = row === null ? null : lockRow.parse(row)
      if (held?.owner === owner) await watch(() => table.deleteEntity(hostId, 'lock', { etag: held.etag }))
    },
  }
}
