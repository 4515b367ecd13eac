import type { JsonValue } from './custom-field.ts'
import { setOnce } from './field-hash.ts'
import type { PostPolicy } from './post-mapping.ts'
import { changedFields, isPostDue, type PostWish } from './post-wish.ts'
import {
  comparablePost,
  hashPost,
  hashPostField,
  hashSlug,
  valueEntries,
  type LinkedPost,
  type PostField,
  type PostHashes,
  type PostRefusal,
  type PostType,
  type PostValues,
  type SitePost,
} from './post.ts'

export type PostChange = { field: PostField; from: JsonValue | undefined; to: JsonValue }

/** A plan that an intent announces and the site is written for. */
export type PostWritePlan = {
  verb: 'create' | 'update' | 'trash'
  /** The post to write to; null = it must be made. */
  post: SitePost | null
  /** What is sent. */
  values: PostValues
  changes: PostChange[]
  /** Hashes of all fields as they will be afterwards. */
  hashes: PostHashes
}

export type PostPlan =
  | PostWritePlan
  /** Nothing is to be written. `id`, `hashes`: what is known now. */
  | { verb: 'nothing'; id: number | null; hashes: PostHashes }
  | { verb: 'refuse'; reason: PostRefusal }
  | { verb: 'fail'; field: string; message: string }

export type PostInput = {
  policy: PostPolicy
  type: PostType
  wish: PostWish
  linked: LinkedPost
  /** As read in this attempt; null = the site doesn't have it, undefined = it wasn't read. */
  post: SitePost | null | undefined
  /** The slug that it is made with. */
  slug: string
  /** Accounts whose posts it may be: the person's own, and the heir of deleted ones. */
  authors: readonly number[]
  /** A post that a hand deleted is made anew. */
  recreate: boolean
}

/** What to do for one post. Pure: the same reading gives the same plan. Says nothing of an open intent: see `postEffect`. */
export function planPost(input: PostInput): PostPlan {
  const { policy, wish, linked, post, recreate } = input
  const { id, hashes } = linked
  if (wish.kind === 'fail') return { verb: 'fail', field: wish.field, message: wish.message }
  if (!isPostDue(wish, { ...linked, intent: null }, policy)) return { verb: 'nothing', id: linked.id, hashes }
  if (post === undefined) throw new Error('planPost: a post that is due must be read')
  if (post === null) {
    // What we put into the trash may have been emptied out of it: nobody deleted anything of ours.
    const byHand = id !== null && hashes.status !== hashPostField('status', 'trash')
    if (wish.kind !== 'show') return { verb: 'nothing', id: null, hashes: {} }
    if (byHand && !recreate) return { verb: 'refuse', reason: 'post-missing' }
    return creation(input, wish.values)
  }
  if (!isOurs(post, input)) return { verb: 'refuse', reason: 'post-mismatch' }
  const trashed = post.status === 'trash'
  if (trashed && hashes.status !== hashPostField('status', 'trash')) {
    // Taken out of the trash again it has kept what people wrote.
    if (wish.kind === 'show' && !recreate) return { verb: 'refuse', reason: 'post-missing' }
    if (wish.kind === 'hide')
      return { verb: 'nothing', id: post.id, hashes: { ...hashes, status: hashPostField('status', wish.status) } }
  }
  return change(input, post)
}

/** Its slug says so, or its author: a hand may change one of them. A restored backup can give an id to somebody else's post. */
function isOurs({ slug: has, author }: SitePost, { slug, linked, authors }: PostInput): boolean {
  const hash = hashSlug(has, slug)
  return hash === null || hash === linked.slug || (author !== null && authors.includes(author))
}

function creation({ policy, type }: PostInput, wanted: PostValues): PostPlan {
  const values = Object.fromEntries(
    valueEntries(wanted).filter(([field, value]) => comparablePost(value) !== '' && takes(type, field)),
  ) as PostValues
  return {
    verb: 'create',
    post: null,
    values,
    changes: valueEntries(values).map(([field, to]) => ({ field, from: undefined, to })),
    hashes: hashPost(wanted, policy.once),
  }
}

function change({ policy, type, wish, linked }: PostInput, post: SitePost): PostPlan {
  const hashes = { ...linked.hashes, ...hashPost(wish.kind === 'show' ? wish.values : hiding(wish), policy.once) }
  if (wish.kind === 'hide' && wish.status === 'trash' && post.status !== 'trash')
    return { verb: 'trash', post, values: {}, changes: [{ field: 'status', from: post.status, to: 'trash' }], hashes }
  const restored = post.status === 'trash' && wish.kind === 'show' ? { status: wish.values.status ?? 'publish' } : {}
  const candidates = { ...changedFields(wish, linked, policy.once), ...restored }
  const values = Object.fromEntries(
    valueEntries(candidates).filter(([field, value]) => {
      const has = onSite(post, field)
      if (!takes(type, field) || comparablePost(has) === comparablePost(value)) return false
      return !policy.once.has(field) || comparablePost(has) === ''
    }),
  ) as PostValues
  const changes = valueEntries(values).map(([field, to]) => ({ field, from: onSite(post, field), to }))
  return changes.length === 0
    ? { verb: 'nothing', id: post.id, hashes }
    : { verb: 'update', post, values, changes, hashes }
}

function hiding(wish: PostWish): PostValues {
  return wish.kind === 'hide' ? { status: wish.status } : {}
}

function takes({ texts, author }: PostType, field: PostField): boolean {
  if (field === 'author') return author
  return field === 'title' || field === 'content' || field === 'excerpt' ? texts.includes(field) : true
}

export function onSite({ status, author, values }: SitePost, field: PostField): JsonValue | undefined {
  return field === 'status' ? status : field === 'author' ? author : values[field]
}

/**
 * What a write did whose answer nobody heard: what changed, where its effect shows on the site, or null where it doesn't.
 * Fields that are set once show nothing: they may hold what people wrote.
 */
export function postEffect(linked: LinkedPost, post: SitePost | null): PostChange[] | null {
  const { intent, hashes } = linked
  if (intent === null) return null
  // Into the trash and out of it again by the site's own clean-up.
  if (post === null) return intent.verb === 'trash' ? [{ field: 'status', from: undefined, to: 'trash' }] : null
  const changed = (Object.entries(intent.hashes) as [PostField, string][]).filter(
    ([field, hash]) => hash !== hashes[field] && hash !== setOnce,
  )
  const shows = changed.filter(([field, hash]) => hash === hashPostField(field, onSite(post, field)))
  // An author is no news where posts of the type have none.
  const counted = changed.filter(([field]) => field !== 'author' || post.author !== null)
  if (counted.length === 0 || shows.length < counted.length) return null
  return shows.map(([field]) => ({ field, from: undefined, to: onSite(post, field) ?? null }))
}
