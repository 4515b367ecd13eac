import { attemptOf } from '../../domain/attempt.ts'
import type { Connection } from '../../domain/connection.ts'
import { SiteFault, Terminal } from '../../domain/faults.ts'
import type { Link } from '../../domain/link.ts'
import type { Look } from '../../domain/look.ts'
import { photoSizeFor, type Photo } from '../../domain/photo.ts'
import { arePhotosBarred, barPhotos } from '../bar-photos.ts'
import { checkTenant } from '../check-tenant.ts'
import type { PhotoAnswer } from '../ports/site.ts'
import type { LookResult } from './case.ts'
import { checkMatches } from './check-matches.ts'
import type { Lane } from './lane.ts'
import type { Settlement } from './settle-users.ts'
import { tellPhoto } from './tell-photo.ts'
import { isWell } from './write-accounts.ts'

/** Photos in memory at a time. */
const atOnce = 20

/** Somebody whose photo is not the one on the site. `tag` null = it is to go. */
export type PhotoCase = { look: Look; link: Link; etag: string; tag: string | null; attempt: string; startedAt: number }

/**
 * Settles looks at photos: where the directory's tag is not the link's, the photo is fetched and uploaded, or taken away. Level-triggered as
 * {@link settleUsers}, but without an intent: an upload that is repeated leaves the same picture. So the order is: site, audit under
 * the attempt of the look's signal and the tag, link. Killed between them the same message does all of it again, under the same
 * attempt.
 *
 * Only active accounts: who is suspended keeps their photo. Nothing of a person's state depends on it, so nothing here fails anybody: what
 * could not be done is told, and the next poll finds it.
 */
export async function settlePhotos(lane: Lane, connection: Connection, looks: readonly Look[]): Promise<Settlement> {
  const results = new Map<string, LookResult>(looks.map(({ objectId }) => [objectId, { kind: 'done', status: null }]))
  if (connection.photos === null) return { results, fault: null }
  try {
    const { photoTargets } = await lane.capabilities()
    if (photoTargets.length === 0) tellNowhere(lane, connection)
    else if (!(await arePhotosBarred(lane.context, connection))) await settle(lane, connection, looks, results)
  } catch (error) {
    if (error instanceof SiteFault) {
      for (const [id, result] of results) if (result.kind === 'done' && result.status === null) results.delete(id)
      return { results, fault: error }
    }
    if (!(error instanceof Terminal) || !barring.has(error.reason)) throw error
    await barPhotos(lane.context, connection, error)
  }
  return { results, fault: null }
}

const barring = new Set(['photos-not-supported', 'permission-missing'])

async function settle(
  lane: Lane,
  connection: Connection,
  looks: readonly Look[],
  results: Map<string, LookResult>,
): Promise<void> {
  const differing = await readDiffering(lane, connection, looks, results)
  // Another tenant's people have no photos here, and that is no reason to take any.
  if (differing.some(({ tag }) => tag === null)) await checkTenant(lane.context, connection)
  const cases = await checkAccounts(lane, differing, results)
  for (let start = 0; start < cases.length; start += atOnce)
    await writeSome(lane, connection, cases.slice(start, start + atOnce), results)
}

/** Links first, then the directory: whoever commits in between makes our commit fail. */
async function readDiffering(
  { context, settings }: Lane,
  connection: Connection,
  looks: readonly Look[],
  results: Map<string, LookResult>,
): Promise<PhotoCase[]> {
  const ids = looks.map(({ objectId }) => objectId)
  const links = await context.stores.links.read(settings.id, connection.id, ids)
  const ready = looks.flatMap((look) => {
    const stored = links.get(look.objectId)
    // The account may be in the making: its own look comes first.
    if (stored?.link.intent) results.set(look.objectId, { kind: 'put-back', after: context.timings.userRetryInQueue })
    else if (stored?.link.state === 'active' && stored.link.wordpressId !== null) return [{ look, ...stored }]
    return []
  })
  if (ready.length === 0) return []
  const { found, later } = await context.directory(connection).photoTags(ready.map(({ look }) => look.objectId))
  for (const [id, after] of later) results.set(id, { kind: 'put-back', after })
  return ready.flatMap(({ look, link, etag }) => {
    const tag = found.get(look.objectId)
    if (tag === undefined || tag === link.photo) return []
    // One signal, one change, one attempt: a message that comes twice tells it once.
    const attempt = attemptOf(look.signal, look.objectId, 'photo', link.photo, tag)
    return [{ look, link, etag, tag, attempt, startedAt: context.now() }]
  })
}

