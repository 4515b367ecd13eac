import * as z from 'zod'
import { companionNamespace, hasCompanion } from '../domain/companion.ts'
import type { Capabilities, SiteUser } from '../domain/site-user.ts'
import type { SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import { userSchema } from './parse-user.ts'
import type { Rest } from './rest.ts'

/** True where users of a network can be reached who are not on the site: a multisite with the companion plugin. */
export function reachesNetwork(capabilities: Capabilities | null): boolean {
  return capabilities !== null && capabilities.multisite && hasCompanion(capabilities)
}

/** The user of the network with exactly this login or address who is not on this site. Core's routes show nobody else's. */
export async function findOutside(rest: Rest, query: { login: string } | { email: string }): Promise<SiteUser | null> {
  const { body } = await rest.read(
    { method: 'GET', route: `/${companionNamespace}/network-users`, query: { ...query, _fields: rest.userFields } },
    z.array(userSchema),
  )
  const [user] = body
  return user === undefined ? null : { ...user, outside: true }
}

/**
 * The answer to a write on a network. A multisite refuses a taken login or address as it refuses an invalid one
 * (`wpmu_validate_user_signup()`, in the words of the site's language), and ours are valid: whose they are is looked up.
 * https://developer.wordpress.org/reference/functions/wpmu_validate_user_signup/
 */
export function takenInNetwork(write: SiteWrite, answer: SiteAnswer): SiteAnswer {
  if (answer.ok || write.kind !== 'create' || answer.fault.code !== 'rest_invalid_param') return answer
  const { params } = answer.fault
  const about = params.filter((name) => name === 'username' || name === 'email')
  if (about.length === 0 || about.length < params.length) return answer
  const kind = about.includes('email') ? 'email-taken' : 'username-taken'
  return { ok: false, fault: { ...answer.fault, kind } }
}
