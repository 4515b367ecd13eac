import { z } from 'zod'
import type { GroupEntry } from './entries.ts'
import { type Answer, type Call, graphError, notFound, ok } from './graph-answer.ts'
import { groupsAround } from './memberships.ts'
import { type DirectoryState, entryOf } from './state.ts'
import { personByKey } from './users-list.ts'

const checkSchema = z.object({ groupIds: z.array(z.string()) })

/** Which of up to 20 groups a person is in, nested ones too. https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups */
export function checkMemberGroups(state: DirectoryState, call: Call, key: string): Answer {
  const body = checkSchema.safeParse(call.body)
  if (!body.success) return graphError(400, 'Request_BadRequest', 'The body must have a list of groupIds.')
  if (body.data.groupIds.length > 20)
    return graphError(400, 'Request_BadRequest', 'Too many group ids specified: at most 20 are allowed.')
  const groups = groupsOf(state, key)
  if (!groups) return notFound(key)
  const wanted = new Set(body.data.groupIds.map((id) => id.toLowerCase()))
  return collection(
    state,
    groups.map(({ group }) => group.id).filter((id) => wanted.has(id)),
  )
}

const getSchema = z.object({ securityEnabledOnly: z.boolean().default(false) })

/** All groups that a person is in, nested ones too. https://learn.microsoft.com/graph/api/directoryobject-getmembergroups */
export function getMemberGroups(state: DirectoryState, call: Call, key: string): Answer {
  const body = getSchema.safeParse(call.body)
  if (!body.success) return graphError(400, 'Request_BadRequest', 'The body must have securityEnabledOnly.')
  const groups = groupsOf(state, key)
  if (!groups) return notFound(key)
  const wanted = groups.filter(({ group }) => !body.data.securityEnabledOnly || group.kind === 'security')
  if (wanted.length > 11_000)
    return graphError(400, 'Directory_ResultSizeLimitExceeded', 'The result size limit has been exceeded.')
  return collection(
    state,
    wanted.map(({ group }) => group.id),
  )
}

/** The groups of an active person; who is in one that hides its members isn't told. */
function groupsOf(state: DirectoryState, key: string): GroupEntry[] | null {
  const now = Date.now()
  const person = personByKey(state, key, now)
  const entry = person && entryOf(state, person.id)
  if (!entry) return null
  return [...groupsAround(entry, now)].filter(({ group }) => group.visibility !== 'HiddenMembership')
}

const collection = (state: DirectoryState, value: string[]): Answer =>
  // Order is not kept.
  ok({ '@odata.context': `${state.origin}/v1.0/$metadata#Collection(Edm.String)`, value: value.toReversed() })
