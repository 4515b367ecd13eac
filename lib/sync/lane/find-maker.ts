import type { Link } from '../../domain/link.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { clockTolerance, isCreatedBy } from './read-accounts.ts'
import type { Lane } from './lane.ts'

type Person = { connection: string; objectId: string }

/** Links with an open intent and no account yet, as they stood at `at` by the site's clock. */
type Unfinished = { links: Link[]; at: number }

/** Read at most once a run, and only by a run that meets an account without an owner. */
const known = new WeakMap<Lane, Promise<Unfinished>>()

/**
 * Whose account this is in the making: a process that died between writing to the site and committing leaves an account that no link
 * names yet. It is its maker's, whoever else has the same address: nobody may adopt it before the maker was looked at.
 */
export async function findMaker(lane: Lane, self: Person, account: SiteUser): Promise<Person | null> {
  let unfinished = known.get(lane)
  // An account that was made since may be that of a write in this very run whose answer never came.
  if (!unfinished || account.registeredAt > (await unfinished).at - clockTolerance) {
    unfinished = readUnfinished(lane)
    known.set(lane, unfinished)
  }
  const { links } = await unfinished
  for (const link of links.filter((one) => !isSame(one, self) && isMaking(one, account)))
    if (await isStillOpen(lane, link)) return { connection: link.connection, objectId: link.objectId }
  return null
}

async function readUnfinished(lane: Lane): Promise<Unfinished> {
  const { context, settings, site } = lane
  const { links } = context.stores
  const at = context.now() + site.clockOffset()
  const found: Link[] = []
  for (const { id } of context.connections.filter((connection) => connection.site.id === settings.id)) {
    const open: string[] = []
    for await (const row of links.fingerprints(settings.id, id)) if (row.intentOpen) open.push(row.objectId)
    for (const { link } of (await links.read(settings.id, id, open)).values())
      if (link.wordpressId === null) found.push(link)
  }
  return { links: found, at }
}

async function isStillOpen(lane: Lane, { connection, objectId, intent }: Link): Promise<boolean> {
  const stored = (await lane.context.stores.links.read(lane.settings.id, connection, [objectId])).get(objectId)
  return stored?.link.intent?.attempt === intent?.attempt
}

function isMaking({ intent }: Link, account: SiteUser): boolean {
  return intent?.verb === 'adopt' ? intent.wordpressId === account.id : isCreatedBy(intent, account)
}

function isSame(a: Person, b: Person): boolean {
  return a.connection === b.connection && a.objectId === b.objectId
}
