import { z } from 'zod'
import { visible, visibleStatus } from './entries.ts'
import { expansion, reportsTo, withManager } from './expand-manager.ts'
import { type Answer, type Call, graphError, notFound, ok } from './graph-answer.ts'
import { projectGroup } from './group.ts'
import { projectForGet, selection } from './select-properties.ts'
import { type DirectoryState, entryOf, groupOf } from './state.ts'
import { personByKey } from './users-list.ts'

export function organization(state: DirectoryState): Answer {
  const domains = [{ name: 'contoso.onmicrosoft.com', isInitial: true, isDefault: true }]
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#organization`,
    value: [
      {
        id: state.foreignTenant ? state.foreignTenantId : state.tenantId,
        displayName: 'Contoso (simulated)',
        verifiedDomains: domains,
      },
    ],
  })
}

/** `GET /users/{id or userPrincipalName}`. */
export function userByKey(state: DirectoryState, call: Call, key: string): Answer {
  const select = selection(call.query, 'single')
  if ('error' in select) return select.error
  const manager = expansion(call.query, 'single')
  if (manager && 'error' in manager) return manager.error
  const now = Date.now()
  const person = personByKey(state, key, now)
  if (!person) return notFound(key)
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#users/$entity`,
    ...withManager(state, person, projectForGet(person, select), manager, now),
  })
}

/** `GET /users/{id}/directReports`. https://learn.microsoft.com/graph/api/user-list-directreports */
export function directReports(state: DirectoryState, call: Call, key: string): Answer {
  const select = selection(call.query, 'collection')
  if ('error' in select) return select.error
  const now = Date.now()
  const person = personByKey(state, key, now)
  if (!person) return notFound(key)
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#directoryObjects`,
    value: reportsTo(state, person, now).map((one) => ({
      '@odata.type': '#microsoft.graph.user',
      ...projectForGet(one, select),
    })),
  })
}

/** `GET /directory/deletedItems/{id}`: soft-deleted people and Microsoft 365 groups only. */
export function deletedItem(state: DirectoryState, id: string): Answer {
  const group = groupOf(state, id)
  if (group && visibleStatus(group, Date.now()) === 'soft-deleted')
    return ok({ '@odata.type': '#microsoft.graph.group', ...projectGroup(group.group, ['id', 'displayName']) })
  const entry = entryOf(state, id)
  const shown = entry && visible(entry, Date.now())
  if (!shown?.person || shown.status !== 'soft-deleted') return notFound(id)
  return ok({ '@odata.type': '#microsoft.graph.user', ...projectForGet(shown.person, ['id', 'displayName']) })
}

const getByIdsSchema = z.object({ ids: z.array(z.string()), types: z.array(z.string()).optional() })

/** `POST /directoryObjects/getByIds`: existence, and few properties; deleted ones are not in it. */
export function getByIds(state: DirectoryState, call: Call): Answer {
  const body = getByIdsSchema.safeParse(call.body)
  if (!body.success) return graphError(400, 'Request_BadRequest', 'The body must have a list of ids.')
  if (body.data.ids.length > 1000)
    return graphError(400, 'Request_BadRequest', 'Too many ids specified: at most 1000 are allowed.')
  const now = Date.now()
  const { types } = body.data
  const value = body.data.ids.flatMap((id) => {
    const group = groupOf(state, id)
    if (group) {
      if (types?.includes('group') === false || visibleStatus(group, now) !== 'active') return []
      return [{ '@odata.type': '#microsoft.graph.group', ...projectGroup(group.group, ['id', 'displayName']) }]
    }
    if (types?.includes('user') === false) return []
    const entry = entryOf(state, id)
    const shown = entry && visible(entry, now)
    if (!shown?.person || shown.status !== 'active') return []
    const names = ['id', 'displayName', 'givenName', 'surname', 'mail', 'userPrincipalName']
    return [{ '@odata.type': '#microsoft.graph.user', ...projectForGet(shown.person, names) }]
  })
  return ok({ '@odata.context': `${state.origin}/v1.0/$metadata#directoryObjects`, value })
}
