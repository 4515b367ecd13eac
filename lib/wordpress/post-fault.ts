import type { UserFault } from '../sync/ports/site.ts'
import type { ErrorBody } from './site-answer.ts'

/**
 * What WordPress' codes say about one post.
 * https://github.com/WordPress/WordPress/blob/master/wp-includes/rest-api/endpoints/class-wp-rest-posts-controller.php
 */
const kinds = new Map<string, UserFault['kind']>([
  ['rest_post_invalid_id', 'gone'],
  ['rest_already_trashed', 'gone'],
  ['invalid_post', 'gone'],
  ['rest_invalid_param', 'invalid'],
  ['rest_missing_callback_param', 'invalid'],
  ['rest_invalid_author', 'invalid'],
  ['rest_invalid_field', 'invalid'],
  ['rest_invalid_stored_value', 'invalid'],
  ['empty_content', 'invalid'],
  // The site has no trash (EMPTY_TRASH_DAYS 0): for good is not what was asked for.
  ['rest_trash_not_supported', 'invalid'],
  ['rest_cannot_edit', 'forbidden'],
  ['rest_cannot_edit_others', 'forbidden'],
  ['rest_cannot_create', 'forbidden'],
  ['rest_cannot_publish', 'forbidden'],
  ['rest_cannot_update', 'forbidden'],
  ['rest_cannot_delete', 'forbidden'],
  ['rest_user_cannot_delete_post', 'forbidden'],
  ['rest_meta_database_error', 'failed'],
  ['db_insert_error', 'failed'],
  ['db_update_error', 'failed'],
])

/** The fault of one item of a 207: always that post's, whatever it says. */
export function postFault(status: number, error: ErrorBody | null): UserFault {
  if (error === null) return { kind: status === 403 ? 'forbidden' : 'failed', status, code: 'unknown', params: [] }
  const { code, params } = error
  return { kind: kinds.get(code) ?? (status === 403 ? 'forbidden' : 'failed'), status, code, params }
}

/** The same for a request that wrote one post: null where the answer may be about the site. 401 is never a post's. */
export function postFaultOfRequest(status: number, error: ErrorBody | null): UserFault | null {
  if (error === null || status === 401) return null
  return kinds.has(error.code) || status === 400 ? postFault(status, error) : null
}
