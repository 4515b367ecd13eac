import { z } from 'zod'
import { AdminError } from './admin-error.ts'
import { type Entry, type GroupEntry, visible, visibleStatus } from './entries.ts'
import { type Answer, type Call, graphError, notFound, ok } from './graph-answer.ts'
import { badToken, issued, listLink, readToken } from './link-token.ts'
import { idOf, isGroup } from './memberships.ts'
import { behindUntil, type DirectoryState, entryOf, groupOf } from './state.ts'

export const appRoleSchema = z.strictObject({
  id: z.guid(),
  value: z.string().nullable(),
  isEnabled: z.boolean().default(true),
})
export const assignmentSchema = z.strictObject({
  /** Object id of somebody, or of a security group. */
  principal: z.string(),
  /** Value of the app role; null = assigned to the application, without any role. */
  value: z.string().nullable(),
})

/** One assignment, now or formerly: its place in the list is good for ever. */
type Assignment = {
  principal: Entry | GroupEntry
  appRoleId: string
  present: boolean
  /** What reads still see until then. */
  stale: { present: boolean; until: number } | null
}

/** The application of the credential, as an enterprise application of the tenant. */
export type Application = { id: string; appRoles: z.infer<typeof appRoleSchema>[]; assignments: Assignment[] }

/** Of an assignment to the application without any of its roles. */
const defaultAccess = '00000000-0000-0000-0000-000000000000'
/** A client of the application that was granted its first app role: it is in every list, and is neither a person nor a group. */
const client = 'c11e4700-0000-4000-8000-000000000000'

/** The roles that the application has from now on; who was assigned one that is gone is assigned nothing. */
export function setAppRoles({ application }: DirectoryState, roles: Application['appRoles']): void {
  application.appRoles = roles
  const ids = new Set([defaultAccess, ...roles.map(({ id }) => id)])
  for (const assignment of application.assignments) if (!ids.has(assignment.appRoleId)) assignment.present = false
}

/** https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto */
export function assign(state: DirectoryState, wanted: z.infer<typeof assignmentSchema>, present: boolean): void {
  const { application } = state
  const { principal: id, value } = wanted
  const principal = entryOf(state, id) ?? groupOf(state, id)
  if (!principal || principal.status !== 'active') throw new AdminError(404, `There is no object with the id ${id}.`)
  if (isGroup(principal) && principal.group.kind !== 'security')
    throw new AdminError(409, 'App roles are assigned to people and security groups only.')
  const appRoleId =
    value === null ? defaultAccess : application.appRoles.find((role) => role.value === value && role.isEnabled)?.id
  if (appRoleId === undefined) throw new AdminError(404, 'The application has no such app role that is enabled.')
  const known = application.assignments.find((one) => one.principal === principal && one.appRoleId === appRoleId)
  if ((known?.present ?? false) === present) return
  const until = behindUntil(state, Date.now())
  const assignment = known ?? { principal, appRoleId, present: false, stale: null }
  if (!known) application.assignments.push(assignment)
  assignment.stale = until === null ? null : { present: !present, until }
  assignment.present = present
}

/** `GET /servicePrincipals(appId='…')` or by object id. */
export function servicePrincipal(state: DirectoryState, _call: Call, key: string): Answer {
  const { application, clientId } = state
  if (!isIt(state, key)) return notFound(key)
  return ok({ id: application.id, appId: clientId, displayName: 'Sync (simulated)', appRoles: application.appRoles })
}

/**
 * `GET …/appRoleAssignedTo`: who is assigned directly; members of a group that is assigned are not listed, and no filter knows the role.
 * Only with the largest page does it hold service principals. https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
 */
export function appRoleAssignedTo(state: DirectoryState, call: Call, key: string): Answer {
  const now = Date.now()
  if (!isIt(state, key)) return notFound(key)
  if (/appRoleId/i.test(call.query.get('$filter') ?? ''))
    return graphError(400, 'Request_UnsupportedQuery', "Unsupported filter on property 'appRoleId'.")
  const link = call.query.get('$skiptoken')
  const token = link === null ? null : readToken(state, link, now)
  if (token && 'error' in token) return token.error
  if (token && token.kind !== 'assignments') return badToken()
  const top = token?.top ?? Number(call.query.get('$top') ?? Math.min(100, state.options.pageSize))
  if (!Number.isInteger(top) || top < 1 || top > 999)
    return graphError(400, 'Request_BadRequest', 'Invalid page size specified: must be between 1 and 999 inclusive.')
  const size = Math.min(top, state.options.pageSize)
  const { assignments, appRoles } = state.application
  const value: object[] = []
  const [first] = appRoles
  if (token === null && top === 999 && first) value.push(shown(state, client, 'ServicePrincipal', first.id))
  let position = token?.position ?? 0
  for (; position < assignments.length && value.length < size; position++) {
    const { principal, appRoleId } = assignments[position] ?? {}
    if (!principal || !appRoleId || !isShown(assignments[position], now)) continue
    value.push(shown(state, idOf(principal), isGroup(principal) ? 'Group' : 'User', appRoleId))
  }
  const next = { kind: 'assignments' as const, ...issued(state, now), select: [], position, top }
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#appRoleAssignments`,
    ...(position < assignments.length ? { '@odata.nextLink': listLink(state, call, next) } : {}),
    value,
  })
}

function isIt({ application, clientId, foreignTenant }: DirectoryState, key: string): boolean {
  return !foreignTenant && [application.id, clientId].includes(key.toLowerCase())
}

function isShown(assignment: Assignment | undefined, now: number): boolean {
  if (!assignment) return false
  const { principal } = assignment
  if (assignment.stale && assignment.stale.until <= now) assignment.stale = null
  const active = isGroup(principal) ? visibleStatus(principal, now) : visible(principal, now).status
  return active === 'active' && (assignment.stale ?? assignment).present
}

function shown({ application }: DirectoryState, principalId: string, principalType: string, appRoleId: string): object {
  return {
    id: Buffer.from(`${principalId}${appRoleId}`).toString('base64url').slice(0, 43),
    ...{ appRoleId, principalId, principalType, principalDisplayName: principalType },
    ...{ resourceId: application.id, resourceDisplayName: 'Sync (simulated)' },
  }
}
