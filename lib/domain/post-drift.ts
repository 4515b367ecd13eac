import type { Link } from './link.ts'
import { onSite } from './plan-post.ts'
import { setOnce } from './field-hash.ts'
import { hashPostField, type LinkedPost, type PostField, type SitePost } from './post.ts'

/** What somebody changed in a post: fields that aren't as they were last applied, or the whole post. */
export type PostDrift = { type: string; missing: boolean; fields: PostField[] }

/** How a post differs from what was last applied to it; null = not at all. @param post null = the site doesn't have it */
export function postDriftOf(type: string, linked: LinkedPost, post: SitePost | null): PostDrift | null {
  const inTrash = hashPostField('status', 'trash')
  if (post === null || post.status === 'trash') {
    // Where it shall be, or known and told.
    const known = linked.hashes.status === inTrash || linked.refused === 'post-missing'
    return known ? null : { type, missing: true, fields: [] }
  }
  if (linked.refused === 'post-mismatch') return null
  const fields = (Object.entries(linked.hashes) as [PostField, string][]).flatMap(([field, hash]) => {
    const value = onSite(post, field)
    // Set once, or not shown: mapped no more, or none of the type's.
    const untold = hash === setOnce || value === undefined || (field === 'author' && value === null)
    return untold || hash === hashPostField(field, value) ? [] : [field]
  })
  return fields.length === 0 ? null : { type, missing: false, fields }
}

/** The link that lets the next look find out: what drifted counts as never applied. */
export function withoutPostDrift(link: Link, drifts: readonly PostDrift[]): Link {
  if (drifts.length === 0) return link
  const posts = { ...link.posts }
  for (const { type, missing, fields } of drifts) {
    const linked = posts[type]
    if (!linked) continue
    const kept = Object.entries(linked.hashes).filter(([field]) => !missing && !fields.includes(field as PostField))
    posts[type] = { ...linked, hashes: Object.fromEntries(kept) }
  }
  return { ...link, fingerprint: null, posts }
}
