import type { SiteWrite } from '../sync/ports/site.ts'
import { userFields } from './parse-user.ts'
import { randomPassword } from './random-password.ts'

type WriteRequest = {
  method: 'POST' | 'DELETE'
  route: string
  query: Record<string, string>
  headers: Record<string, string>
  body?: Record<string, string | string[]>
}

/** A write as a REST request, fit for a request of its own and for an item of a batch alike. */
export function writeRequest(write: SiteWrite): WriteRequest {
  const headers = { 'X-Entra-Sync-Attempt': write.attempt }
  const query = { _fields: userFields }
  const route = write.kind === 'create' ? '/wp/v2/users' : `/wp/v2/users/${write.id}`
  if (write.kind === 'delete') {
    // `_fields` names what is in `previous` too: its user is prepared by the same list before it is put there.
    const _fields = `deleted,previous,${userFields}`
    return { method: 'DELETE', route, query: { force: 'true', reassign: String(write.reassign), _fields }, headers }
  }
  const roles = write.roles === undefined ? {} : { roles: write.roles }
  const made = write.kind === 'create' ? { username: write.username, password: randomPassword() } : {}
  return { method: 'POST', route, query, headers, body: { ...write.fields, ...roles, ...made } }
}
