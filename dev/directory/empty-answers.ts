import type { RouteName } from './admin-schemas.ts'
import { type Answer, type Call, notFound, ok } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

/**
 * What a directory answers that shows nobody (`empty`), or that belongs to another tenant; null where the route answers as
 * always. Delta queries see to it themselves, since they answer with links.
 */
export function emptyAnswer(state: DirectoryState, route: RouteName, call: Call, key: string): Answer | null {
  const { empty, foreignTenant } = state
  const list = ok({ ...(call.query.get('$count') === 'true' ? { '@odata.count': 0 } : {}), value: [] })
  switch (route) {
    case 'users':
    case 'getByIds':
      return empty.users || foreignTenant ? list : null
    case 'users/$count':
      return empty.users || foreignTenant ? ok('0') : null
    case 'users/{id}':
    case 'deletedItems/{id}':
    case 'groups/{id}':
      return foreignTenant ? notFound(key) : null
    case 'groups/{id}/members':
    case 'groups/{id}/transitiveMembers':
    case 'checkMemberGroups':
    case 'getMemberGroups':
      if (foreignTenant) return notFound(key)
      return empty.groups ? list : null
    default:
      return null
  }
}
