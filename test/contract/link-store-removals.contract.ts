import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Removal } from '../../lib/domain/leaving.ts'
import type { LinkStore, LinkWrite } from '../../lib/sync/ports/store.ts'
import { all, ids, linkOf } from './link-store.contract.ts'

export function removalOf(objectId: string, more: Partial<Removal> = {}): Removal {
  return {
    connection: 'default',
    objectId,
    action: 'suspend',
    reason: 'disabled',
    state: 'candidate',
    cycle: null,
    wordpressId: 7,
    login: "o'brien",
    since: 1_795_428_900_123,
    decidedAt: null,
    ...more,
  }
}

/** Links that have a removal that waits. */
const leaving = (people: readonly string[], more: Partial<Removal> = {}): LinkWrite[] =>
  people.map((id) => ({ link: linkOf(id, { wordpressId: 7 }), etag: null, removal: removalOf(id, more) }))

export function linkStoreRemovalsContract(store: () => LinkStore): void {
  const site = () => `site-${randomUUID().slice(0, 8)}`
  const removals = (at: string) => all(store().removals(at, 'default'))

  it('gives back removals as they were written, by connection and by person', async () => {
    const [at, [first = '', second = '', third = '']] = [site(), ids(3)]
    const full = removalOf(second, {
      action: 'delete',
      reason: 'out-of-scope',
      state: 'approved',
      cycle: '20261123T101500123Z-9f2c',
      wordpressId: 2 ** 40,
      decidedAt: 1_795_428_999_999,
    })
    await store().write(at, [
      ...leaving([first]),
      { link: linkOf(second), etag: null, removal: full },
      { link: linkOf(third), etag: null },
      {
        ...leaving([third])[0]!,
        link: linkOf(third, { connection: 'a' }),
        removal: removalOf(third, { connection: 'a' }),
      },
    ])
    expect((await removals(at)).map(({ removal }) => removal)).toEqual([removalOf(first), full])
    const found = await store().readRemovals(at, 'default', [second, third, second, first])
    expect(new Map([...found].map(([id, { removal }]) => [id, removal]))).toEqual(
      new Map([
        [second, full],
        [first, removalOf(first)],
      ]),
    )
    expect([...found.values()].map(({ etag }) => etag).sort()).toEqual(
      (await removals(at)).map(({ etag }) => etag).sort(),
    )
    expect(await all(store().removals(site(), 'default'))).toEqual([])
    expect((await store().readRemovals(site(), 'default', [first])).size).toBe(0)
  })

  it('lists removals in id order, behind an id and up to a number', async () => {
    const [at, people] = [site(), ids(1030)]
    await store().write(at, leaving([...people].reverse()))
    const listed = async (options?: { after?: string; max?: number }) =>
      (await all(store().removals(at, 'default', options))).map(({ removal }) => removal.objectId)
    expect(await listed()).toEqual(people)
    expect(await listed({ max: 3 })).toEqual(people.slice(0, 3))
    expect(await listed({ after: people[1] ?? '', max: 2 })).toEqual(people.slice(2, 4))
    expect(await listed({ after: people[1019] ?? '' })).toEqual(people.slice(1020))
    expect(await listed({ after: people.at(-1) ?? '' })).toEqual([])
  })

  it('replaces a removal whatever is there, in the transaction of its link', async () => {
    const [at, [id = '', other = '']] = [site(), ids(2)]
    const { etags } = await store().write(at, leaving([id, other]))
    const held = removalOf(id, { state: 'held', decidedAt: 5 })
    const second = await store().write(at, [{ link: linkOf(id), etag: etags.get(id) ?? '', removal: held }])
    expect([...second.lost]).toEqual([])
    const stale = removalOf(other, { state: 'rejected' })
    const third = await store().write(at, [{ link: linkOf(other), etag: 'W/"another"', removal: stale }])
    expect([...third.lost]).toEqual([other])
    expect((await removals(at)).map(({ removal }) => removal)).toEqual([held, removalOf(other)])
  })

  it('takes removals away that are as they were; who has another one, or none, is lost', async () => {
    const [at, people] = [site(), ids(120)]
    const [decided, gone] = [people[3] ?? '', people[77] ?? '']
    const { etags } = await store().write(at, leaving(people))
    const before = await store().readRemovals(at, 'default', people)
    await store().decide(at, [{ ...before.get(decided)!, removal: removalOf(decided, { state: 'rejected' }) }])
    const etagOf = (id: string) => before.get(id)?.etag ?? ''
    const took = await store().write(at, [
      { link: linkOf(gone, { login: 'first' }), etag: etags.get(gone) ?? '', removal: { drop: etagOf(gone) } },
    ])
    const { lost } = await store().write(
      at,
      people.map((id) => ({
        link: linkOf(id, { login: 'second' }),
        etag: (id === gone ? took : { etags }).etags.get(id) ?? '',
        removal: { drop: etagOf(id) },
      })),
    )
    expect([...lost].sort()).toEqual([decided, gone].sort())
    expect((await removals(at)).map(({ removal }) => removal)).toEqual([removalOf(decided, { state: 'rejected' })])
    const links = await store().read(at, 'default', people)
    for (const [id, { link }] of links)
      expect([id, link.login]).toEqual([id, id === decided ? null : id === gone ? 'first' : 'second'])
  })

  it('takes away the rows of odd ids on condition, whatever the values beside them say', async () => {
    const at = site()
    const [id, login] = ["o'brien/ä|?", '\r\nDELETE http://x/Links HTTP/1.1\r\nif-match: W/"x"\r\n\r\n']
    const { etags } = await store().write(at, [{ link: linkOf(id), etag: null, removal: removalOf(id, { login }) }])
    const [waiting] = await removals(at)
    expect(waiting?.removal).toEqual(removalOf(id, { login }))
    const write = { link: linkOf(id, { login }), etag: etags.get(id) ?? '' }
    expect([...(await store().write(at, [{ ...write, removal: { drop: 'W/"another"' } }])).lost]).toEqual([id])
    expect(await removals(at)).toHaveLength(1)
    const { lost } = await store().write(at, [
      { link: linkOf('a', { login }), etag: null },
      { ...write, removal: { drop: waiting?.etag ?? '' } },
    ])
    expect([...lost]).toEqual([])
    expect(await removals(at)).toEqual([])
    expect((await store().read(at, 'default', [id])).get(id)?.link.login).toBe(login)
  })

  it('decides on hundreds, and loses exactly those that are gone or not as they were', async () => {
    const [at, people] = [site(), ids(230)]
    const [changed, gone] = [people[0] ?? '', people[150] ?? '']
    const { etags } = await store().write(at, leaving(people))
    const before = await removals(at)
    const approved = before.map(({ removal, etag }) => ({
      removal: { ...removal, state: 'approved' as const, decidedAt: 9 },
      etag,
    }))
    const theirs = removalOf(changed, { reason: 'absent' })
    await store().write(at, [
      { link: linkOf(changed), etag: etags.get(changed) ?? '', removal: theirs },
      { link: linkOf(gone), etag: etags.get(gone) ?? '', removal: { drop: before[150]?.etag ?? '' } },
    ])
    const { lost } = await store().decide(at, approved)
    expect([...lost].sort()).toEqual([changed, gone].sort())
    expect((await removals(at)).map(({ removal }) => removal)).toEqual(
      approved.flatMap(({ removal }) => {
        if (removal.objectId === gone) return []
        return [removal.objectId === changed ? theirs : removal]
      }),
    )
    expect((await store().decide(at, [])).lost.size).toBe(0)
  })
}
