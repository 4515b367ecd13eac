import { jsonText } from '../../domain/custom-field.ts'
import { hashedFields } from '../../domain/field-hash.ts'
import type { FieldHashes } from '../../domain/link.ts'
import type { Plan } from '../../domain/plan.ts'
import type { FieldName } from '../../domain/site-user.ts'
import type { Case } from './case.ts'

/** Turns the case into one that only tells what the open intent has done; what else there is to do is looked at next. */
export function effectOnly(one: Case): void {
  one.unfinished = one.plan.verb !== 'nothing'
  // Whatever becomes of the roles, it was decided for them.
  if (one.plan.verb === 'demote') one.keepsRemoval = true
  one.plan = planOfEffect(one)
}

function planOfEffect({ link, account, startedAt }: Case): Plan {
  const { intent, hashes, login } = link
  if (!intent) throw new Error('an effect was seen without an intent')
  const { verb, reason: why } = intent
  const common = { username: account?.username ?? login ?? '', email: account?.fields.email ?? '', changes: [] }
  if (verb === 'suspend' || verb === 'delete') {
    const { reason, since } = link.leaving ?? {
      reason: why && why !== 'no-mapped-role' ? why : 'disabled',
      since: startedAt,
    }
    return { ...common, verb, account: account ?? null, reason, since, taken: intent.roles ?? link.roles ?? [] }
  }
  if (!account) throw new Error('an effect was seen without an account')
  const changes = changedFields(hashes, intent.hashes).map((field) => ({
    field,
    from: null,
    to: field === 'roles' ? account.roles.join(', ') : jsonText(account.fields[field]),
  }))
  const effect = { ...common, account, values: {}, roles: null, changes, hashes: { ...hashes, ...intent.hashes } }
  return verb === 'demote' ? { ...effect, verb, reason: 'no-mapped-role', apart: null } : { ...effect, verb }
}

function changedFields(before: FieldHashes, after: FieldHashes): (FieldName | 'roles')[] {
  const fields: (FieldName | 'roles')[] = [...hashedFields(after), 'roles']
  return fields.filter((field) => after[field] !== undefined && after[field] !== before[field])
}
