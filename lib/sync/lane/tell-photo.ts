import { withDetail, type AuditRow } from '../../domain/audit.ts'
import type { Lane } from './lane.ts'
import type { PhotoCase } from './settle-photos.ts'

type Told = { one: PhotoCase; status: 'updated' | 'failed' | 'skipped'; reason: string | null }

/** One audit row a write to an avatar, keyed by the attempt that its request carried. */
export async function tellPhoto({ context }: Lane, told: readonly Told[]): Promise<void> {
  const at = context.now()
  const rows = told.map(({ one, status, reason }): AuditRow => {
    const { look, link, tag, attempt, startedAt } = one
    const row: AuditRow = {
      connection: look.connection,
      dryRun: null,
      attempt,
      objectId: look.objectId,
      status,
      reason,
      wordpressId: link.wordpressId,
      who: { userPrincipalName: null, email: null, username: link.login },
      changes: status === 'updated' ? [{ field: 'photo', from: link.photo, to: tag }] : [],
      at,
      milliseconds: at - startedAt,
      cycle: null,
      trigger: look.trigger,
      tries: 1,
      error: null,
    }
    return withDetail(row, context.audit.detail)
  })
  if (rows.length > 0) await context.stores.audit.write(rows)
}
