import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { emptyLink, type Link } from '../../lib/domain/link.ts'
import type { LinkStore, LinkWrite } from '../../lib/sync/ports/store.ts'

export function linkOf(objectId: string, more: Partial<Link> = {}): Link {
  return { ...emptyLink('default', objectId), state: 'active', ...more }
}

const fullLink = (objectId: string): Link =>
  linkOf(objectId, {
    state: 'suspended',
    wordpressId: 2 ** 40,
    login: "o'brien",
    hashes: { email: 'aa', first_name: 'bb', roles: 'dd', 'meta.a:b.c-d': 'ee', 'acf.office': 'once' },
    fingerprint: '0123456789abcdef',
    intent: {
      verb: 'suspend',
      attempt: '20261123T101500123Z-9f2c',
      epoch: 7,
      username: 'zoë',
      email: 'zoe@example.com',
      wordpressId: 5,
      siteTime: 1_795_428_900_123,
      hashes: { url: 'cc', 'meta.badge': 'ff' },
      roles: ['editor', 'shop_manager'],
      reason: 'disabled',
    },
    failure: { attempts: 2, code: 'rest_invalid_param', retryAt: 1_795_428_900_123 },
    refused: 'email-taken',
    leaving: { reason: 'out-of-scope', since: 1_795_428_900_123 },
    roles: [],
    removal: { action: 'delete', reason: 'absent' },
    posts: {
      staff: {
        id: 12,
        hashes: { title: 'aa', author: 'bb', status: 'cc', 'meta.phone:1': 'once' },
        slug: 'ee',
        intent: {
          verb: 'update',
          attempt: '20261123T101500123Z-9f2d',
          siteTime: 1_795_428_900_123,
          hashes: { title: 'dd' },
        },
        refused: null,
      },
      desk: { id: null, hashes: {}, slug: null, intent: null, refused: 'post-missing' },
    },
  })

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export const ids = (count: number) => Array.from({ length: count }, () => randomUUID()).sort()
const inserts = (people: readonly string[]): LinkWrite[] => people.map((id) => ({ link: linkOf(id), etag: null }))

