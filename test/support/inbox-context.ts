import { vi } from 'vitest'
import type { LaneQueue, LookMessage } from '../../lib/domain/look.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { createMemoryQueues } from './memory-queues.ts'
import { createSyncApp } from './sync-app.ts'

/** What the lane's inbox touches, in memory, with a clock that the test moves. */
export function inboxContext() {
  let time = 1_000_000
  const queues = createMemoryQueues(() => time)
  const nowhere = 'https://127.0.0.1:9'
  const { context } = createSyncApp({
    directory: {
      url: nowhere,
      authorityHost: nowhere,
      tenantId: 'tenant',
      clientId: 'client',
      clientSecret: 'secret',
    },
    site: { url: nowhere, username: 'sync', applicationPassword: 'none' },
    storage: 'UseDevelopmentStorage=true',
    id: 'test',
  })
  /** `cycle|number|sentAt` of the rows that were removed. */
  const removedRows: string[] = []
  const scheduled: { objectId: string; due: number }[] = []
  const removeMessage = async (_: string, cycle: string, number: number, sentAt: number) =>
    void removedRows.push(`${cycle}|${number}|${sentAt}`)
  const scheduleLook = async (_: string, __: string, objectId: string, due: number) =>
    void scheduled.push({ objectId, due })
  const { stores } = context
  const log = vi.fn<SyncContext['log']>()
  Object.assign(context, {
    now: () => time,
    log,
    queues,
    stores: {
      ...stores,
      checkpoints: { ...stores.checkpoints, removeMessage },
      links: { ...stores.links, scheduleLook },
    },
  } satisfies Partial<SyncContext>)

  return {
    context,
    queues,
    removedRows,
    scheduled,
    log,
    pass: (milliseconds: number) => (time += milliseconds),
    now: () => time,
    async send(queue: LaneQueue, ids: string[], more: Partial<LookMessage> = {}): Promise<void> {
      const message = { connection: 'test', ids, trigger: 'cycle', signal: time, cycle: null, number: null, ...more }
      await queues.queue(laneQueueName(queue, 'test')).send(JSON.stringify(message))
    },
    /** Ids by message that lie in a queue, invisible ones too. */
    idsIn: (queue: LaneQueue) =>
      queues.held(laneQueueName(queue, 'test')).map(({ text }) => (JSON.parse(text ?? '{}') as LookMessage).ids),
    messagesIn: (queue: LaneQueue) => queues.held(laneQueueName(queue, 'test')),
  }
}
