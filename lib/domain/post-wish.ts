import type { Link } from './link.ts'
import type { MappedPost, PostPolicy } from './post-mapping.ts'
import { hashPost, type LinkedPost, type PostValues } from './post.ts'
import { setOnce } from './field-hash.ts'

/** What shall become of a person's post of one type. */
export type PostWish =
  /** It stays as it is. */
  | { kind: 'keep' }
  | { kind: 'show'; values: PostValues }
  /** Where there is one: only its status. */
  | { kind: 'hide'; status: 'draft' | 'private' | 'trash' }
  | { kind: 'fail'; field: string; message: string }

/** The account is not where the link says: whatever its post says is nobody's to change now. */
const handsOff: ReadonlySet<string | null> = new Set(['account-missing', 'login-mismatch'])

/**
 * A post follows the account: what the account's link says when it is settled decides, not why.
 * @param mapped null = the directory has nobody to map
 * @param here the person belongs on the site
 */
export function wishOf(policy: PostPolicy, mapped: MappedPost | null, link: Link, here: boolean): PostWish {
  switch (link.state) {
    case 'unlinked':
      return { kind: 'keep' }
    case 'suspended':
      return hidden(policy.whenLeaving)
    case 'deleted':
      // An account that a hand deleted is no reason to throw a post away.
      return hidden(link.refused === 'account-missing' ? policy.whenLeaving : policy.whenDeleted)
    case 'active': {
      // Whoever left and keeps the account (a removal that waits, or isn't configured) keeps the post.
      if (!here || mapped === null || handsOff.has(link.refused)) return { kind: 'keep' }
      if (!mapped.ok) return { kind: 'fail', field: mapped.field, message: mapped.message }
      if (!mapped.taken) return hidden(policy.whenLeaving)
      return { kind: 'show', values: { ...mapped.values, status: policy.status, author: link.wordpressId } }
    }
  }
}

function hidden(after: 'draft' | 'private' | 'leave' | 'trash'): PostWish {
  return after === 'leave' ? { kind: 'keep' } : { kind: 'hide', status: after }
}

/** The values that a wish is about; none where nothing is to be said. */
export function wantedValues(wish: PostWish): PostValues {
  if (wish.kind === 'show') return wish.values
  return wish.kind === 'hide' ? { status: wish.status } : {}
}

/** Fields whose value isn't what was last applied. */
export function changedFields(wish: PostWish, { hashes }: LinkedPost, once: ReadonlySet<string>): PostValues {
  const values = wantedValues(wish)
  const wanted = hashPost(values, once)
  return Object.fromEntries(
    Object.entries(values).filter(([field]) => {
      const [want, has] = [Reflect.get(wanted, field), Reflect.get(hashes, field)]
      return want !== undefined && want !== has && !(once.has(field) && has === setOnce)
    }),
  )
}

/** Whether anything has to be done about a person's post: decided by hashes, without a request. */
export function isPostDue(wish: PostWish, linked: LinkedPost, policy: PostPolicy): boolean {
  if (linked.intent !== null || wish.kind === 'fail') return true
  // Nothing is made to be hidden.
  if (wish.kind === 'keep' || (linked.id === null && wish.kind === 'hide')) return false
  return Object.keys(changedFields(wish, linked, policy.once)).length > 0
}