export function linkStoreContract(store: () => LinkStore): void {
  const site = () => `site-${randomUUID().slice(0, 8)}`

  it('gives back what was written, and nothing for an id without a link', async () => {
    const [at, id, other] = [site(), randomUUID(), randomUUID()]
    const { etags, lost } = await store().write(at, [{ link: fullLink(id), etag: null }])
    expect(lost.size).toBe(0)
    const read = await store().read(at, 'default', [id, other])
    expect([...read.keys()]).toEqual([id])
    expect(read.get(id)).toEqual({ link: fullLink(id), etag: etags.get(id) })
    expect((await store().read(at, 'another', [id])).size).toBe(0)
    expect((await store().read(site(), 'default', [id])).size).toBe(0)
  })

  it('replaces a link whole: what is null again is gone', async () => {
    const [at, id] = [site(), randomUUID()]
    const first = await store().write(at, [{ link: fullLink(id), etag: null }])
    const second = await store().write(at, [{ link: linkOf(id), etag: first.etags.get(id) ?? '' }])
    const read = await store().read(at, 'default', [id])
    expect(read.get(id)).toEqual({ link: linkOf(id), etag: second.etags.get(id) })
  })

  it.each(['#EXT#/\\?', "o'brien|x", 'ä 日本😀', '%2F..', '\u0000\u009f', 'x'.repeat(2000)])(
    'takes the odd id %j',
    async (id) => {
      const at = site()
      const { etags } = await store().write(at, [{ link: fullLink(id), etag: null }])
      await store().write(at, [{ link: { ...fullLink(id), login: 'b' }, etag: etags.get(id) ?? '' }])
      expect((await store().read(at, 'default', [id])).get(id)?.link).toEqual({ ...fullLink(id), login: 'b' })
      await store().scheduleLook(at, 'default', id, 5)
      expect(await store().dueLooks(at, 5)).toEqual([{ connection: 'default', objectId: id, due: 5 }])
    },
  )

  it.each([1, 49, 300, 1500])('reads %i of many links, half of them there', async (count) => {
    const [at, people] = [site(), ids(count)]
    const there = people.filter((_, index) => index % 2 === 0)
    await store().write(at, inserts([...there, ...ids(200)]))
    const read = await store().read(at, 'default', people)
    expect([...read.keys()].sort()).toEqual(there)
    const again = await store().read(at, 'default', people)
    expect([...again.keys()].sort()).toEqual(there)
  })

  it('writes hundreds at once, each with its new ETag', async () => {
    const [at, people] = [site(), ids(250)]
    const { etags, lost } = await store().write(
      at,
      people.map((id, index) => ({ link: linkOf(id, { wordpressId: index + 1 }), etag: null, reverse: true })),
    )
    expect(lost.size).toBe(0)
    const read = await store().read(at, 'default', people)
    for (const id of people) expect(read.get(id)?.etag).toBe(etags.get(id))
    expect(await store().ownerOf(at, 250)).toEqual({ connection: 'default', objectId: people[249] })
    expect(await store().ownerOf(at, 251)).toBeNull()
    expect(await store().ownerOf(site(), 1)).toBeNull()
  })

  it('loses exactly those whose precondition failed', async () => {
    const [at, people] = [site(), ids(230)]
    const before = await store().write(at, inserts(people))
    const [changed, inserted, gone] = [people[0] ?? '', people[120] ?? '', randomUUID()]
    await store().write(at, [{ link: linkOf(changed, { login: 'theirs' }), etag: before.etags.get(changed) ?? '' }])
    const { etags, lost } = await store().write(at, [
      ...people.map((id) => ({
        link: linkOf(id, { login: 'ours' }),
        etag: id === inserted ? null : (before.etags.get(id) ?? ''),
      })),
      { link: linkOf(gone, { login: 'ours' }), etag: before.etags.get(changed) ?? '' },
    ])
    expect([...lost].sort()).toEqual([changed, inserted, gone].sort())
    expect(etags.size).toBe(228)
    const read = await store().read(at, 'default', [...people, gone])
    expect(read.size).toBe(230)
    for (const [id, { link }] of read)
      expect([id, link.login]).toEqual([id, id === changed ? 'theirs' : id === inserted ? null : 'ours'])
  })

  it('loses a link whose account belongs to somebody, and leaves neither row behind', async () => {
    const [at, [first = '', second = '', third = '']] = [site(), ids(3)]
    const owned = (id: string) => ({ link: linkOf(id, { wordpressId: 9 }), etag: null, reverse: true })
    await store().write(at, [owned(first)])
    const { etags, lost } = await store().write(at, [owned(second), ...inserts([third])])
    expect([...lost]).toEqual([second])
    expect([...etags.keys()]).toEqual([third])
    expect((await store().read(at, 'default', [second])).size).toBe(0)
    expect(await store().ownerOf(at, 9)).toEqual({ connection: 'default', objectId: first })
  })

  it('loses the second of two writes for one account or one person', async () => {
    const [at, [first = '', second = '']] = [site(), ids(2)]
    const owned = (id: string) => ({ link: linkOf(id, { wordpressId: 9 }), etag: null, reverse: true })
    const { etags, lost } = await store().write(at, [owned(first), owned(second), ...inserts([second])])
    expect([...lost]).toEqual([second])
    expect([...etags.keys()].sort()).toEqual([first, second].sort())
  })

  it('lets one of many writers through', async () => {
    const [at, id] = [site(), randomUUID()]
    const { etags } = await store().write(at, inserts([id]))
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, writer) =>
        store().write(at, [{ link: linkOf(id, { login: String(writer) }), etag: etags.get(id) ?? '' }]),
      ),
    )
    const winners = answers.flatMap((answer, writer) => (answer.etags.has(id) ? [writer] : []))
    expect(winners).toHaveLength(1)
    expect((await store().read(at, 'default', [id])).get(id)?.link.login).toBe(String(winners[0]))
  })

  it('enumerates the fingerprints of one connection in id order', async () => {
    const [at, people] = [site(), ids(1100)]
    const writes = people.map((id, index): LinkWrite => {
      const { intent } = fullLink(id)
      return {
        link: linkOf(
          id,
          index % 2 ? { fingerprint: `f${index}` } : { intent, state: index === 0 ? 'suspended' : 'active' },
        ),
        etag: null,
      }
    })
    await store().write(at, [...writes].reverse())
    await store().write(at, [
      { link: { ...linkOf(randomUUID()), connection: 'default-2' }, etag: null },
      { link: linkOf('somebody', { connection: 'a', wordpressId: 1 }), etag: null, reverse: true },
    ])
    await store().scheduleLook(at, 'default', people[0] ?? '', 1)
    const found = await all(store().fingerprints(at, 'default'))
    expect(found).toEqual(
      people.map((objectId, index) => ({
        objectId,
        fingerprint: index % 2 ? `f${index}` : null,
        intentOpen: index % 2 === 0,
        state: index === 0 ? 'suspended' : 'active',
      })),
    )
    expect(await all(store().fingerprints(at, 'default', people[1050]))).toEqual(found.slice(1051))
    expect(await all(store().fingerprints(at, 'default', people.at(-1)))).toEqual([])
    expect(await all(store().fingerprints(site(), 'default'))).toEqual([])
  })

  it('gives whole links of one connection page by page', async () => {
    const [at, people] = [site(), ids(1005)]
    await store().write(at, inserts([...people].reverse()))
    await store().write(at, [
      { link: linkOf(people[2] ?? '', { connection: 'default-2' }), etag: null },
      { link: fullLink('~last'), etag: null },
    ])
    const idsOf = async (after: string | null, max: number) =>
      (await store().page(at, 'default', after, max)).map(({ link }) => link.objectId)
    expect(await idsOf(null, 3)).toEqual(people.slice(0, 3))
    expect(await idsOf(people[2] ?? '', 3)).toEqual(people.slice(3, 6))
    expect(await idsOf(null, 1000)).toEqual(people.slice(0, 1000))
    expect(await idsOf(people[999] ?? '', 1000)).toEqual([...people.slice(1000), '~last'])
    expect(await idsOf('~last', 1000)).toEqual([])
    const [last] = await store().page(at, 'default', people.at(-1) ?? '', 1)
    expect(last).toEqual((await store().read(at, 'default', ['~last'])).get('~last'))
  })

  it('goes on behind an id that begins others', async () => {
    const at = site()
    const people = ['a', 'a b', 'a-', 'aa', 'b']
    await store().write(at, inserts(people))
    const behind = async (after: string) =>
      (await store().page(at, 'default', after, 9)).map(({ link }) => link.objectId)
    expect(await behind('a')).toEqual(people.slice(1))
    expect(await behind('a b')).toEqual(people.slice(2))
    expect(await behind('a-')).toEqual(people.slice(3))
  })

  it('gives looks when they are due, oldest first, until they are removed', async () => {
    const at = site()
    const look = (objectId: string, due: number) => ({ connection: 'default', objectId, due })
    for (const due of [2_000_000_000_000, 999, 1000, 1001]) await store().scheduleLook(at, 'default', 'a', due)
    await store().scheduleLook(at, 'default', 'b', 1000)
    await store().scheduleLook(at, 'default', 'b', 1000)
    await store().scheduleLook(site(), 'default', 'c', 1)
    expect(await store().dueLooks(at, 998)).toEqual([])
    const due = await store().dueLooks(at, 1000)
    expect(due).toEqual([look('a', 999), look('a', 1000), look('b', 1000)])
    await store().removeLooks(at, due.slice(0, 2))
    await store().removeLooks(at, due)
    expect(await store().dueLooks(at, 3_000_000_000_000)).toEqual([look('a', 1001), look('a', 2_000_000_000_000)])
  })

  it('gives at most 1,000 looks at a time', async () => {
    const at = site()
    const people = ids(1010)
    for (let from = 0; from < people.length; from += 50)
      await Promise.all(people.slice(from, from + 50).map((id) => store().scheduleLook(at, 'default', id, 7)))
    expect(await store().dueLooks(at, 7)).toHaveLength(1000)
  })
}
