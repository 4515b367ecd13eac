import type { Connection } from '../../domain/connection.ts'
import type { Link } from '../../domain/link.ts'
import { postDriftOf, type PostDrift } from '../../domain/post-drift.ts'
import type { Lane } from './lane.ts'
import { postTypesOf } from './post-types.ts'

/** What differs in the posts of these people from what was last applied to them, by object id; a hundred posts a request. */
export async function driftOfPosts(
  lane: Lane,
  connection: Connection,
  links: readonly Link[],
): Promise<Map<string, PostDrift[]>> {
  const drifts = new Map<string, PostDrift[]>()
  if (!links.some(({ posts }) => Object.keys(posts).length > 0)) return drifts
  for (const [name, found] of await postTypesOf(lane, connection)) {
    if (!found.ok) continue
    const settled = links.flatMap(({ objectId, posts }) => {
      const linked = posts[name]
      return linked && linked.id !== null && linked.intent === null ? [{ objectId, linked, id: linked.id }] : []
    })
    if (settled.length === 0) continue
    const posts = await lane.site.readPosts(
      found.type,
      settled.map(({ id }) => id),
    )
    for (const { objectId, linked, id } of settled) {
      const drift = postDriftOf(name, linked, posts.get(id) ?? null)
      if (drift !== null) drifts.set(objectId, [...(drifts.get(objectId) ?? []), drift])
    }
  }
  return drifts
}
