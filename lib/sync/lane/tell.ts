import { withDetail, type AuditRow, type OutcomeStatus } from '../../domain/audit.ts'
import type { SyncContext } from '../context.ts'
import { isWrite, type Case } from './case.ts'

/** The audit row of an outcome, as detailed as the configuration allows. */
export function tell(one: Case, context: SyncContext, status: OutcomeStatus, more: Partial<AuditRow>): AuditRow {
  const { look, lookUp, plan } = one
  const at = context.now()
  const row: AuditRow = {
    connection: look.connection,
    dryRun: look.dryRun ? look.cycle : null,
    attempt: one.attempt,
    objectId: look.objectId,
    status,
    reason: null,
    wordpressId: one.link.wordpressId,
    who: {
      userPrincipalName: lookUp.kind === 'found' ? (lookUp.user.userPrincipalName ?? null) : null,
      email: isWrite(one) ? one.plan.email || null : null,
      username: one.link.login ?? ('username' in plan ? plan.username : null),
    },
    changes: [],
    at,
    milliseconds: at - one.startedAt,
    cycle: look.cycle,
    trigger: look.trigger,
    tries: (one.link.failure?.attempts ?? 0) + 1,
    error: null,
    ...more,
  }
  return withDetail(row, context.audit.detail)
}
