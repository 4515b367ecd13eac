import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyLink, type Link } from '../../lib/domain/link.ts'
import { planPost, postEffect, type PostInput, type PostPlan } from '../../lib/domain/plan-post.ts'
import { postDriftOf, withoutPostDrift, type PostDrift } from '../../lib/domain/post-drift.ts'
import { compilePost, mapPost, type MappedPost, type PostSettings } from '../../lib/domain/post-mapping.ts'
import { postText } from '../../lib/domain/post-text.ts'
import { postTypeFault } from '../../lib/domain/post-type-fault.ts'
import { isPostDue, wishOf, type PostWish } from '../../lib/domain/post-wish.ts'
import {
  hashPost,
  hashPostField,
  hashSlug,
  noPost,
  postSlug,
  type LinkedPost,
  type PostIntent,
  type PostType,
  type SitePost,
} from '../../lib/domain/post.ts'

const staff: PostSettings = {
  type: 'staff',
  title: 'displayName',
  content: { value: 'jobTitle', once: true },
  meta: { phone: 'businessPhones[0]', desk: { value: 'employeeId', type: 'number' } },
}
const { policy } = compilePost(staff)
const type: PostType = {
  ...{ type: 'staff', route: '/wp/v2/staff', batch: true, texts: ['title', 'content'] },
  ...{ author: true, meta: ['phone', 'desk'], acf: [], lacks: [] },
}
const ann = { id: '1', displayName: 'Ann', jobTitle: 'Cook', businessPhones: ['1'], employeeId: '7' }
const slug = postSlug('one', '1')
const active: Link = { ...emptyLink('one', '1'), state: 'active', wordpressId: 5, login: 'ann' }

async function shown(user: object = ann, link: Link = active, settings = policy): Promise<PostWish> {
  return wishOf(settings, await mapPost(settings, { id: '1', ...user }), link, true)
}

function settled(wish: PostWish, id = 9): LinkedPost {
  if (wish.kind !== 'show') throw new Error('not shown')
  return { ...noPost, id, hashes: hashPost(wish.values, policy.once) }
}

function sitePost(wish: PostWish, more: Partial<SitePost> = {}): SitePost {
  if (wish.kind !== 'show') throw new Error('not shown')
  const { status: _, author: __, ...values } = wish.values
  return { id: 9, slug, status: 'publish', author: 5, values, ...more }
}

function plan(more: Partial<PostInput> & { wish: PostWish }): PostPlan {
  return planPost({ policy, type, linked: noPost, post: null, slug, authors: [5], recreate: false, ...more })
}

describe('texts', () => {
  test('are texts, whatever they look like', () => {
    expect(postText('title', ' R&D <b>"x"</b>\n[a] ')).toBe('R&amp;D "x" [a]')
    expect(postText('content', 'a & b\r\n\r\n[gallery] <script>alert(1)</script> <!-- wp:html -->1 < 2')).toBe(
      'a &amp; b\n\n&#091;gallery&#093; alert(1) 1 &lt; 2',
    )
  })

  test('hold no markup and no shortcode', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(postText('content', value)).not.toMatch(/[<>[\]]|&(?!amp;|lt;|gt;|#091;|#093;)/)
        expect(postText('title', value)).not.toMatch(/[<>\n]/)
      }),
    )
  })
})

