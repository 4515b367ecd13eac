import type { Connection, SiteSettings } from '../../domain/connection.ts'
import { postTypeFault } from '../../domain/post-type-fault.ts'
import type { PostType } from '../../domain/post.ts'
import type { Lane } from './lane.ts'

/** A post type that can be written to, or why not. */
type Found = { ok: true; type: PostType } | { ok: false; message: string }

/** Asked at most once in `timings.capabilitiesFresh` by a process: site settings live as long as it does. */
const asked = new WeakMap<SiteSettings, Map<string, { found: PostType | null; known: string[]; at: number }>>()

/**
 * The post types of a connection, as the site says them. Whatever the site would not take is told before anything of that type is written:
 * WordPress says "done" to meta that isn't registered, and keeps nothing.
 */
export async function postTypesOf(lane: Lane, connection: Connection): Promise<Map<string, Found>> {
  const { context, settings } = lane
  const { now, timings, log } = context
  const known = asked.get(settings) ?? new Map<string, { found: PostType | null; known: string[]; at: number }>()
  asked.set(settings, known)
  const missing = connection.posts.filter(({ type }) => {
    const at = known.get(type)?.at
    return at === undefined || now() - at >= timings.capabilitiesFresh
  })
  if (missing.length > 0) {
    const at = now()
    const answer = await lane.site.postTypes(missing.map(({ type }) => type))
    for (const { type } of missing) known.set(type, { found: answer.found.get(type) ?? null, known: answer.known, at })
  }
  const types = new Map<string, Found>()
  for (const [index, policy] of connection.posts.entries()) {
    const { found = null, known: names = [] } = known.get(policy.type) ?? {}
    const message = postTypeFault(policy, found, names)
    if (found && message === null) types.set(policy.type, { ok: true, type: found })
    else {
      types.set(policy.type, { ok: false, message: message ?? '' })
      log('error', 'posts not written', { connection: connection.id, post: index, reason: message ?? '' })
    }
  }
  return types
}
