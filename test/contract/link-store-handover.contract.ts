import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Link } from '../../lib/domain/link.ts'
import type { LinkStore } from '../../lib/sync/ports/store.ts'
import { all, ids, linkOf } from './link-store.contract.ts'
import { removalOf } from './link-store-removals.contract.ts'

export function linkStoreHandoverContract(store: () => LinkStore): void {
  const site = () => `site-${randomUUID().slice(0, 8)}`

  /** Somebody who left another connection, with the account that they had. */
  const somebodyLeft = async (at: string, more: Partial<Link> = {}) => {
    const left = linkOf(randomUUID(), { connection: 'old', state: 'suspended', wordpressId: 9, login: 'jane', ...more })
    const { etags } = await store().write(at, [{ link: left, etag: null, reverse: true }])
    const from: Link = { ...left, state: 'deleted', wordpressId: null }
    return { left, handover: { from, etag: etags.get(left.objectId) ?? '' } }
  }
  const linkNow = async (at: string, { connection, objectId }: Link) =>
    (await store().read(at, connection, [objectId])).get(objectId)?.link

  it('hands an account over: both links and the way back change together', async () => {
    const [at, heir, [before = '', after = '']] = [site(), linkOf(randomUUID(), { wordpressId: 9 }), ids(2)]
    const { handover } = await somebodyLeft(at)
    const { etags, lost } = await store().write(at, [
      { link: linkOf(before), etag: null },
      { link: heir, etag: null, handover, removal: removalOf(heir.objectId) },
      { link: linkOf(after), etag: null },
    ])
    expect([...lost]).toEqual([])
    expect([...etags.keys()].sort()).toEqual([before, heir.objectId, after].sort())
    expect(await store().ownerOf(at, 9)).toEqual({ connection: 'default', objectId: heir.objectId })
    expect(await linkNow(at, handover.from)).toEqual(handover.from)
    expect((await store().read(at, 'default', [heir.objectId])).get(heir.objectId)).toEqual({
      link: heir,
      etag: etags.get(heir.objectId),
    })
    expect(await all(store().removals(at, 'default'))).toHaveLength(1)
  })

  it.each([
    ['the giver was looked at meanwhile', 'giver'],
    ['the heir was looked at meanwhile', 'heir'],
    ['the account is somebody else’s', 'owner'],
    ['the account was nobody’s', 'account'],
  ])('loses the heir and changes nothing where %s', async (_, what) => {
    const [at, heir, other] = [site(), linkOf(randomUUID(), { wordpressId: 9 }), randomUUID()]
    const { left, handover } = await somebodyLeft(at, { wordpressId: what === 'account' ? 10 : 9 })
    if (what === 'giver') handover.etag = 'W/"another"'
    if (what === 'owner') {
      // A link says so too, but the way back doesn't.
      const stranger = linkOf(randomUUID(), { connection: 'old', wordpressId: 9 })
      const written = await store().write(at, [{ link: stranger, etag: null }])
      Object.assign(handover, { from: stranger, etag: written.etags.get(stranger.objectId) })
    }
    const { etags, lost } = await store().write(at, [
      { link: heir, etag: what === 'heir' ? 'W/"another"' : null, handover },
      { link: linkOf(other), etag: null },
    ])
    expect([...lost]).toEqual([heir.objectId])
    expect([...etags.keys()]).toEqual([other])
    expect(await linkNow(at, heir)).toBeUndefined()
    expect(await linkNow(at, left)).toEqual(left)
    const owner = what === 'account' ? null : { connection: 'old', objectId: left.objectId }
    expect(await store().ownerOf(at, 9)).toEqual(owner)
  })

  it('gives an account to one of many heirs', async () => {
    const at = site()
    const { handover } = await somebodyLeft(at)
    const heirs = Array.from({ length: 6 }, () => linkOf(randomUUID(), { wordpressId: 9 }))
    const together = heirs.slice(0, 3).map((link) => ({ link, etag: null, handover }))
    const answers = await Promise.all([
      store().write(at, together),
      ...heirs.slice(3).map((link) => store().write(at, [{ link, etag: null, handover }])),
    ])
    const winners = answers.flatMap(({ etags }) => [...etags.keys()])
    expect(winners).toHaveLength(1)
    expect(await store().ownerOf(at, 9)).toEqual({ connection: 'default', objectId: winners[0] })
    const links = await store().read(
      at,
      'default',
      heirs.map(({ objectId }) => objectId),
    )
    expect([...links.keys()]).toEqual(winners)
  })

  it('hands over hundreds at once', async () => {
    const [at, numbers] = [site(), Array.from({ length: 70 }, (_, index) => index + 1)]
    const left = await Promise.all(numbers.map((wordpressId) => somebodyLeft(at, { wordpressId })))
    const writes = left.map(({ handover }, index) => {
      const link = linkOf(randomUUID(), { wordpressId: index + 1 })
      return { link, etag: null, handover, removal: removalOf(link.objectId) }
    })
    const { etags, lost } = await store().write(at, writes)
    expect([lost.size, etags.size]).toEqual([0, 70])
    for (const wordpressId of [1, 25, 26, 70]) {
      const { connection, objectId } = writes[wordpressId - 1]!.link
      expect(await store().ownerOf(at, wordpressId)).toEqual({ connection, objectId })
    }
  })

  it('refuses to insert a reverse row that changes hands', async () => {
    const [at, link] = [site(), linkOf(randomUUID(), { wordpressId: 9 })]
    const { handover } = await somebodyLeft(at)
    await expect(store().write(at, [{ link, etag: null, reverse: true, handover }])).rejects.toThrow(TypeError)
  })
}
