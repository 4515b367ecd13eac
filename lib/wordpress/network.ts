import * as z from 'zod'
import { companionNamespace, hasCompanion } from '../domain/companion.ts'
import { noFields, type Capabilities, type SiteUser } from '../domain/site-user.ts'
import type { SiteAnswer, SiteWrite } from '../sync/ports/site.ts'
import type { Rest } from './rest.ts'
import { parseErrorBody, parseJson } from './site-answer.ts'

/** True where users of a network can be reached who are not on the site: a multisite with the companion plugin. */
export function reachesNetwork(capabilities: Capabilities | null): boolean {
  return capabilities !== null && capabilities.multisite && hasCompanion(capabilities)
}

const usersSchema = z.array(
  z.object({
    id: z.number().int().positive(),
    username: z.string(),
    email: z.string(),
    registered_date: z.string(),
    member: z.boolean(),
  }),
)

/**
 * The user of the network with exactly this login or address who is not on this site: core's routes show nobody else's. null too where the
 * sync's account may not ask (it neither manages the network's users nor has the plugin's role).
 */
export async function findOutside(
  rest: Rest,
  query: { username: string } | { email: string },
): Promise<SiteUser | null> {
  const answer = await rest.send({ method: 'GET', route: `/${companionNamespace}/network-users`, query })
  const body = parseJson(answer.text)
  if (answer.status === 403 && parseErrorBody(body) !== null) return null
  if (answer.status !== 200 || body === undefined) throw answer.fault()
  const users = usersSchema.safeParse(body)
  if (!users.success) throw answer.unexpected("gave users of the network that can't be read")
  const user = users.data.find(({ member }) => !member)
  if (user === undefined) return null
  const { id, username, email, registered_date } = user
  return {
    ...{ id, username, fields: { ...noFields, email }, roles: [], registeredAt: Date.parse(registered_date) },
    ...{ suspended: null, markedFor: null, outside: true },
  }
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
