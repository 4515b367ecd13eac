import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { emptyGuard, type Guard } from '../../lib/domain/deletion-guard.ts'
import type { LinkStore, LinkWrite } from '../../lib/sync/ports/store.ts'
import { all, ids, linkOf } from './link-store.contract.ts'
import { removalOf } from './link-store-removals.contract.ts'

const counted = (count: number): Guard => ({ slots: [[1_795_428_900_000, count]], tripped: null })
const inserts = (people: readonly string[]): LinkWrite[] => people.map((id) => ({ link: linkOf(id), etag: null }))

export function linkStoreGuardContract(store: () => LinkStore): void {
  const site = () => `site-${randomUUID().slice(0, 8)}`
  const guardNow = async (at: string) => (await store().readGuard(at, 'default'))?.guard ?? null
  const etagNow = async (at: string) => (await store().readGuard(at, 'default'))?.etag ?? null
  const written = async (at: string, people: readonly string[]) =>
    [...(await store().read(at, 'default', people)).keys()].sort()

  it('keeps the guard, on condition', async () => {
    const at = site()
    expect(await store().readGuard(at, 'default')).toBeNull()
    await store().writeGuard(at, 'default', emptyGuard, null)
    expect(await guardNow(at)).toEqual(emptyGuard)
    const etag = await etagNow(at)
    const full: Guard = {
      slots: Array.from({ length: 289 }, (_, slot) => [1_795_428_900_000 + slot * 300_000, 99_999]),
      tripped: { at: 1_795_428_900_123, removals: 300, limit: 50 },
    }
    await store().writeGuard(at, 'default', full, etag)
    expect(await guardNow(at)).toEqual(full)
    await expect(store().writeGuard(at, 'default', emptyGuard, etag)).rejects.toMatchObject({ name: 'Conflict' })
    await expect(store().writeGuard(at, 'default', emptyGuard, null)).rejects.toMatchObject({ name: 'Conflict' })
    await expect(store().writeGuard(site(), 'default', emptyGuard, etag)).rejects.toMatchObject({ name: 'Conflict' })
    await store().writeGuard(at, 'default', { ...full, tripped: null }, await etagNow(at))
    expect(await guardNow(at)).toEqual({ ...full, tripped: null })
    expect(await store().readGuard(at, 'another')).toBeNull()
  })

  it('writes intents and the guard together', async () => {
    const [at, people] = [site(), ids(30)]
    const first = await store().write(
      at,
      people.map((id) => ({ link: linkOf(id), etag: null, removal: removalOf(id) })),
    )
    const waiting = await store().readRemovals(at, 'default', people)
    const { etags, lost } = await store().writeGuarded(
      at,
      people.map((id) => ({
        link: linkOf(id, { login: 'intent' }),
        etag: first.etags.get(id) ?? '',
        removal: { drop: waiting.get(id)?.etag ?? '' },
      })),
      { connection: 'default', guard: counted(30), etag: null },
    )
    expect([...lost]).toEqual([])
    expect(await guardNow(at)).toEqual(counted(30))
    for (const [id, { link, etag }] of await store().read(at, 'default', people))
      expect([link.login, etag]).toEqual(['intent', etags.get(id)])
    expect(etags.size).toBe(30)
    expect(await all(store().removals(at, 'default'))).toEqual([])
  })

  it.each(['changed', 'there already', 'gone'])('loses everybody where the guard is %s', async (what) => {
    const [at, people] = [site(), ids(5)]
    if (what !== 'gone') await store().writeGuard(at, 'default', counted(1), null)
    const guard = { connection: 'default', guard: counted(6), etag: what === 'there already' ? null : 'W/"another"' }
    const { etags, lost } = await store().writeGuarded(at, inserts(people), guard)
    expect([...lost].sort()).toEqual(people)
    expect(etags.size).toBe(0)
    expect(await written(at, people)).toEqual([])
    expect(await guardNow(at)).toEqual(what === 'gone' ? null : counted(1))
  })

  it('loses exactly those whose precondition failed, and counts as many as it was told', async () => {
    const [at, people] = [site(), ids(30)]
    const losers = [people[0], people[14], people[29]].map((id) => id ?? '')
    await store().write(at, inserts(losers))
    const { etags, lost } = await store().writeGuarded(at, inserts(people), {
      connection: 'default',
      guard: counted(30),
      etag: null,
    })
    expect([...lost].sort()).toEqual(losers)
    expect(etags.size).toBe(27)
    expect(await written(at, people)).toEqual(people)
    expect(await guardNow(at)).toEqual(counted(30))
  })

  it('writes the guard where nobody is left, and where nobody was given', async () => {
    const [at, people] = [site(), ids(2)]
    await store().write(at, inserts(people))
    const first = await store().writeGuarded(at, inserts(people), {
      connection: 'default',
      guard: counted(2),
      etag: null,
    })
    expect([[...first.lost].sort(), first.etags.size]).toEqual([people, 0])
    expect(await guardNow(at)).toEqual(counted(2))
    await store().writeGuarded(at, [], { connection: 'default', guard: counted(3), etag: await etagNow(at) })
    expect(await guardNow(at)).toEqual(counted(3))
  })

  it('loses the second of two writes for one person', async () => {
    const [at, [id = '']] = [site(), ids(1)]
    const guard = { connection: 'default', guard: counted(1), etag: null }
    const { etags, lost } = await store().writeGuarded(at, inserts([id, id]), guard)
    expect([[...etags.keys()], [...lost]]).toEqual([[id], [id]])
  })

  it('lets one of many writers through: nobody slips past the guard', async () => {
    const [at, people] = [site(), ids(20)]
    await store().writeGuard(at, 'default', emptyGuard, null)
    const etag = await etagNow(at)
    const answers = await Promise.all(
      people.map((id) => store().writeGuarded(at, inserts([id]), { connection: 'default', guard: counted(1), etag })),
    )
    const winners = answers.flatMap(({ etags }) => [...etags.keys()])
    expect(winners).toHaveLength(1)
    expect(await written(at, people)).toEqual(winners)
  })

  it('takes what one transaction holds, and says so where it is more', async () => {
    const [at, people] = [site(), ids(34)]
    const whole = people.map((id, index): LinkWrite => ({
      link: linkOf(id, { wordpressId: index + 1 }),
      etag: null,
      reverse: true,
      removal: removalOf(id),
    }))
    const guard = { connection: 'default', guard: counted(33), etag: null }
    await expect(store().writeGuarded(at, whole, guard)).rejects.toThrow(RangeError)
    expect(await guardNow(at)).toBeNull()
    const { etags } = await store().writeGuarded(at, whole.slice(0, 33), guard)
    expect(etags.size).toBe(33)
  })
}
