import type { Connection } from '../../domain/connection.ts'
import type { Link } from '../../domain/link.ts'
import { planPost } from '../../domain/plan-post.ts'
import type { Case, LookResult } from './case.ts'
import type { Lane } from './lane.ts'
import { duePosts, isAccountSettled, type PostCase } from './post-case.ts'
import {
  postFailed,
  postOutcome,
  postRefused,
  postUnanswered,
  postWritten,
  resolveIntent,
  type PostOutcome,
} from './post-outcome.ts'
import { postTypesOf } from './post-types.ts'
import { readPosts } from './read-posts.ts'
import { announcePosts, writePosts, type PostToWrite } from './write-posts.ts'

/**
 * The posts of those whose accounts are settled, in the same look and in the same order as an account: read, plan, intent, site, audit,
 * commit. The link has no fingerprint meanwhile (`beforePosts`), so whoever dies here is looked at again; a post is made with a slug that only
 * depends on the person, so that one which nobody heard of is found. Whose posts are as they were costs nothing.
 * @throws SiteFault, LaneLost; those without an outcome are looked at again
 */
export async function settlePosts(
  lane: Lane,
  connection: Connection,
  cases: readonly Case[],
  results: Map<string, LookResult>,
): Promise<void> {
  const settled = new Map<Case, LookResult>()
  const due = cases.flatMap((one) => {
    const result = results.get(one.look.objectId)
    if (one.afterPosts === null || !result || !isAccountSettled(one.link, result)) return []
    settled.set(one, result)
    // Until the posts are done too. What became of the account is counted now, or never.
    results.set(one.look.objectId, again(result))
    return duePosts(one, one.link, connection)
  })
  if (due.length === 0) return

  const { context } = lane
  const outcomes: PostOutcome[] = []
  const typed = await withTypes(lane, connection, due, outcomes)
  await readPosts(lane, connection, typed)
  const siteNow = context.now() + lane.site.clockOffset()
  const planned: PostCase[] = []
  for (const post of typed) {
    const resolved = resolveIntent(post, siteNow, context)
    if (resolved) outcomes.push(resolved)
    else {
      plan(post, connection)
      planned.push(post)
    }
  }
  const writes = planned.filter(isPostWrite)
  outcomes.push(...planned.filter((post) => !isPostWrite(post)).map((post) => postOutcome(post, context)))
  const announced = await announcePosts(lane, writes)
  // Somebody else has looked at them since: nothing of what was found out here may be written.
  const lost = new Set(writes.filter((post) => !announced.includes(post)).map(({ one }) => one))
  const { replies, fault } = await writePosts(lane, announced)
  const unheard = new Set<Case>()
  for (const [post, reply] of replies) {
    if (reply.kind === 'written') outcomes.push(postWritten(post, reply.post, context))
    else if (reply.kind === 'refused') outcomes.push(postRefused(post, reply.fault, context))
    else outcomes.push(postUnanswered(post, reply, post.one.link.posts[post.policy.type]!, context))
  }
  for (const post of announced) if (!replies.has(post)) unheard.add(post.one)
  const told = outcomes.filter(({ case: { one } }) => !lost.has(one))
  await record(lane, told, settled, unheard, results)
  if (fault) throw fault
}

function again(result: LookResult): LookResult {
  return { kind: 'again', status: result.kind === 'put-back' ? null : result.status }
}

function isPostWrite(post: PostCase): post is PostToWrite {
  return post.plan.verb === 'create' || post.plan.verb === 'update' || post.plan.verb === 'trash'
}

/** Those whose type the site has as it is configured; the others' fault is told, and nothing is sent for them. */
async function withTypes(
  lane: Lane,
  connection: Connection,
  due: readonly PostCase[],
  outcomes: PostOutcome[],
): Promise<PostCase[]> {
  const types = await postTypesOf(lane, connection)
  return due.filter((post) => {
    const found = types.get(post.policy.type)
    if (found?.ok) {
      post.type = found.type
      return true
    }
    const failed = postFailed(post, lane.context, { code: 'type', retry: false, message: found?.message ?? null })
    // What an open intent did can't be read now: it stays open.
    outcomes.push({ ...failed, linked: post.linked })
    return false
  })
}

function plan(post: PostCase, { whenAccountMissing }: Connection): void {
  const { one, type } = post
  const authors = [one.link.wordpressId, one.account?.id, one.heir].filter((id) => typeof id === 'number')
  post.plan = planPost({ ...post, type: type!, authors, recreate: whenAccountMissing === 'recreate' })
}

/** The audit, then the links: as for accounts. One link a person, whatever many posts they have. */
async function record(
  lane: Lane,
  outcomes: readonly PostOutcome[],
  settled: ReadonlyMap<Case, LookResult>,
  unheard: ReadonlySet<Case>,
  results: Map<string, LookResult>,
): Promise<void> {
  const { stores } = lane.context
  const rows = outcomes.flatMap(({ audit }) => audit ?? [])
  if (rows.length > 0) await stores.audit.write(rows)
  const people = [...Map.groupBy(outcomes, ({ case: { one } }) => one)]
  const commits = people.map(([one, theirs]) => ({ link: linkAfter(one, theirs, unheard.has(one)), etag: one.etag }))
  const { lost } =
    commits.length > 0 ? await stores.links.write(lane.settings.id, commits) : { lost: new Set<string>() }
  for (const [one, theirs] of people) {
    const id = one.look.objectId
    const result = settled.get(one)
    if (result && !lost.has(id) && !unheard.has(one)) results.set(id, resultAfter(result, theirs))
  }
}

function linkAfter(one: Case, outcomes: readonly PostOutcome[], unheard: boolean): Link {
  const known = Object.fromEntries(outcomes.map(({ case: { policy }, linked }) => [policy.type, linked]))
  const posts = { ...one.link.posts, ...known }
  const failed = outcomes.flatMap(({ result }) => (result.kind === 'failed' ? [result.failure] : []))
  const [failure] = failed.toSorted((a, b) => a.retryAt - b.retryAt)
  if (failure) return { ...one.link, posts, failure }
  const done = !unheard && outcomes.every(({ result }) => result.kind === 'done')
  return done ? { ...one.link, posts, ...one.afterPosts } : { ...one.link, posts }
}

/** Of several posts the one that needs most decides. */
function resultAfter(result: LookResult, outcomes: readonly PostOutcome[]): LookResult {
  const status = result.kind === 'put-back' ? null : result.status
  const written = outcomes.some(({ result }) => result.kind === 'done' && result.written)
  const told = written && (status === 'unchanged' || status === null) ? 'updated' : status
  const waits = outcomes.flatMap(({ result }) => (result.kind === 'put-back' ? [result.after] : []))
  if (waits.length > 0) return { kind: 'put-back', after: Math.max(...waits) }
  const more = outcomes.flatMap(({ result }) => (result.kind === 'again' ? [result] : []))
  const batches = more.flatMap(({ batch }) => batch ?? [])
  if (more.length > 0)
    return { kind: 'again', status: told, ...(batches.length > 0 && { batch: Math.min(...batches) }) }
  const times = outcomes.flatMap(({ result }) => (result.kind === 'failed' ? [result.failure.retryAt] : []))
  if (times.length > 0) {
    const failed = told === 'unchanged' || told === null ? 'failed' : told
    return { kind: 'later', status: failed, at: Math.min(...times, result.kind === 'later' ? result.at : Infinity) }
  }
  return result.kind === 'put-back' ? result : { ...result, status: told }
}
