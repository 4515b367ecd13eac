import { type Entry, type GroupEntry, visible } from './entries.ts'
import { shownGroup } from './group-by-key.ts'
import { projectGroup } from './group.ts'
import { type Answer, type Call, graphError, notFound, ok } from './graph-answer.ts'
import { badToken, issued, listLink, readToken } from './link-token.ts'
import { isGroup, membersPage, typeOf } from './memberships.ts'
import { projectForGet, selection } from './select-properties.ts'
import type { DirectoryState } from './state.ts'
import { eventual } from './users-list.ts'

/**
 * `GET /groups/{id}/members` and `…/transitiveMembers`, with or without a cast to users or groups.
 * https://learn.microsoft.com/graph/api/group-list-transitivemembers
 */
export function groupMembers(state: DirectoryState, call: Call, id: string): Answer {
  const now = Date.now()
  const entry = shownGroup(state, id, now)
  if (!entry) return notFound(id)
  const asked = question(state, call, now)
  if ('status' in asked) return asked
  const { depth, cast, select } = asked
  // https://learn.microsoft.com/graph/api/group-list-members: it can't hold groups, so it refuses the cast.
  if (cast === 'group' && entry.group.kind === 'm365')
    return graphError(400, 'Request_UnsupportedQuery', 'The specified cast is not supported for this type of group.')
  // Without Member.Read.Hidden: 200, and nobody.
  const hidden = entry.group.visibility === 'HiddenMembership'
  const { members, next } = hidden ? { members: [], next: null } : membersPage(state, entry, asked, now)
  const counted = asked.after === null && call.query.get('$count') === 'true' && eventual(call)
  const everyone = { ...asked, after: null, top: Number.POSITIVE_INFINITY }
  const token = { kind: 'members' as const, ...issued(state, now), group: entry.group.id, depth, cast }
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#${cast === null ? 'directoryObjects' : `${cast}s`}`,
    ...(counted ? { '@odata.count': hidden ? 0 : membersPage(state, entry, everyone, now).members.length } : {}),
    ...(next === null
      ? {}
      : { '@odata.nextLink': listLink(state, call, { ...token, select: [...select], after: next, top: asked.top }) }),
    value: members.map((member) => ({
      ...(cast === null ? { '@odata.type': `#microsoft.graph.${typeOf(member)}` } : {}),
      ...projected(member, select, now),
    })),
  })
}

type Question = {
  depth: 'direct' | 'transitive'
  cast: 'user' | 'group' | null
  select: readonly string[]
  after: number | null
  top: number
}

function question(state: DirectoryState, call: Call, now: number): Question | Answer {
  const link = call.query.get('$skiptoken')
  if (link !== null) {
    const token = readToken(state, link, now)
    if ('error' in token) return token.error
    return token.kind === 'members' && call.path.toLowerCase().includes(token.group) ? token : badToken()
  }
  for (const name of ['$filter', '$search', '$orderby', '$expand'])
    if (call.query.has(name))
      return graphError(400, 'Request_UnsupportedQuery', `The simulated directory does not know ${name} here.`)
  const top = Number(call.query.get('$top') ?? state.options.pageSize)
  if (!Number.isInteger(top) || top < 1 || top > 999)
    return graphError(400, 'Request_BadRequest', 'Invalid page size specified: must be between 1 and 999 inclusive.')
  const cast = /\.(user|group)$/i.exec(call.path)?.[1]?.toLowerCase()
  const depth = /\/transitiveMembers\b/i.test(call.path) ? 'transitive' : 'direct'
  const asked = { depth, after: null, top } as const
  if (cast === 'group') {
    const names = call.query.get('$select')?.split(',') ?? ['id', 'displayName', 'groupTypes', 'securityEnabled']
    return { ...asked, cast, select: [...new Set(['id', ...names.map((name) => name.trim())])] }
  }
  const select = selection(call.query, 'collection')
  if ('error' in select) return select.error
  return { ...asked, cast: cast === 'user' ? cast : null, select }
}

function projected(member: Entry | GroupEntry, select: readonly string[], now: number): object {
  if (isGroup(member)) return projectGroup(member.group, select)
  return projectForGet(visible(member, now).person ?? member.person, select)
}
