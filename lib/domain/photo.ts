/** Edges in pixels that Graph keeps a photo in. https://learn.microsoft.com/graph/api/profilephoto-get */
export const photoSizes = [48, 64, 96, 120, 240, 360, 432, 504, 648] as const
export type PhotoSize = (typeof photoSizes)[number]

export const photoTypes = ['image/jpeg', 'image/png'] as const

export type Photo = { bytes: Uint8Array; type: (typeof photoTypes)[number] }

/** Who on a site keeps avatars: the companion alone where it is there, for it serves the others too. */
export const photoTargets = ['companion', 'simple-local-avatars', 'buddypress', 'buddyboss'] as const
export type PhotoTarget = (typeof photoTargets)[number]

/** What smaller photos are refused by. https://developer.buddypress.org, bp_core_avatar_full_width(), and BuddyBoss' own 300. */
const leastBuddyPress = 150
const leastBuddyBoss = 300

/** The smallest size of Graph's that is wanted and that the site's plugins take. @param namespaces of the site's REST API */
export function photoSizeFor(wanted: PhotoSize, namespaces: readonly string[]): PhotoSize {
  const buddyPress = namespaces.some((name) => name.startsWith('buddypress/'))
  const least = namespaces.includes('buddyboss/v1') ? leastBuddyBoss : buddyPress ? leastBuddyPress : 0
  return photoSizes.find((size) => size >= Math.max(wanted, least)) ?? 648
}

/** What an image says that it is by its first bytes, or null where the site would not take it. */
export function photoTypeOf(bytes: Uint8Array): Photo['type'] | null {
  const begins = (...start: number[]) => start.every((byte, index) => bytes[index] === byte)
  if (begins(0xff, 0xd8, 0xff)) return 'image/jpeg'
  return begins(0x89, 0x50, 0x4e, 0x47) ? 'image/png' : null
}

/** Where a connection's photo poll stands. ms since 1970. */
export type PhotoPoll = {
  startedAt: number
  finishedAt: number | null
  /** Object id of the last link that was asked for; null = at the beginning, or finished. */
  after: string | null
  /** People asked for, and those whose photo is not the one on the site, of the poll under way or the last one. */
  asked: number
  changed: number
  /** Why photos can't be read at all; null = they can. */
  error: string | null
  leaseOwner: string | null
  leaseUntil: number
  /** Before that nobody goes on: polls are spread over time. */
  nextAt: number
}

/** True where the poll is to begin or to go on now. */
export function isPhotoPollDue(poll: PhotoPoll | null, everyMs: number, now: number): boolean {
  if (poll === null) return true
  if (poll.leaseOwner !== null && poll.leaseUntil > now) return false
  return poll.finishedAt === null ? poll.nextAt <= now : now - poll.startedAt >= everyMs
}

/** The poll that is to go on: the one under way, or a new one. */
export function begunPhotoPoll(poll: PhotoPoll | null, now: number): PhotoPoll {
  if (poll && poll.finishedAt === null) return poll
  return {
    startedAt: now,
    finishedAt: null,
    after: null,
    asked: 0,
    changed: 0,
    error: poll?.error ?? null,
    leaseOwner: null,
    leaseUntil: 0,
    nextAt: 0,
  }
}
