import type { Connection } from '../../domain/connection.ts'
import type { Link } from '../../domain/link.ts'
import type { PostPlan } from '../../domain/plan-post.ts'
import type { PostPolicy } from '../../domain/post-mapping.ts'
import { isPostDue, wishOf, type PostWish } from '../../domain/post-wish.ts'
import { noPost, postSlug, type LinkedPost, type PostType, type SitePost } from '../../domain/post.ts'
import { connectionOf, type SyncContext } from '../context.ts'
import type { Case, LookResult } from './case.ts'
import type { Outcome } from './outcome.ts'

/** One post of somebody while being settled. */
export type PostCase = {
  one: Case
  policy: PostPolicy
  wish: PostWish
  /** As on the link; with an open intent, what is known under it. */
  linked: LinkedPost
  slug: string
  type: PostType | null
  /** null = the site doesn't have it, undefined = not read. */
  post: SitePost | null | undefined
  attempt: string
  /** Most posts that may share its request. */
  batch: number
  plan: PostPlan
}

/** The posts of somebody about which something has to be done, now that the account is as this link says. */
export function duePosts(one: Case, link: Link, { posts }: Pick<Connection, 'posts'>): PostCase[] {
  return posts.flatMap((policy): PostCase[] => {
    const mapped = one.posts.find((each) => each.policy === policy) ?? null
    const wish = wishOf(policy, mapped, link, one.standing.kind === 'here')
    const linked = link.posts[policy.type] ?? noPost
    if (!isPostDue(wish, linked, policy)) return []
    const slug = postSlug(link.connection, link.objectId)
    const plan: PostPlan = { verb: 'nothing', id: linked.id, hashes: linked.hashes }
    const batch = Math.min(one.look.batch, linked.intent?.batch ?? Infinity)
    return [{ one, policy, wish, linked, slug, type: null, post: undefined, attempt: '', batch, plan }]
  })
}

/** The account is settled: nothing is open, nothing failed, and no other look comes at once. */
export function isAccountSettled(link: Link, result: LookResult | undefined): boolean {
  if (link.intent !== null || !result) return false
  return (result.kind === 'done' || result.kind === 'later') && result.status !== 'failed'
}

/**
 * The outcome of an account whose posts are still to be settled: without its fingerprint, so that whoever finds the link after a death here
 * looks again. A failure that is the posts' goes on being counted.
 */
export function beforePosts(outcome: Outcome, context: SyncContext): Outcome {
  const { case: one, result } = outcome
  const link = outcome.link ?? one.link
  const connection = connectionOf(context, link.connection)
  if (!connection || !isAccountSettled(link, result) || duePosts(one, link, connection).length === 0) return outcome
  one.afterPosts = { fingerprint: link.fingerprint, failure: link.failure }
  const failure = isPostFailure(one.link.failure) ? one.link.failure : link.failure
  const awaiting = { ...link, fingerprint: null, failure }
  const alone = !outcome.removal && !outcome.handover && !outcome.reverse
  return { ...outcome, link: alone && JSON.stringify(awaiting) === JSON.stringify(one.link) ? null : awaiting }
}

export function postFailure({ policy }: PostCase, what: string): string {
  return `post.${policy.type}: ${what}`
}

function isPostFailure(failure: Link['failure']): boolean {
  return failure?.code.startsWith('post.') ?? false
}
