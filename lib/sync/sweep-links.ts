import type { Connection } from '../domain/connection.ts'
import { removedFingerprint } from '../domain/removal-fingerprint.ts'
import type { SyncContext } from './context.ts'
import { endReading, queueIds } from './flush-pages.ts'
import type { Reading } from './reading.ts'

/** What `getByIds` takes at a time, for three resource units. */
const idsPerQuestion = 1000

/**
 * The end of a full cycle: asks for everybody who has an account whether the directory still has them, for nobody in an enumeration says who
 * is missing from it. Who isn't there is looked at; that look, not this one, decides. True at the end, false where the time is over.
 */
export async function sweepLinks(
  context: SyncContext,
  connection: Connection,
  reading: Reading,
  end: number,
): Promise<boolean> {
  const { links, cycles } = context.stores
  const directory = context.directory(connection)
  const { configurationHash } = connection
  const settled = [removedFingerprint(configurationHash), removedFingerprint(configurationHash, 'absent')]
  const ask = async (ids: readonly string[]): Promise<void> => {
    const existing = await directory.existing(ids)
    const missing = ids.filter((id) => !existing.has(id))
    if (existing.size === 0 && reading.row.sweptTo === null) await tellEmpty(context, connection, reading, ids.length)
    const nextMessage = await queueIds(context, connection, reading, missing)
    await reading.advance({ sweptTo: ids.at(-1)!, nextMessage })
    await cycles.add(connection.id, reading.cycle, { queued: missing.length })
  }

  let ids: string[] = []
  const after = reading.row.sweptTo ?? undefined
  for await (const link of links.fingerprints(connection.site.id, connection.id, after)) {
    const hasAccount = link.state === 'active' || link.state === 'suspended'
    const isSettled = link.fingerprint !== null && settled.includes(link.fingerprint) && !link.intentOpen
    if (!hasAccount || isSettled) continue
    ids.push(link.objectId)
    if (ids.length < idsPerQuestion) continue
    await ask(ids)
    if (context.now() >= end) return false
    ids = []
  }
  if (ids.length > 0) await ask(ids)
  const { deltaLink, nextMessage } = reading.row
  await endReading(context, connection, reading, { deltaLink, nextMessage })
  return true
}

/** Pages without anybody, and nobody there who has an account: no directory is like that. Nobody goes by it, but somebody should know. */
async function tellEmpty(
  { stores, log }: SyncContext,
  { id }: Connection,
  { cycle }: Reading,
  people: number,
): Promise<void> {
  if ((await stores.cycles.read(id, cycle))?.counters.seen !== 0) return
  const reason = 'every answer was empty; each person is asked for alone, and only that answer counts'
  log('error', 'directory named nobody', { connection: id, cycle, people, reason })
}
