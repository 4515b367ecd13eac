import type { SiteWrite, UserFault } from '../sync/ports/site.ts'
import { lengthFault } from './length-fault.ts'

/** The fault of a write that may not be sent, since WordPress would take it amiss; null where it may. */
export function unsendable(write: SiteWrite): UserFault | null {
  return reassignFault(write) ?? lengthFault(write)
}

/**
 * WordPress takes `reassign=0` and gives the account's content to nobody: no author, in no list of anybody.
 * https://developer.wordpress.org/reference/functions/wp_delete_user/
 */
function reassignFault(write: SiteWrite): UserFault | null {
  if (write.kind !== 'delete' || (Number.isSafeInteger(write.reassign) && write.reassign > 0)) return null
  return { kind: 'invalid', status: 0, code: 'rest_user_invalid_reassign', params: ['reassign'] }
}