describe('what a post should say', () => {
  test('is typed, and null clears where nothing keeps', async () => {
    expect(await mapPost(policy, { ...ann, jobTitle: null })).toEqual({
      ...{ policy, ok: true, taken: true },
      values: { title: 'Ann', content: null, 'meta.phone': '1', 'meta.desk': 7 },
    })
  })

  test.each([
    ['title', { displayName: '' }],
    ['title', { displayName: '0' }],
    ['meta.desk', { employeeId: 'seven' }],
  ])('a fault of %s is the person’s', async (field, patch) => {
    expect(await mapPost(policy, { ...ann, ...patch })).toMatchObject({ ok: false, field })
    expect(await shown({ ...ann, ...patch })).toMatchObject({ kind: 'fail', field })
  })

  test('nobody but those whom "when" takes, and only what was selected is seen', async () => {
    const { policy: cooks } = compilePost({ ...staff, when: 'jobTitle = "Cook"' })
    expect(await mapPost(cooks, { ...ann, jobTitle: 'Guard' })).toMatchObject({ taken: false })
    const { policy: wide } = compilePost({ type: 'staff', title: '$string(*[0])' })
    expect(await mapPost(wide, { id: '1', secret: 'x' })).toMatchObject({ values: { title: '1' } })
    const { policy: wrong } = compilePost({ ...staff, when: 'jobTitle' })
    expect(await mapPost(wrong, ann)).toMatchObject({ ok: false, field: 'when' })
  })
})

describe('a post follows the account', () => {
  const { policy: trash } = compilePost({ ...staff, whenLeaving: 'private', whenDeleted: 'trash' })
  const mapped: MappedPost = { policy: trash, ok: true, taken: true, values: { title: 'Ann' } }
  test.each([
    [{ state: 'active' }, true, { kind: 'show', values: { title: 'Ann', status: 'publish', author: 5 } }],
    // A removal that waits, or isn't configured.
    [{ state: 'active' }, false, { kind: 'keep' }],
    [{ state: 'active', refused: 'account-missing' }, true, { kind: 'keep' }],
    [{ state: 'active', refused: 'login-mismatch' }, true, { kind: 'keep' }],
    [{ state: 'suspended' }, false, { kind: 'hide', status: 'private' }],
    [{ state: 'suspended' }, true, { kind: 'hide', status: 'private' }],
    [{ state: 'deleted', refused: 'deleted' }, false, { kind: 'hide', status: 'trash' }],
    // A hand deleted the account.
    [{ state: 'deleted', refused: 'account-missing' }, false, { kind: 'hide', status: 'private' }],
    [{ state: 'unlinked' }, true, { kind: 'keep' }],
  ] as const)('%j, here %s', (link, here, wish) => {
    expect(wishOf(trash, mapped, { ...active, ...link }, here)).toEqual(wish)
  })

  test('nothing is due where nothing changed, nor for whom none was made', async () => {
    const wish = await shown()
    expect(isPostDue(wish, noPost, policy)).toBe(true)
    expect(isPostDue(wish, settled(wish), policy)).toBe(false)
    expect(isPostDue({ kind: 'hide', status: 'draft' }, noPost, policy)).toBe(false)
    expect(isPostDue({ kind: 'hide', status: 'draft' }, settled(wish), policy)).toBe(true)
    expect(isPostDue(await shown({ ...ann, jobTitle: 'Chef' }), settled(wish), policy)).toBe(false)
    expect(isPostDue(await shown(ann, { ...active, wordpressId: 6 }), settled(wish), policy)).toBe(true)
  })
})

