import { companionNamespace } from '../domain/companion.ts'
import { isCustomField, placeOf, type JsonValue } from '../domain/custom-field.ts'
import type { SiteWrite } from '../sync/ports/site.ts'
import { acfBody } from './acf-body.ts'
import { randomPassword } from './random-password.ts'
import type { WriteRequest } from './send-batch.ts'

/**
 * A write as a REST request, fit for a request of its own and for an item of a batch alike.
 * @param userFields `_fields` of the answer
 * @param network the site is one of a network with the companion plugin, which does what core's own routes can't there
 * @param checked as of {@link acfBody}
 */
export function writeRequest(write: SiteWrite, userFields: string, network = false, checked = false): WriteRequest {
  const headers = { 'X-Entra-Sync-Attempt': write.attempt }
  const query = { _fields: userFields }
  if (write.kind === 'join')
    return { method: 'POST', route: `/${companionNamespace}/users/${write.id}/membership`, query, headers, body: {} }
  const route = write.kind === 'create' ? '/wp/v2/users' : `/wp/v2/users/${write.id}`
  if (write.kind === 'delete') {
    // The user in `previous` is prepared by the same list of fields before it is put there.
    const fields = `deleted,previous,${userFields}`
    const reassign = String(write.reassign)
    if (!network) return { method: 'DELETE', route, query: { force: 'true', reassign, _fields: fields }, headers }
    const ofNetwork = `/${companionNamespace}/users/${write.id}`
    return { method: 'DELETE', route: ofNetwork, query: { reassign, _fields: fields }, headers }
  }
  const roles = write.roles === undefined ? {} : { roles: write.roles }
  const companion = write.companion === undefined ? {} : { entra_sync: write.companion }
  const made = write.kind === 'create' ? { username: write.username, password: randomPassword() } : {}
  return {
    method: 'POST',
    route,
    query,
    headers,
    body: { ...inPlaces(write.fields, checked), ...roles, ...companion, ...made },
  }
}

/** Meta and ACF fields each in their own part of the body, where null clears. @param checked as of {@link acfBody} */
export function inPlaces(values: object, checked: boolean): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  const parts = { meta: {} as Record<string, unknown>, acf: {} as Record<string, unknown> }
  for (const [field, value] of Object.entries(values) as [string, JsonValue][]) {
    if (!isCustomField(field)) body[field] = value
    else {
      const { part, name } = placeOf(field)
      parts[part][name] = part === 'acf' ? acfBody(value, checked) : value
    }
  }
  for (const [part, inner] of Object.entries(parts)) if (Object.keys(inner).length > 0) body[part] = inner
  return body
}
