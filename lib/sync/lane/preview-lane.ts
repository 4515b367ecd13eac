import { sameField } from '../../domain/canonical-field.ts'
import type { AuditRow } from '../../domain/audit.ts'
import type { Connection } from '../../domain/connection.ts'
import type { LookUp } from '../../domain/directory-user.ts'
import { SiteFault } from '../../domain/faults.ts'
import type { Link } from '../../domain/link.ts'
import type { SyncContext } from '../context.ts'
import type { Directory } from '../ports/directory.ts'
import type { Site } from '../ports/site.ts'
import type { LinkStore } from '../ports/store.ts'
import { createUnleasedLane } from './create-lane.ts'
import { dryLane } from './dry-lane.ts'
import type { Lane } from './lane.ts'

/** What the looks of one preview have read, told, and would have stored; all of it about the person who was asked for but `rows`. */
export type Seen = {
  lookUp: LookUp | null
  memberships: string[]
  /** As stored; null = never looked at. */
  link: Link | null
  /** As the looks would leave it. */
  linkAfter: Link | null
  /** With old and new values, whatever the audit's detail level. */
  rows: AuditRow[]
  /** The site failed. Where a real write would be blamed for it, here it is a reading. */
  fault: SiteFault | null
  /** Addresses that others have now, and will have given up. */
  released: string[]
}

/**
 * A dry lane in the memory of one request: what a look would tell and store is kept here and nowhere else, so that the next one finds it.
 * Needs no lease, for it writes nothing.
 */
export function createPreviewLane(
  context: SyncContext,
  connection: Connection,
  objectId: string,
): { lane: Lane; seen: Seen } {
  const seen: Seen = {
    ...{ lookUp: null, memberships: [], link: null, linkAfter: null },
    ...{ rows: [], fault: null, released: [] },
  }
  const { audit, stores } = context
  const write = async (rows: readonly AuditRow[]) => void seen.rows.push(...rows)
  const own = noted(context.directory(connection), objectId, seen)
  const noting: SyncContext = {
    ...context,
    audit: { ...audit, detail: 'full' },
    directory: (other) => (other.id === connection.id ? own : context.directory(other)),
    stores: { ...stores, audit: { ...stores.audit, write } },
  }
  const unleased = createUnleasedLane(noting, connection.site)
  const lane = dryLane({ ...unleased, site: watched(unleased.site, seen) })
  const links = remembered(lane.context.stores.links, { connection: connection.id, objectId }, seen)
  return { lane: { ...lane, context: { ...lane.context, stores: { ...lane.context.stores, links } } }, seen }
}

function noted(directory: Directory, objectId: string, seen: Seen): Directory {
  return {
    ...directory,
    usersById: async (ids, select) => {
      const answer = await directory.usersById(ids, select)
      seen.lookUp = answer.found.get(objectId) ?? seen.lookUp
      return answer
    },
    memberships: async (ids, groups) => {
      const answer = await directory.memberships(ids, groups)
      seen.memberships = answer.found.get(objectId) ?? seen.memberships
      return answer
    },
  }
}

function watched(site: Site, seen: Seen): Site {
  const watch = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      if (error instanceof SiteFault) seen.fault ??= error
      throw error
    }
  }
  return {
    ...site,
    findByEmail: async (email) =>
      seen.released.some((address) => sameField('email', address, email)) ? null : await watch(site.findByEmail(email)),
    findByUsername: (username) => watch(site.findByUsername(username)),
  }
}

/** Links as the looks before have left them. An intent is not remembered: nothing was written under it. */
function remembered(links: LinkStore, person: { connection: string; objectId: string }, seen: Seen): LinkStore {
  const kept = new Map<string, Link>()
  const keyOf = (connection: string, objectId: string) => `${connection}|${objectId}`
  const own = keyOf(person.connection, person.objectId)
  return {
    ...links,
    read: async (site, connection, ids) => {
      const found = await links.read(site, connection, ids)
      for (const objectId of ids) {
        const key = keyOf(connection, objectId)
        const stored = found.get(objectId)
        if (key === own) seen.link = stored?.link ?? null
        const link = kept.get(key)
        if (link) found.set(objectId, { link, etag: stored?.etag ?? 'dry' })
        if (key === own) seen.linkAfter = link ?? seen.link
      }
      return found
    },
    write: async (site, writes) => {
      for (const { link } of writes) {
        const key = keyOf(link.connection, link.objectId)
        if (link.intent === null) kept.set(key, link)
        if (key === own && link.intent === null) seen.linkAfter = link
      }
      return await links.write(site, writes)
    },
  }
}