describe('plan', () => {
  test('makes one with everything but what is empty', async () => {
    const wish = await shown({ ...ann, jobTitle: null })
    const made = plan({ wish })
    expect(made).toMatchObject({
      verb: 'create',
      values: { title: 'Ann', 'meta.phone': '1', 'meta.desk': 7, status: 'publish', author: 5 },
    })
    expect(made).not.toHaveProperty('values.content')
    // Set once, but not with nothing.
    expect(made).not.toHaveProperty('hashes.content')
    expect(plan({ wish, type: { ...type, author: false } })).not.toHaveProperty('values.author')
  })

  test('sends what changed, and of that only what the site doesn’t say already', async () => {
    const before = await shown()
    const wish = await shown({ ...ann, displayName: 'Anne', businessPhones: ['2'], jobTitle: 'Chef' })
    const linked = settled(before)
    const post = sitePost(before, { values: { title: 'By hand', content: 'Mine', 'meta.phone': '2', 'meta.desk': 8 } })
    expect(plan({ wish, linked, post })).toMatchObject({
      verb: 'update',
      values: { title: 'Anne' },
      changes: [{ field: 'title', from: 'By hand', to: 'Anne' }],
    })
    const same = plan({ wish, linked, post: { ...post, values: { ...post.values, title: 'Anne' } } })
    expect(same).toMatchObject({ verb: 'nothing', id: 9, hashes: settled(wish).hashes })
  })

  test('what is set once fills what is empty, and then never again', async () => {
    const wish = await shown()
    const linked = { ...settled(wish), hashes: {} }
    const values = { title: 'Ann', content: '', 'meta.phone': '1', 'meta.desk': 7 }
    expect(plan({ wish, linked, post: sitePost(wish, { values }) })).toMatchObject({ values: { content: 'Cook' } })
    const filled = sitePost(wish, { values: { ...values, content: 'Mine' } })
    expect(plan({ wish, linked, post: filled })).toMatchObject({ verb: 'nothing', hashes: { content: 'once' } })
  })

  const gone = { kind: 'hide', status: 'draft' } as const
  test('is hidden by its status alone', async () => {
    const wish = await shown()
    const post = sitePost(wish)
    const hidden = plan({ wish: gone, linked: settled(wish), post })
    expect(hidden).toMatchObject({ verb: 'update', values: { status: 'draft' } })
    expect(hidden).toMatchObject({ hashes: { ...settled(wish).hashes, status: hashPostField('status', 'draft') } })
    expect(plan({ wish: { kind: 'hide', status: 'trash' }, linked: settled(wish), post })).toMatchObject({
      verb: 'trash',
    })
    expect(plan({ wish: gone, linked: settled(wish), post: null })).toEqual({ verb: 'nothing', id: null, hashes: {} })
  })

  test('what a hand deleted is left, or made again; out of the trash where it still is', async () => {
    const wish = await shown({ ...ann, displayName: 'Anne' })
    const linked = settled(await shown())
    const missing = { verb: 'refuse', reason: 'post-missing' }
    const trashed = sitePost(await shown(), { status: 'trash', slug: `${slug}__trashed` })
    expect(plan({ wish, linked, post: null })).toEqual(missing)
    expect(plan({ wish, linked, post: trashed })).toEqual(missing)
    expect(plan({ wish, linked, post: null, recreate: true })).toMatchObject({ verb: 'create' })
    expect(plan({ wish, linked, post: trashed, recreate: true })).toMatchObject({
      verb: 'update',
      values: { title: 'Anne', status: 'publish' },
    })
    expect(plan({ wish: gone, linked, post: trashed })).toMatchObject({ verb: 'nothing', id: 9 })
  })

  test('what we put into the trash no hand deleted', async () => {
    const wish = await shown()
    const linked = settled(wish)
    linked.hashes.status = hashPostField('status', 'trash')
    expect(plan({ wish, linked, post: null })).toMatchObject({ verb: 'create' })
    const trashed = sitePost(wish, { status: 'trash' })
    expect(plan({ wish, linked, post: trashed })).toMatchObject({ verb: 'update', values: { status: 'publish' } })
  })

  test.each([
    [{ slug: 'somebody', author: 6 }, 'refuse'],
    [{ slug: 'somebody', author: null }, 'refuse'],
    [{ slug: 'ann', author: 5 }, 'update'],
    [{ slug, author: 6 }, 'update'],
    [{ slug: `${slug}__trashed`, author: 6 }, 'update'],
    // As last seen.
    [{ slug: 'old', author: 6 }, 'update'],
  ])('%j: %s', async (more, verb) => {
    const wish = await shown({ ...ann, displayName: 'Anne' })
    const linked = { ...settled(await shown()), slug: hashSlug('old', slug) }
    expect(plan({ wish, linked, post: sitePost(await shown(), more) })).toMatchObject({ verb })
  })
})

