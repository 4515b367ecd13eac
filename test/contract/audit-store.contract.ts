import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { AuditRow } from '../../lib/domain/audit.ts'
import type { AuditStore } from '../../lib/sync/ports/store.ts'

const auditOf = (connection: string, attempt: string, objectId: string, more: Partial<AuditRow> = {}): AuditRow => ({
  connection,
  dryRun: null,
  attempt,
  objectId,
  status: 'updated',
  reason: null,
  wordpressId: null,
  who: { userPrincipalName: null, email: null, username: null },
  changes: [],
  at: 1_795_428_900_123,
  milliseconds: 12,
  cycle: null,
  trigger: 'cycle',
  tries: 1,
  error: null,
  ...more,
})

export function auditStoreContract(store: () => AuditStore): void {
  const connection = () => `connection-${randomUUID().slice(0, 8)}`

  it('gives back what was written, of several days and connections', async () => {
    const [at, other] = [connection(), connection()]
    const full = auditOf(at, '20261123T101500123Z-9f2c', randomUUID(), {
      status: 'failed',
      reason: 'email-taken',
      wordpressId: 2 ** 40,
      who: { userPrincipalName: 'a@example.com', email: "o'b@example.com", username: 'zoë' },
      changes: [
        { field: 'email', from: null, to: 'x' },
        { field: 'url', from: 'y', to: null },
        { field: 'roles', from: 'editor', to: '' },
        { field: 'meta.tags', from: '["a"]', to: '[]' },
        { field: 'acf.office', from: null, to: null },
      ],
      cycle: '20261123T101500123Z-9f2c',
      trigger: 'approval',
      error: 'why',
    })
    const rows = [full, auditOf(at, '20261122T235959999Z-1', 'a'), auditOf(other, '20261123T000000000Z-1', 'a')]
    await store().write(rows)
    expect(await store().list(at, '20261123', 10)).toEqual([full])
    expect(await store().list(at, '20261122', 10)).toEqual([rows[1]])
    expect(await store().list(other, '20261123', 10)).toEqual([rows[2]])
    expect(await store().list(at, '19990101', 10)).toEqual([])
    await store().write([])
  })

  it('is the same however often it is written', async () => {
    const at = connection()
    const row = auditOf(at, '20261123T101500123Z-9f2c', 'a')
    await store().write([row, row])
    await store().write([{ ...row, milliseconds: 99 }])
    expect(await store().list(at, '20261123', 10)).toEqual([{ ...row, milliseconds: 99 }])
  })

  it('keeps what a dry run tells apart from what happened, and from other dry runs', async () => {
    const at = connection()
    const [happened, first, second] = [null, '20261123T101500000Z-aaaa', '20261123T101500000Z-bbbb'].map((dryRun) =>
      auditOf(at, '20261123T101500123Z-9f2c', 'a', { dryRun }),
    )
    const late = auditOf(at, '20261123T101500124Z-1', 'b', { dryRun: first!.dryRun })
    await store().write([happened!, first!, second!, late])
    expect(await store().list(at, '20261123', 10)).toEqual([happened])
    expect(await store().list(at, '20261123', 10, first!.dryRun!)).toEqual([late, first])
    expect(await store().list(at, '20261123', 1, first!.dryRun!)).toEqual([late])
    expect(await store().list(at, '20261123', 10, second!.dryRun!)).toEqual([second])
    expect(await store().list(`${at}|${second!.dryRun}`, '20261123', 10)).toEqual([])
    expect(await store().list(at, '20261123', 10, 'none')).toEqual([])
  })

  it('lists the newest first, hundreds too', async () => {
    const at = connection()
    const rows = Array.from({ length: 250 }, (_, number) =>
      auditOf(at, `20261123T101500${String(number).padStart(3, '0')}Z-1`, 'a'),
    )
    await store().write(rows)
    const newest = rows.map(({ attempt }) => attempt).reverse()
    expect((await store().list(at, '20261123', 1000)).map(({ attempt }) => attempt)).toEqual(newest)
    expect((await store().list(at, '20261123', 3)).map(({ attempt }) => attempt)).toEqual(newest.slice(0, 3))
  })

  it('cuts what is too long for a row', async () => {
    const at = connection()
    const long = 'ä"\\'.repeat(20_000)
    const changes = (['email', 'url', 'description'] as const).map((field) => ({ field, from: long, to: 'short' }))
    await store().write([auditOf(at, '20261123T101500123Z-1', 'a', { changes, error: long })])
    const [row] = await store().list(at, '20261123', 1)
    expect(row?.changes.map(({ field, to }) => [field, to])).toEqual(changes.map(({ field }) => [field, 'short']))
    expect(long.startsWith(row?.changes[0]?.from?.slice(0, -1) ?? 'nothing')).toBe(true)
    expect(long.startsWith(row?.error ?? 'nothing')).toBe(true)
  })

  it('drops whole days, and only those', async () => {
    const at = connection()
    await store().write(['20010101', '20010102', '20010103'].map((day) => auditOf(at, `${day}T000000000Z-1`, 'a')))
    expect([...(await store().dropBefore('20010103'))].sort()).toEqual(['20010101', '20010102'])
    expect(await store().dropBefore('20010103')).toEqual([])
    expect(await store().list(at, '20010102', 10)).toEqual([])
    expect(await store().list(at, '20010103', 10)).toHaveLength(1)
    await store().write([auditOf(at, '20010102T000000000Z-1', 'b')])
    expect(await store().list(at, '20010102', 10)).toHaveLength(1)
    expect([...(await store().dropBefore('20010104'))].sort()).toEqual(['20010102', '20010103'])
  })
}
