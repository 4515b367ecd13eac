import { newAttempt } from '../../domain/attempt.ts'
import { SiteFault } from '../../domain/faults.ts'
import type { PostWritePlan } from '../../domain/plan-post.ts'
import type { LinkedPost, PostIntent, SitePost } from '../../domain/post.ts'
import type { UserFault } from '../ports/site.ts'
import { postsPerRequest, type PostWrite } from '../ports/site-posts.ts'
import type { Case } from './case.ts'
import type { Lane } from './lane.ts'
import type { PostCase } from './post-case.ts'
import { isWell } from './write-accounts.ts'

export type PostToWrite = PostCase & { plan: PostWritePlan }

export type PostReply =
  | { kind: 'written'; post: SitePost }
  | { kind: 'refused'; fault: UserFault }
  /** The request failed as a whole though the site is well. `batch`: how many posts shared it. `ended`: nothing of it is still running. */
  | { kind: 'unknown'; batch: number; code: string; ended: boolean }

/**
 * Writes the intents into the links, each on condition of the ETag that the account was settled with, all of a person's in one. Returns who
 * still has theirs; the others were changed by somebody and are looked at again.
 */
export async function announcePosts(lane: Lane, cases: readonly PostToWrite[]): Promise<PostToWrite[]> {
  if (cases.length === 0) return []
  const { context, settings } = lane
  const siteNow = context.now() + lane.site.clockOffset()
  for (const post of cases) {
    const { one, plan, policy } = post
    post.attempt ||= newAttempt(context.now(), context.randomId())
    const intent: PostIntent = { verb: plan.verb, attempt: post.attempt, siteTime: siteNow, hashes: plan.hashes }
    const linked: LinkedPost = { ...post.linked, id: plan.post?.id ?? null, intent }
    one.link = { ...one.link, posts: { ...one.link.posts, [policy.type]: linked } }
  }
  const people = [...new Set(cases.map(({ one }) => one))]
  const { etags } = await context.stores.links.write(
    settings.id,
    people.map(({ link, etag }) => ({ link, etag })),
  )
  return cases.filter(({ one }) => keepEtag(one, etags))
}

function keepEtag(one: Case, etags: ReadonlyMap<string, string>): boolean {
  const etag = etags.get(one.look.objectId)
  one.etag = etag ?? one.etag
  return etag !== undefined
}

/** Sends the writes. Cases without a reply were not written, or nobody knows: their intents stay open. `fault`: the site can't be worked with. */
export async function writePosts(
  lane: Lane,
  cases: readonly PostToWrite[],
): Promise<{ replies: Map<PostToWrite, PostReply>; fault: SiteFault | null }> {
  const replies = new Map<PostToWrite, PostReply>()
  let fault: SiteFault | null = null
  const others: unknown[] = []
  await Promise.all(
    requestsOf(cases).map(async (request) => {
      if (fault || others.length > 0) return
      try {
        for (const [index, answer] of (await lane.site.writePosts(request.map(asWrite))).entries())
          replies.set(
            request[index]!,
            answer.ok ? { kind: 'written', post: answer.post } : { kind: 'refused', fault: answer.fault },
          )
      } catch (error) {
        if (!(error instanceof SiteFault)) others.push(error)
        else if (!(await isWell(lane, error))) fault ??= error
        else for (const post of request) replies.set(post, unknown(error, request.length))
      }
    }),
  )
  // Only now: no request may outlive the lane that sent it.
  if (others.length > 0) throw others[0]
  return { replies, fault }
}

/** A 500 is PHP's own end; behind a timeout, or a proxy's answer, it may run on. */
function unknown({ reason, status }: SiteFault, batch: number): PostReply {
  return { kind: 'unknown', batch, code: reason, ended: status === 500 }
}

function requestsOf(cases: readonly PostToWrite[]): PostToWrite[][] {
  const requests: PostToWrite[][] = []
  const open = new Map<number, PostToWrite[]>()
  for (const post of cases) {
    const most = Math.min(postsPerRequest(post.type!), post.batch)
    const request = open.get(most)
    if (request && request.length < most) request.push(post)
    else {
      const begun = [post]
      open.set(most, begun)
      requests.push(begun)
    }
  }
  return requests
}

function asWrite({ plan, type, attempt, slug }: PostToWrite): PostWrite {
  const common = { type: type!, attempt }
  if (plan.post === null) return { ...common, kind: 'create', slug, values: plan.values }
  const { id } = plan.post
  return plan.verb === 'trash'
    ? { ...common, kind: 'trash', id }
    : { ...common, kind: 'update', id, values: plan.values }
}
