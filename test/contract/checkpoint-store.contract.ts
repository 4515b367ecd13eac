import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Checkpoint } from '../../lib/domain/cycle.ts'
import { Conflict } from '../../lib/domain/faults.ts'
import { begunPhotoPoll, type PhotoPoll } from '../../lib/domain/photo.ts'
import type { CheckpointStore } from '../../lib/sync/ports/store.ts'

const checkpoint: Checkpoint = {
  phase: 'reading',
  kind: 'full',
  cycle: '20261123T101500123Z-9f2c',
  nextLink: `https://graph.example/users/delta?$skiptoken=${'x'.repeat(70_000)}`,
  deltaLink: 'https://graph.example/users/delta?$deltatoken=ä',
  withoutDelta: true,
  sweptTo: 'ffffffff-0000-4000-8000-000000000000',
  groups: Array.from({ length: 2000 }, () => randomUUID()),
  nextMessage: 12,
  leaseOwner: 'me',
  leaseUntil: 1_795_428_900_123,
  selectHash: 'aa',
  configurationHash: 'bb',
  configurationSince: 1_795_428_900_000,
  lastFullAt: 0,
}
const idle: Checkpoint = {
  ...checkpoint,
  phase: 'idle',
  cycle: null,
  nextLink: null,
  deltaLink: null,
  withoutDelta: false,
  sweptTo: null,
  groups: [],
  leaseOwner: null,
}

export function checkpointStoreContract(store: () => CheckpointStore): void {
  const connection = () => `connection-${randomUUID().slice(0, 8)}`

  it('keeps where the photo poll stands, on condition', async () => {
    const at = connection()
    expect(await store().readPhotoPoll(at)).toBeNull()
    const begun: PhotoPoll = { ...begunPhotoPoll(null, 1_795_428_900_123), leaseOwner: 'me', leaseUntil: 5 }
    const first = await store().writePhotoPoll(at, begun, null)
    expect(await store().readPhotoPoll(at)).toEqual({ row: begun, etag: first })
    const later: PhotoPoll = {
      ...begun,
      after: randomUUID(),
      asked: 7,
      changed: 2,
      error: 'x'.repeat(100),
      leaseOwner: null,
    }
    await store().writePhotoPoll(at, { ...later, finishedAt: 9 }, first)
    expect((await store().readPhotoPoll(at))?.row).toEqual({ ...later, finishedAt: 9 })
    for (const etag of [null, first])
      await expect(store().writePhotoPoll(at, begun, etag)).rejects.toBeInstanceOf(Conflict)
    // A stream of its own: the users' place is another row.
    expect(await store().read(at, 'users')).toBeNull()
  })

  it('gives back what was written', async () => {
    const at = connection()
    expect(await store().read(at, 'users')).toBeNull()
    const etag = await store().write(at, 'users', checkpoint, null)
    expect(await store().read(at, 'users')).toEqual({ row: checkpoint, etag })
    const next = await store().write(at, 'users', idle, etag)
    expect(await store().read(at, 'users')).toEqual({ row: idle, etag: next })
    const sweeping: Checkpoint = { ...checkpoint, phase: 'sweeping', groups: ['one'] }
    const swept = await store().write(at, 'users', sweeping, next)
    expect(await store().read(at, 'users')).toEqual({ row: sweeping, etag: swept })
    expect(await store().read(at, 'groups')).toBeNull()
  })

  it('throws Conflict where the ETag no longer holds', async () => {
    const at = connection()
    const etag = await store().write(at, 'users', checkpoint, null)
    await expect(store().write(at, 'users', idle, null)).rejects.toMatchObject({ name: 'Conflict' })
    await store().write(at, 'users', checkpoint, etag)
    await expect(store().write(at, 'users', idle, etag)).rejects.toMatchObject({ name: 'Conflict' })
    await expect(store().write(connection(), 'users', idle, etag)).rejects.toMatchObject({ name: 'Conflict' })
    expect((await store().read(at, 'users'))?.row).toEqual(checkpoint)
  })

  it('lets one of many writers through', async () => {
    const at = connection()
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, (_, writer) =>
        store().write(at, 'users', { ...checkpoint, leaseOwner: String(writer) }, null),
      ),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('keeps the messages of a cycle until each is removed, by the time it was sent', async () => {
    const [at, cycle] = [connection(), '20261123T101500123Z-9f2c']
    const people = Array.from({ length: 1200 }, () => randomUUID())
    for (const number of [10, 9, 0, 100]) await store().putMessage(at, cycle, number, people, 5 + number)
    await store().putMessage(at, cycle, 9, ['a'], 6)
    await store().putMessage(at, cycle, 11, [], 6)
    await store().putMessage(at, '20261123T101500123Z-9f2d', 1, ['b'], 6)
    expect(await store().messages(at, cycle, 100)).toEqual([
      { number: 0, ids: people, sentAt: 5 },
      { number: 9, ids: ['a'], sentAt: 6 },
      { number: 10, ids: people, sentAt: 15 },
      { number: 11, ids: [], sentAt: 6 },
      { number: 100, ids: people, sentAt: 105 },
    ])
    expect(await store().messages(at, cycle, 1)).toHaveLength(1)
    await store().removeMessage(at, cycle, 9, 14)
    for (const [number, sentAt] of [
      [0, 5],
      [0, 5],
      [10, 15],
      [11, 6],
      [100, 105],
    ] as const)
      await store().removeMessage(at, cycle, number, sentAt)
    expect(await store().messages(at, cycle, 100)).toEqual([{ number: 9, ids: ['a'], sentAt: 6 }])
    expect(await store().messages(connection(), cycle, 100)).toEqual([])
  })
}
