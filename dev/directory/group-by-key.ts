import { type GroupEntry, visibleStatus } from './entries.ts'
import { groupSelection, projectGroup } from './group.ts'
import { type Answer, type Call, notFound, ok } from './graph-answer.ts'
import { type DirectoryState, groupOf } from './state.ts'

/** The group of an object id, unless it is unknown or deleted: then both answer 404. */
export function shownGroup(state: DirectoryState, id: string, now: number): GroupEntry | null {
  const entry = groupOf(state, id)
  return entry && visibleStatus(entry, now) === 'active' ? entry : null
}

/** `GET /groups/{id}`. https://learn.microsoft.com/graph/api/group-get */
export function groupByKey(state: DirectoryState, call: Call, key: string): Answer {
  const select = groupSelection(call.query, 'single')
  if ('error' in select) return select.error
  const entry = shownGroup(state, key, Date.now())
  if (!entry) return notFound(key)
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#groups/$entity`,
    ...projectGroup(entry.group, select),
  })
}
