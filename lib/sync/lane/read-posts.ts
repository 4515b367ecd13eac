import type { Connection } from '../../domain/connection.ts'
import type { PostType, SitePost } from '../../domain/post.ts'
import type { Lane } from './lane.ts'
import type { PostCase } from './post-case.ts'

/**
 * Reads the posts that a plan needs: by id, or where none is known by the slug that they are made with. Whose id is gone and who is to have a
 * post all the same is looked for by slug too: an earlier try may have made it anew.
 */
export async function readPosts(lane: Lane, connection: Connection, cases: readonly PostCase[]): Promise<void> {
  const read = cases.filter(
    ({ type, wish, linked }) => type !== null && (wish.kind !== 'fail' || linked.intent !== null),
  )
  for (const [type, theirs] of Map.groupBy(read, ({ type }) => type!)) {
    await readById(lane, type, theirs)
    const recreate = connection.whenAccountMissing === 'recreate'
    await readBySlug(
      lane,
      type,
      theirs.filter(({ linked, post }) => linked.id === null || (post === null && recreate)),
    )
  }
}

async function readById(lane: Lane, type: PostType, cases: readonly PostCase[]): Promise<void> {
  const known = cases.flatMap((one) => (one.linked.id === null ? [] : [{ one, id: one.linked.id }]))
  if (known.length === 0) return
  const posts = await lane.site.readPosts(
    type,
    known.map(({ id }) => id),
  )
  for (const { one, id } of known) one.post = posts.get(id) ?? null
}

async function readBySlug(lane: Lane, type: PostType, cases: readonly PostCase[]): Promise<void> {
  if (cases.length === 0) return
  const posts: Map<string, SitePost> = await lane.site.findPosts(
    type,
    cases.map(({ slug }) => slug),
  )
  for (const one of cases) one.post = posts.get(one.slug) ?? null
}
