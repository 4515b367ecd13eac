import type { PostType } from '../domain/post.ts'
import type { PostWrite, SitePosts } from '../sync/ports/site-posts.ts'
import { diagnosed } from './diagnose.ts'
import { readPostTypes } from './post-types.ts'
import { findPosts, readPosts } from './read-posts.ts'
import type { Rest } from './rest.ts'
import { writePosts } from './write-posts.ts'

/** The posts of one WordPress. https://developer.wordpress.org/rest-api/reference/posts/ */
export function sitePosts(rest: Rest): SitePosts {
  return {
    postTypes: diagnosed(rest, (types: readonly string[]) => readPostTypes(rest, types)),
    readPosts: diagnosed(rest, (type: PostType, ids: readonly number[]) => readPosts(rest, type, ids)),
    findPosts: diagnosed(rest, (type: PostType, slugs: readonly string[]) => findPosts(rest, type, slugs)),
    writePosts: diagnosed(rest, (writes: readonly PostWrite[]) => writePosts(rest, writes)),
  }
}
