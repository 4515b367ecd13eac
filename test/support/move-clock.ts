import type { SyncContext } from '../../lib/sync/context.ts'

/** The app's clock goes on by these milliseconds at once. Messages that wait in queues go by their own. */
export function moveClock(context: SyncContext, milliseconds: number): void {
  const { now } = context
  Object.assign(context, { now: () => now() + milliseconds } satisfies Partial<SyncContext>)
}
