import type { PostType, PostValues, SitePost } from '../../domain/post.ts'
import type { UserFault } from './site.ts'

/** One write of a post. `attempt` goes along as the request header `X-Entra-Sync-Attempt`, inside a batch too. */
export type PostWrite = { type: PostType; attempt: string } & (
  | { kind: 'create'; slug: string; values: PostValues }
  | { kind: 'update'; id: number; values: PostValues }
  /** Into the trash; WordPress empties it in its own time. */
  | { kind: 'trash'; id: number }
)

export type PostAnswer = { ok: true; post: SitePost } | { ok: false; fault: UserFault }

/** Posts of one WordPress. Every method throws `SiteFault` when the site as a whole fails. */
export type SitePosts = {
  /** Types by name; absent = the site has none of this name that is open to REST and to the sync's account. `known`: all there are. */
  postTypes(types: readonly string[]): Promise<{ found: Map<string, PostType>; known: string[] }>
  /** Posts by id, any number (100 a request), those in the trash too. A post that the site doesn't have is not in the map. */
  readPosts(type: PostType, ids: readonly number[]): Promise<Map<number, SitePost>>
  /** Posts by the slug that they were made with, in the trash too; one that is not there wins over one in the trash. */
  findPosts(type: PostType, slugs: readonly string[]): Promise<Map<string, SitePost>>
  /** Sends at most 25 writes (one where their types can't be batched) as ONE request, in order; answers in the same order. */
  writePosts(writes: readonly PostWrite[]): Promise<PostAnswer[]>
}

/** The most writes that one request takes. */
export function postsPerRequest({ batch }: PostType): number {
  return batch ? 25 : 1
}
