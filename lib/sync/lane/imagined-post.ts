import type { PostAnswer, PostWrite } from '../ports/site-posts.ts'

/** A write of a post as the site would have answered it, for a run that writes nothing. */
export function imaginedPost(write: PostWrite): PostAnswer {
  const id = write.kind === 'create' ? 0 : write.id
  const values = write.kind === 'trash' ? {} : write.values
  const status = write.kind === 'trash' ? 'trash' : typeof values.status === 'string' ? values.status : 'publish'
  return { ok: true, post: { id, slug: '', status, author: null, values } }
}
