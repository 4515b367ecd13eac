import { TableClient } from '@azure/data-tables'
import { Conflict } from '../../lib/domain/faults.ts'
import type { SyncContext } from '../../lib/sync/context.ts'

/** What `--without` takes out of the program, to show that the oracle misses it. */
export const protections = ['intent', 'reverse', 'latch', 'checkpoint'] as const
export type Protection = (typeof protections)[number]

/** The context of a program that lacks this protection; null = the program as it is. */
export function without(context: SyncContext, protection: Protection | null, storage: string): SyncContext {
  if (protection === null) return context
  return { ...context, stores: { ...context.stores, ...lacking[protection](context, storage) } }
}

const lacking: Record<Protection, (context: SyncContext, storage: string) => Partial<SyncContext['stores']>> = {
  /** The site is written to without a word before: nobody finds out about a write whose answer was not heard. */
  intent: ({ stores: { links } }) => ({
    links: {
      ...links,
      async write(site, writes) {
        const rest = writes.filter(({ link }) => link.intent === null)
        const silent = writes.filter(({ link }) => link.intent !== null)
        const written = await links.write(
          site,
          rest.map((write) => ({ ...write, etag: write.etag === '' ? null : write.etag })),
        )
        for (const { link, etag } of silent) written.etags.set(link.objectId, etag ?? '')
        return written
      },
    },
  }),
  /** The way back is written over whatever stands there. */
  reverse: ({ stores: { links } }, storage) => ({
    links: {
      ...links,
      async write(site, writes) {
        const table = TableClient.fromConnectionString(storage, 'Links', { allowInsecureConnection: true })
        for (const { link, reverse } of writes)
          if (reverse) await table.deleteEntity(site, `w|${link.wordpressId}`).catch(() => undefined)
        return await links.write(site, writes)
      },
    },
  }),
  /** Tripped, the guard forgets it at once. */
  latch: ({ stores: { links } }) => ({
    links: {
      ...links,
      async readGuard(site, connection) {
        const stored = await links.readGuard(site, connection)
        return stored && { ...stored, guard: { ...stored.guard, tripped: null } }
      },
    },
  }),
  /** The row of a stream is written over whatever stands there. */
  checkpoint: ({ stores: { checkpoints } }) => ({
    checkpoints: {
      ...checkpoints,
      async write(connection, stream, checkpoint, _etag) {
        for (;;) {
          const stored = await checkpoints.read(connection, stream)
          try {
            return await checkpoints.write(connection, stream, checkpoint, stored?.etag ?? null)
          } catch (error) {
            if (!(error instanceof Conflict)) throw error
          }
        }
      },
    },
  }),
}
