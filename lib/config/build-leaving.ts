import type { Connection } from '../domain/connection.ts'
import type { LeavingPolicy, LeavingReason } from '../domain/leaving.ts'
import type { SettingFault } from './configuration-error.ts'
import type { ConnectionParts } from './connection-parts.ts'
import type { PolicyInput } from './policy-schema.ts'

const day = 86_400_000

type Setting = 'disabled' | 'softDeleted' | 'purged' | 'outOfScope'

const reasons: Readonly<Record<Setting, LeavingReason>> = {
  disabled: 'disabled',
  softDeleted: 'deleted',
  purged: 'absent',
  outOfScope: 'out-of-scope',
}
const settings = Object.keys(reasons) as Setting[]

/**
 * What becomes of those who leave, with its defaults. Deleting without an heir is a fault: WordPress deletes the posts of whoever is
 * deleted without one (https://developer.wordpress.org/rest-api/reference/users/#delete-a-user).
 */
export function buildLeaving(
  { policy, names }: ConnectionParts,
  faults: SettingFault[],
): Pick<Connection, 'leaving' | 'reassignTo'> {
  const given = policy.leaving ?? {}
  const policies = settings.map((setting) => [setting, policyOf(given[setting])] as const)
  const deleting = policies.flatMap(([setting, { action, deleteAfter }]) =>
    action === 'delete' || deleteAfter !== null ? [setting] : [],
  )
  const reassignTo = given.reassignTo ?? null
  const [first] = deleting
  if (first !== undefined && reassignTo === null)
    faults.push({
      setting: names.policy('leaving', first).replace(/\w+$/, 'reassignTo'),
      message:
        `is not set, but ${deleting.join(', ')} would delete accounts, and WordPress would delete their posts with them; name the login ` +
        'of an account that gets them, or choose "suspend"',
    })
  return {
    leaving: Object.fromEntries(policies.map(([setting, what]) => [reasons[setting], what])) as Connection['leaving'],
    reassignTo,
  }
}

function policyOf(given: NonNullable<PolicyInput['leaving']>[Setting]): LeavingPolicy {
  if (typeof given !== 'object') return { action: given ?? 'suspend', deleteAfter: null }
  return { action: given.action, deleteAfter: given.deleteAfterDays * day }
}
