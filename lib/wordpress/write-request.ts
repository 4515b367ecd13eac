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
    // The user in `previous` is prepared by the same list of fields before it is put there.
    const fields = `deleted,previous,${userFields}`
    const reassign = String(write.reassign)
    return { method: 'DELETE', route, query: { force: 'true', reassign, _fields: fields }, headers }
  }
  const roles = write.roles === undefined ? {} : { roles: write.roles }
  const made = write.kind === 'create' ? { username: write.username, password: randomPassword() } : {}
  return { method: 'POST', route, query, headers, body: { ...write.fields, ...roles, ...made } }
}
