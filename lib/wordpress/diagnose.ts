import { SiteFault } from '../domain/faults.ts'
import type { Rest } from './rest.ts'

/**
 * Calls of a site whose "wrong credentials" is looked into: a site where somebody has switched application passwords off says no more
 * than "not logged in" either (`wp_validate_application_password()` gives up without an error), but its index tells.
 * https://developer.wordpress.org/reference/functions/wp_validate_application_password/
 */
export function diagnosed<Args extends unknown[], T>(
  rest: Rest,
  call: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  return async (...args) => {
    try {
      return await call(...args)
    } catch (error) {
      if (!(error instanceof SiteFault) || error.reason !== 'wrong-credentials') throw error
      const closer: unknown = await rest.findRoot().then(
        () => null,
        (fault: unknown) => fault,
      )
      throw closer instanceof SiteFault && closer.reason === 'application-passwords-off' ? closer : error
    }
  }
}
