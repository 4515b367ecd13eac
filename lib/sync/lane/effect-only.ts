import type { FieldHashes } from '../../domain/link.ts'
import type { Plan } from '../../domain/plan.ts'
import type { AccountField } from '../../domain/site-user.ts'
import type { Case } from './case.ts'

/** Turns the case into one that only tells what the open intent has done; what else there is to do is looked at next. */
export function effectOnly(one: Case): void {
  one.unfinished = one.plan.verb !== 'nothing'
  one.plan = planOfEffect(one)
}

function planOfEffect({ link, account, startedAt }: Case): Plan {
  const { intent, hashes, login } = link
  if (!intent) throw new Error('an effect was seen without an intent')
  const { verb } = intent
  const common = { username: account?.username ?? login ?? '', email: account?.fields.email ?? '', changes: [] }
  if (verb === 'suspend' || verb === 'delete') {
    const { reason, since } = link.leaving ?? { reason: intent.reason ?? 'disabled', since: startedAt }
    return { ...common, verb, account: account ?? null, reason, since, taken: intent.roles ?? [] }
  }
  if (!account) throw new Error('an effect was seen without an account')
  const changes = changedFields(hashes, intent.hashes).map((field) => ({
    field,
    from: null,
    to: field === 'roles' ? account.roles.join(', ') : account.fields[field],
  }))
  return { ...common, verb, account, values: {}, roles: null, changes, hashes: { ...hashes, ...intent.hashes } }
}

function changedFields(before: FieldHashes, after: FieldHashes): (AccountField | 'roles')[] {
  return (Object.keys(after) as (AccountField | 'roles')[]).filter((field) => after[field] !== before[field])
}
