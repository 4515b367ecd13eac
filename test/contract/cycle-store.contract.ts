import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Cycle, noCounters } from '../../lib/domain/cycle.ts'
import type { CycleStore } from '../../lib/sync/ports/store.ts'

const cycleOf = (connection: string, id: string, more: Partial<Cycle> = {}): Cycle => ({
  connection,
  id,
  kind: 'initial',
  trigger: 'timer',
  dryRun: false,
  state: 'reading',
  startedAt: 1_795_428_900_123,
  readAt: null,
  settledAt: null,
  expected: null,
  error: null,
  counters: noCounters,
  ...more,
})

export function cycleStoreContract(store: () => CycleStore): void {
  const connection = () => `connection-${randomUUID().slice(0, 8)}`
  const id = '20261123T101500123Z-9f2c'

  it('gives back what was put', async () => {
    const at = connection()
    const full = cycleOf(at, id, {
      dryRun: true,
      readAt: 1,
      settledAt: 2,
      expected: 100_000,
      error: 'why',
      counters: { ...noCounters, seen: 7, siteWrites: 2 ** 40 },
    })
    await store().put(cycleOf(at, id))
    await store().put(full)
    expect(await store().read(at, id)).toEqual(full)
    expect(await store().read(at, 'no such / cycle?')).toBeNull()
    expect(await store().read(connection(), id)).toBeNull()
  })

  it('lists the newest first', async () => {
    const at = connection()
    const started = ['20261123T101500123Z-a', '20261123T101500124Z-b', '20251231T235959999Z-c', '20270101T000000000Z-d']
    for (const each of started) await store().put(cycleOf(at, each))
    const newest = [...started].sort().reverse()
    expect((await store().list(at, 100)).map((cycle) => cycle.id)).toEqual(newest)
    expect((await store().list(at, 2)).map((cycle) => cycle.id)).toEqual(newest.slice(0, 2))
    expect(await store().list(connection(), 100)).toEqual([])
  })

  it('adds, whoever else adds', async () => {
    const at = connection()
    await store().put(cycleOf(at, id, { counters: { ...noCounters, created: 1 } }))
    await Promise.all(Array.from({ length: 12 }, () => store().add(at, id, { created: 1, seen: 2 })))
    await store().add(at, id, { failed: 1 }, { state: 'settled', settledAt: 9 })
    expect(await store().read(at, id)).toEqual(
      cycleOf(at, id, {
        state: 'settled',
        settledAt: 9,
        counters: { ...noCounters, created: 13, seen: 24, failed: 1 },
      }),
    )
  })

  it('adds nothing to a cycle that is gone', async () => {
    const at = connection()
    await store().add(at, id, { created: 1 })
    expect(await store().read(at, id)).toBeNull()
  })
}
