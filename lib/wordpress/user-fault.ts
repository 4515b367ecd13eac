import type { UserFault } from '../sync/ports/site.ts'
import type { ErrorBody } from './site-answer.ts'

/**
 * What WordPress' codes say about one account, whatever the status: `wp_insert_user()` errors have none of their own and
 * come as 500. `rest_user_invalid_email` is a duplicate on update; a malformed address is `rest_invalid_param`.
 * https://github.com/WordPress/WordPress/blob/master/wp-includes/rest-api/endpoints/class-wp-rest-users-controller.php
 */
const kinds = new Map<string, UserFault['kind']>([
  ['existing_user_login', 'username-taken'],
  ['existing_user_email', 'email-taken'],
  ['rest_user_invalid_email', 'email-taken'],
  ['rest_user_invalid_id', 'gone'],
  ['invalid_user_id', 'gone'],
  ['rest_invalid_param', 'invalid'],
  ['rest_missing_callback_param', 'invalid'],
  ['rest_user_invalid_argument', 'invalid'],
  ['rest_user_invalid_username', 'invalid'],
  ['rest_user_invalid_password', 'invalid'],
  ['rest_user_invalid_slug', 'invalid'],
  // 400 a role that isn't there, 403 one that the credential may not give: a new mapping cures both.
  ['rest_user_invalid_role', 'invalid'],
  ['rest_user_invalid_reassign', 'invalid'],
  ['rest_user_exists', 'invalid'],
  ['user_login_too_long', 'invalid'],
  ['user_nicename_too_long', 'invalid'],
  ['user_url_too_long', 'invalid'],
  ['empty_user_login', 'invalid'],
  ['empty_user_nicename', 'invalid'],
  ['invalid_username', 'invalid'],
  ['empty_data', 'failed'],
  ['db_insert_error', 'failed'],
  ['db_update_error', 'failed'],
  ['rest_user_create', 'failed'],
  // Of user meta: no right to write the key, or a stored value that doesn't fit its type.
  ['rest_cannot_update', 'forbidden'],
  ['rest_invalid_stored_value', 'invalid'],
  ['rest_meta_database_error', 'failed'],
  ['rest_cannot_edit', 'forbidden'],
  ['rest_cannot_edit_roles', 'forbidden'],
  ['rest_user_cannot_delete', 'forbidden'],
])

const deleteFailed = 'rest_cannot_delete'

/** The parameter that a code without `data.params` is about. */
const paramOf = new Map<string, string>([
  ['rest_user_invalid_argument', 'username'],
  ['rest_user_invalid_username', 'username'],
  ['user_login_too_long', 'username'],
  ['empty_user_login', 'username'],
  ['empty_user_nicename', 'username'],
  ['invalid_username', 'username'],
  ['user_url_too_long', 'url'],
  ['rest_user_invalid_password', 'password'],
  ['rest_user_invalid_slug', 'slug'],
  ['user_nicename_too_long', 'slug'],
  ['rest_cannot_update', 'meta'],
  ['rest_invalid_stored_value', 'meta'],
  ['rest_meta_database_error', 'meta'],
  ['rest_user_invalid_role', 'roles'],
  ['rest_user_invalid_reassign', 'reassign'],
])

/** The fault of one item of a 207: always that user's, whatever it says. */
export function userFault(status: number, error: ErrorBody | null): UserFault {
  if (error === null) return { kind: status === 403 ? 'forbidden' : 'failed', status, code: 'unknown', params: [] }
  const named = paramOf.get(error.code)
  const params = error.params.length === 0 && named !== undefined ? [named] : error.params
  return { kind: kindOf(status, error.code), status, code: error.code, params }
}

function kindOf(status: number, code: string): UserFault['kind'] {
  const known = kinds.get(code)
  if (known !== undefined) return known
  // No account of a multisite can be deleted over core's REST API, nor meta without the right to; elsewhere the same code means that the
  // database failed.
  if (code === deleteFailed) return status === 501 || status === 403 ? 'forbidden' : 'failed'
  if (status === 403) return 'forbidden'
  return status === 400 && code.startsWith('rest_user_invalid_') ? 'invalid' : 'failed'
}

/**
 * The same for the answer to a request that wrote one account: null where the answer may be about the site. A 5xx or 403
 * must have a code that only an account can cause; 401 is never an account's.
 */
export function userFaultOfRequest(status: number, error: ErrorBody | null): UserFault | null {
  if (error === null || status === 401) return null
  const known = kinds.has(error.code) || error.code === deleteFailed
  const aboutValues = status === 400 || status === 409 || status === 422
  return known || aboutValues ? userFault(status, error) : null
}