describe('a write that nobody heard of', () => {
  const intent = (hashes: PostIntent['hashes'], verb: PostIntent['verb'] = 'update') => ({
    ...{ verb, attempt: 'a', siteTime: 0, hashes },
  })

  test('shows where all that it changed is there', async () => {
    const [before, after] = [await shown(), await shown({ ...ann, displayName: 'Anne', businessPhones: ['2'] })]
    const linked = { ...settled(before), intent: intent(settled(after).hashes) }
    expect(postEffect(linked, sitePost(before))).toBeNull()
    expect(postEffect(linked, sitePost(before, { values: { ...sitePost(before).values, title: 'Anne' } }))).toBeNull()
    expect(postEffect(linked, sitePost(after))?.map(({ field }) => field)).toEqual(['title', 'meta.phone'])
    expect(postEffect({ ...linked, intent: null }, sitePost(after))).toBeNull()
  })

  test('of a post that is made, and of one that goes', async () => {
    const wish = await shown()
    const made = { ...noPost, intent: intent(settled(wish).hashes, 'create') }
    expect(postEffect(made, null)).toBeNull()
    expect(postEffect(made, sitePost(wish, { author: null }))).not.toBeNull()
    const goes = { ...settled(wish), intent: intent({ status: hashPostField('status', 'trash') }, 'trash') }
    expect(postEffect(goes, null)).toEqual([{ field: 'status', from: undefined, to: 'trash' }])
  })
})

describe('drift', () => {
  test('is what a hand changed, and not what is its own', async () => {
    const wish = await shown()
    const linked = settled(wish)
    expect(postDriftOf('staff', linked, sitePost(wish))).toBeNull()
    const edited = sitePost(wish, {
      slug: 'ann',
      author: null,
      values: { title: 'X', content: 'Mine', 'meta.phone': '1' },
    })
    const drift: PostDrift = { type: 'staff', missing: false, fields: ['title'] }
    expect(postDriftOf('staff', linked, edited)).toEqual(drift)
    const link = { ...active, fingerprint: 'f', posts: { staff: linked } }
    const without = withoutPostDrift(link, [drift])
    expect(without.fingerprint).toBeNull()
    expect(without.posts['staff']?.hashes).not.toHaveProperty('title')
    expect(without.posts['staff']?.hashes).toHaveProperty('author')
  })

  test('a missing post is told once, and none of what lies where it shall', async () => {
    const linked = settled(await shown())
    const missing = { type: 'staff', missing: true, fields: [] }
    expect(postDriftOf('staff', linked, null)).toEqual(missing)
    expect(postDriftOf('staff', linked, sitePost(await shown(), { status: 'trash' }))).toEqual(missing)
    expect(postDriftOf('staff', { ...linked, refused: 'post-missing' }, null)).toBeNull()
    const ours = { ...linked, hashes: { status: hashPostField('status', 'trash') } }
    expect(postDriftOf('staff', ours, null)).toBeNull()
  })
})

describe('a type of the site', () => {
  test('takes everything that is configured, or says what it doesn’t', () => {
    expect(postTypeFault(policy, type, ['staff'])).toBeNull()
    expect(postTypeFault(policy, null, ['post', 'stafff'])).toContain('Did you mean "stafff"? It has: post, stafff.')
    const poor = { ...type, texts: ['title'] as const, meta: ['desk'], lacks: ['edit_others_posts'] }
    const fault = postTypeFault(policy, poor, ['staff'])
    expect(fault).toContain('lacks edit_others_posts')
    expect(fault).toContain('have no content')
    expect(fault).toContain('isn’t registered for REST: phone.')
    const { policy: fields } = compilePost({ ...staff, acf: { office: 'city' } })
    expect(postTypeFault(fields, type, ['staff'])).toContain(
      'ACF fields that posts of the type "staff" don’t show: office.',
    )
  })

  test('a slug is a person’s and a connection’s', () => {
    expect(postSlug('one', 'AB')).toBe(postSlug('one', 'ab'))
    expect(postSlug('one', 'ab')).toMatch(/^entra-[0-9a-f]{16}$/)
    expect(new Set([postSlug('one', 'ab'), postSlug('two', 'ab'), postSlug('one', 'ac')]).size).toBe(3)
  })
})