/** A match is the id and the stored login, read now: a restored backup can give an id to a stranger. */
async function checkAccounts(
  lane: Lane,
  cases: readonly PhotoCase[],
  results: Map<string, LookResult>,
): Promise<PhotoCase[]> {
  if (cases.length === 0) return []
  const accounts = await lane.site.readUsers(cases.map(({ link }) => link.wordpressId!))
  const matches = cases.map((one) => {
    const account = accounts.get(one.link.wordpressId!) ?? null
    return { one, account, same: account?.username.toLowerCase() === one.link.login?.toLowerCase() }
  })
  const strangers = matches.filter(({ account, same }) => account && !same)
  checkMatches(
    lane.matches,
    matches.map(({ one, account, same }) => ({
      link: one.link,
      account,
      plan: account && !same ? { verb: 'refuse', reason: 'login-mismatch', leaving: null } : { verb: 'none' },
    })),
  )
  // Who has no account there any more is told by a look at the person.
  await tellPhoto(
    lane,
    strangers.map(({ one }) => ({ one, status: 'skipped', reason: 'login-mismatch' })),
  )
  for (const { one } of strangers) results.set(one.look.objectId, { kind: 'done', status: 'skipped' })
  return matches.filter(({ account, same }) => account && same).map(({ one }) => one)
}

async function writeSome(
  lane: Lane,
  connection: Connection,
  cases: readonly PhotoCase[],
  results: Map<string, LookResult>,
): Promise<void> {
  const { context, settings } = lane
  const { namespaces } = await lane.capabilities()
  const size = photoSizeFor(connection.photos!.size, namespaces)
  const wanted = cases.filter(({ tag }) => tag !== null).map(({ look }) => look.objectId)
  const { found, later } =
    wanted.length > 0
      ? await context.directory(connection).photos(wanted, size)
      : { found: new Map<string, Photo | null>(), later: new Map<string, number>() }
  for (const [id, after] of later) results.set(id, { kind: 'put-back', after })

  const written: PhotoCase[] = []
  const failed: { one: PhotoCase; code: string }[] = []
  const faults: unknown[] = []
  await Promise.all(
    cases.map(async (one) => {
      const photo = one.tag === null ? null : found.get(one.look.objectId)
      // It went between the two questions, or can't be had: the next poll tells.
      if (faults.length > 0 || photo === undefined || (photo === null && one.tag !== null)) return
      try {
        const answer = await write(lane, one, photo)
        if (answer.ok) written.push(one)
        else failed.push({ one, code: answer.fault.code })
      } catch (error) {
        // A picture that breaks the site's PHP is that person's, and the site is well.
        if (error instanceof SiteFault && (await isWell(lane, error))) failed.push({ one, code: error.reason })
        else faults.push(error)
      }
    }),
  )
  await tellPhoto(lane, [
    ...written.map((one) => ({ one, status: 'updated' as const, reason: null })),
    ...failed.map(({ one, code }) => ({ one, status: 'failed' as const, reason: code })),
  ])
  for (const { one } of failed) results.set(one.look.objectId, { kind: 'done', status: 'failed' })
  const commits = written.map(({ link, etag, tag }) => ({ link: { ...link, photo: tag }, etag }))
  const { lost } = commits.length > 0 ? await context.stores.links.write(settings.id, commits) : { lost: new Set() }
  for (const { look } of written)
    results.set(
      look.objectId,
      lost.has(look.objectId) ? { kind: 'again', status: null } : { kind: 'done', status: 'updated' },
    )
  if (faults.length > 0) {
    // What was not written has no result, whatever was thought of it before.
    const reached = new Set([...written, ...failed.map(({ one }) => one)])
    for (const one of cases) if (!reached.has(one)) results.delete(one.look.objectId)
    throw faults[0]
  }
}

function write({ site }: Lane, { attempt, link, tag }: PhotoCase, photo: Photo | null): Promise<PhotoAnswer> {
  const id = link.wordpressId!
  return photo && tag !== null ? site.writePhoto({ attempt, id, photo, tag }) : site.removePhoto({ attempt, id })
}

const toldNowhere = new WeakSet<Lane['settings']>()

/** A matter of the configuration, not of each person: told once by a process, and by the status. */
function tellNowhere({ context, settings }: Lane, connection: Connection): void {
  if (toldNowhere.has(settings)) return
  toldNowhere.add(settings)
  const message =
    'The site keeps no avatars: install the companion plugin, Simple Local Avatars, BuddyPress or BuddyBoss, or take photos out of SYNC_CONFIG.'
  context.log('error', 'photos have nowhere to go', { connection: connection.id, site: settings.id, message })
}
