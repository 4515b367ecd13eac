import type { SyncContext } from './context.ts'
import { sendRead } from './read-directory.ts'

/** The schedule's tick: each connection starts what is due, or goes on where a reader died. One's fault is not another's. */
export async function syncDirectory(context: SyncContext): Promise<void> {
  const sent = await Promise.allSettled(
    context.connections.flatMap(({ id, photos }) => [
      sendRead(context, { connection: id, start: 'due' }),
      ...(photos ? [sendRead(context, { connection: id, photos: true })] : []),
    ]),
  )
  const fault = sent.find((result) => result.status === 'rejected')
  if (fault) throw fault.reason
}
