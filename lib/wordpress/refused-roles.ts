import * as z from 'zod'
import type { SiteWrite, UserFault } from '../sync/ports/site.ts'

const messageSchema = z.object({ message: z.string() })

/**
 * The fault with those of the sent roles that WordPress' message names (`The role editorx does not exist.`, in whatever language). The
 * message itself goes nowhere.
 * https://developer.wordpress.org/reference/classes/wp_rest_users_controller/check_role_update/
 */
export function withRefusedRoles(fault: UserFault, write: SiteWrite, body: unknown): UserFault {
  if (fault.code !== 'rest_user_invalid_role' || !('roles' in write)) return fault
  const words = new Set(messageSchema.safeParse(body).data?.message.split(/[^\w:-]+/) ?? [])
  return { ...fault, roles: (write.roles ?? []).filter((role) => words.has(role)) }
}
