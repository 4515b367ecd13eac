import type { Connection } from '../domain/connection.ts'
import { Conflict, RetryLater, Terminal } from '../domain/faults.ts'
import { idsPerMessage } from '../domain/look.ts'
import { begunPhotoPoll, isPhotoPollDue, type PhotoPoll } from '../domain/photo.ts'
import { tellBarred } from './bar-photos.ts'
import type { SyncContext } from './context.ts'
import type { Stored } from './ports/store.ts'
import { sendRead } from './read-directory.ts'
import { replacedBy } from './replaced-by.ts'
import { sendPhotoLooks } from './send-photo-looks.ts'

/**
 * Asks for the tag of everybody's photo who has an active account, and sends looks for those whose tag is not the link's: delta queries never
 * tell of a photo. It has a place of its own (row `photos` of Checkpoints), so that no cycle waits for it; it works for a minute and
 * pauses for one. The place advances once the ids behind it are durably queued: killed anywhere, it asks some people twice.
 */
export async function pollPhotos(context: SyncContext, connection: Connection): Promise<void> {
  if (connection.photos === null) return
  const { checkpoints } = context.stores
  const stored = await checkpoints.readPhotoPoll(connection.id)
  if (!isPhotoPollDue(stored?.row ?? null, connection.photos.everyMs, context.now())) return
  if (await replacedBy(context, connection)) return
  try {
    const wait = await run(context, connection, stored)
    if (wait !== null) await sendRead(context, { connection: connection.id, photos: true }, wait)
  } catch (error) {
    // Somebody else polls, from where the row stands.
    if (!(error instanceof Conflict)) throw error
  }
}

/** Returns when to go on, in milliseconds; null = everybody was asked. @throws Conflict */
async function run(context: SyncContext, connection: Connection, stored: Stored<PhotoPoll> | null) {
  const { now, timings, stores, log } = context
  let etag = stored?.etag ?? null
  let row: PhotoPoll = { ...begunPhotoPoll(stored?.row ?? null, now()), leaseOwner: context.randomId() }
  const advance = async (fields: Partial<PhotoPoll>): Promise<void> => {
    row = { ...row, leaseUntil: now() + timings.readerLease, ...fields }
    etag = await stores.checkpoints.writePhotoPoll(connection.id, row, etag)
  }
  /** Whoever comes in the first half of the pause comes too early: two messages never make two polls of one. */
  const pause = async (wait: number): Promise<number> => {
    await advance({ leaseOwner: null, leaseUntil: 0, nextAt: now() + wait / 2 })
    return wait
  }
  await advance({})
  const end = now() + timings.photoPollRun
  try {
    for (;;) {
      const step = await askSome(context, connection, row.after)
      const figures = { asked: row.asked + step.asked, changed: row.changed + step.changed }
      if (step.last === null) {
        const free = { leaseOwner: null, leaseUntil: 0, nextAt: 0 }
        await advance({ ...figures, ...free, after: null, finishedAt: now(), error: null })
        log('info', 'photos polled', { connection: connection.id, ...figures })
        return null
      }
      await advance({ ...figures, after: step.last })
      if (now() >= end) return await pause(timings.photoPollPause)
    }
  } catch (error) {
    if (error instanceof RetryLater) return await pause(error.after ?? timings.directoryRetry)
    if (!(error instanceof Terminal)) throw error
    if (row.error !== error.message) tellBarred(context, connection, error)
    await advance({ leaseOwner: null, leaseUntil: 0, nextAt: 0, after: null, finishedAt: now(), error: error.message })
    return null
  }
}

/** One step. `last`: object id of the last link; null = there are no more. */
async function askSome(context: SyncContext, connection: Connection, after: string | null) {
  const { site, id } = connection
  const page = await context.stores.links.page(site.id, id, after, idsPerMessage)
  const people = page.map(({ link }) => link).filter((link) => link.state === 'active' && link.wordpressId !== null)
  const { found, later } = await context.directory(connection).photoTags(people.map(({ objectId }) => objectId))
  const changed = people.flatMap(({ objectId, photo }) => {
    const tag = found.get(objectId)
    return tag === undefined || tag === photo ? [] : [objectId]
  })
  await sendPhotoLooks(context, connection, changed)
  // Who can't be told of for now is asked by the look.
  if (later.size > 0) await sendPhotoLooks(context, connection, [...later.keys()], Math.max(...later.values()))
  const last = page.length < idsPerMessage ? null : page.at(-1)!.link.objectId
  return { asked: people.length, changed: changed.length, last }
}
