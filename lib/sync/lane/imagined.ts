import type { SiteUser } from '../../domain/site-user.ts'
import type { Lane } from './lane.ts'

type Owner = { connection: string; objectId: string }

/**
 * What a dry run would have made of the site by now: so two newcomers who share an address or a login are told what each would get. Kept for
 * one run of the lane; whoever comes in a later one is told as if nobody had come before.
 */
export type Imagined = {
  /** An account that would be made. */
  add(username: string, fields: SiteUser['fields']): SiteUser
  /** An account of the site that would get another address. */
  move(id: number, email: string): void
  /** Who would have it by now; `onSite`: who has it as the site says. */
  byEmail(email: string, onSite: SiteUser | null): SiteUser | null
  byUsername(username: string): SiteUser | null
  /** Accounts that would have an owner by now. */
  owners: Map<number, Owner>
  /** As of a lane: over all chunks of the dry run. */
  reserved: Set<string>
}

const known = new WeakMap<Lane, Map<string, Imagined>>()

/** The same for every chunk of one dry run. */
export function imaginedIn(lane: Lane, cycle: string): Imagined {
  const cycles = known.get(lane) ?? new Map<string, Imagined>()
  known.set(lane, cycles)
  const imagined = cycles.get(cycle) ?? createImagined()
  cycles.set(cycle, imagined)
  return imagined
}

function createImagined(): Imagined {
  const emails = new Map<string, SiteUser>()
  const usernames = new Map<string, SiteUser>()
  const moved = new Map<number, string>()
  let last = 0
  return {
    add(username, fields) {
      // No site has ids below one.
      const nothing = { roles: [], registeredAt: 0, suspended: null, markedFor: null }
      const user: SiteUser = { id: --last, username, fields, ...nothing }
      emails.set(fields.email.toLowerCase(), user)
      usernames.set(username.toLowerCase(), user)
      return user
    },
    move: (id, email) => void moved.set(id, email.toLowerCase()),
    byEmail(email, onSite) {
      const wanted = email.toLowerCase()
      const user = emails.get(wanted)
      if (user) return user
      const now = onSite && moved.get(onSite.id)
      return now === undefined || now === wanted ? onSite : null
    },
    byUsername: (username) => usernames.get(username.toLowerCase()) ?? null,
    owners: new Map(),
    reserved: new Set(),
  }
}
