import type { Connection } from '../../domain/connection.ts'
import { mapPost, type MappedPost } from '../../domain/post-mapping.ts'
import type { Case } from './case.ts'

/** What the posts of those who belong on the site should say. */
export async function mapPosts({ posts }: Connection, cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    if (one.lookUp.kind !== 'found' || one.standing.kind !== 'here') continue
    const mapped: MappedPost[] = []
    for (const policy of posts) mapped.push(await mapPost(policy, one.lookUp.user))
    one.posts = mapped
  }
}
