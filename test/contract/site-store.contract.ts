import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { SiteStore } from '../../lib/sync/ports/store.ts'

export function siteStoreContract(store: () => SiteStore): void {
  const site = () => `site-${randomUUID().slice(0, 8)}`

  it('keeps the lane, on condition', async () => {
    const at = site()
    expect(await store().readLane(at)).toBeNull()
    const held = { epoch: 3, owner: 'me', until: 1_795_428_900_123 }
    const etag = await store().writeLane(at, held, null)
    expect(await store().readLane(at)).toEqual({ row: held, etag })
    const free = { epoch: 3, owner: null, until: 0 }
    const next = await store().writeLane(at, free, etag)
    expect(await store().readLane(at)).toEqual({ row: free, etag: next })
    await expect(store().writeLane(at, held, etag)).rejects.toMatchObject({ name: 'Conflict' })
    await expect(store().writeLane(at, held, null)).rejects.toMatchObject({ name: 'Conflict' })
  })

  it('keeps how far the verify pass of each connection is', async () => {
    const at = site()
    expect(await store().readVerify(at, 'default')).toBeNull()
    const begun = {
      startedAt: 1_795_428_900_123,
      after: "o'b",
      finishedAt: null,
      checked: 2 ** 40,
      drifted: 3,
      missing: 1,
    }
    await store().writeVerify(at, 'default', begun)
    await store().writeVerify(at, 'lane', { ...begun, checked: 1 })
    expect(await store().readVerify(at, 'default')).toEqual(begun)
    const finished = { ...begun, after: null, finishedAt: 1_795_428_999_999 }
    await store().writeVerify(at, 'default', finished)
    expect(await store().readVerify(at, 'default')).toEqual(finished)
    expect(await store().readVerify(at, 'lane')).toEqual({ ...begun, checked: 1 })
    expect(await store().readVerify(site(), 'default')).toBeNull()
  })

  it('keeps the breaker and the capabilities, without breaking the lane', async () => {
    const at = site()
    const etag = await store().writeLane(at, { epoch: 1, owner: 'me', until: 1 }, null)
    expect(await store().readBreaker(at)).toBeNull()
    expect(await store().readCapabilities(at)).toBeNull()
    const breaker = { openUntil: 1_795_428_900_123, failures: 2, since: 5, reason: 'timeout', message: 'Später "😀"' }
    await store().writeBreaker(at, breaker)
    await store().writeBreaker(at, breaker)
    const capabilities = {
      version: null,
      batch: true,
      multisite: false,
      locales: ['en_US'],
      roles: [],
      namespaces: Array.from({ length: 3000 }, (_, number) => `plugin-${number}/v1`),
      photoTargets: [],
      companion: { version: '0.1.0', contract: 1, settingsHash: null },
      meta: ['badge'],
      acf: [],
      ownUserId: 1,
    }
    await store().writeCapabilities(at, capabilities, 7)
    expect(await store().readBreaker(at)).toEqual(breaker)
    expect(await store().readCapabilities(at)).toEqual({ capabilities, at: 7 })
    await store().writeLane(at, { epoch: 2, owner: 'me', until: 1 }, etag)
  })
}
