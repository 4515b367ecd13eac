import { z } from 'zod'
import type { Fault, RouteName } from './admin-schemas.ts'
import { appRoleAssignedTo, servicePrincipal } from './app-roles.ts'
import { emptyAnswer } from './empty-answers.ts'
import { sentinelFault, takeFault } from './faults.ts'
import { type Answer, type Call, graphError, ok } from './graph-answer.ts'
import { groupByKey } from './group-by-key.ts'
import { groupMembers } from './group-members.ts'
import { groupsDelta } from './groups-delta.ts'
import { checkMemberGroups, getMemberGroups } from './member-groups.ts'
import { photoMetadata, photoValue } from './photos.ts'
import { crowdedMailbox } from './mailbox-limits.ts'
import { deletedItem, directReports, getByIds, organization, userByKey } from './single-objects.ts'
import type { DirectoryState } from './state.ts'
import { charge, unitCost } from './throttle.ts'
import { usersDelta } from './users-delta.ts'
import { usersCount, usersList } from './users-list.ts'

type Route = {
  name: RouteName
  method: 'GET' | 'POST'
  path: RegExp
  /** Resource units before `$select`, `$top` and `$expand`; 0 = not charged. */
  units: number
  answer(state: DirectoryState, call: Call, key: string): Answer
}

/** First match wins. */
const routes: readonly Route[] = [
  { name: 'organization', method: 'GET', path: /^\/organization$/, units: 1, answer: organization },
  { name: 'users', method: 'GET', path: /^\/users$/, units: 2, answer: usersList },
  { name: 'users/$count', method: 'GET', path: /^\/users\/\$count$/, units: 1, answer: usersCount },
  {
    name: 'users/delta',
    method: 'GET',
    path: /^\/users\/(?:microsoft\.graph\.)?delta(?:\(\))?$/,
    units: 1,
    answer: usersDelta,
  },
  // https://learn.microsoft.com/graph/api/user-get: a name that begins with $ goes into parentheses.
  { name: 'users/{id}', method: 'GET', path: /^\/users\/([^/$][^/]*)$/, units: 1, answer: userByKey },
  {
    name: 'users/{id}',
    method: 'GET',
    path: /^\/users\('(.+)'\)$/,
    units: 1,
    answer: (state, call, key) => userByKey(state, call, key.replaceAll("''", "'")),
  },
  { name: 'users/{id}/photo', method: 'GET', path: /^\/users\/([^/$][^/]*)\/photo$/, units: 1, answer: photoMetadata },
  {
    name: 'users/{id}/photo/$value',
    method: 'GET',
    path: /^\/users\/([^/$][^/]*)\/photos?(?:\/\d+x\d+)?\/\$value$/,
    units: 1,
    answer: photoValue,
  },
  {
    name: 'users/{id}/directReports',
    method: 'GET',
    path: /^\/users\/([^/]+)\/directReports$/i,
    units: 2,
    answer: directReports,
  },
  {
    name: 'deletedItems/{id}',
    method: 'GET',
    path: /^\/directory\/deletedItems\/([^/]+)$/i,
    units: 1,
    answer: (state, _call, id) => deletedItem(state, id),
  },
  { name: 'getByIds', method: 'POST', path: /^\/directoryObjects\/getByIds$/i, units: 3, answer: getByIds },
  {
    name: 'checkMemberGroups',
    method: 'POST',
    path: /^\/users\/([^/]+)\/(?:microsoft\.graph\.)?checkMemberGroups$/i,
    units: 4,
    answer: checkMemberGroups,
  },
  {
    name: 'getMemberGroups',
    method: 'POST',
    path: /^\/users\/([^/]+)\/(?:microsoft\.graph\.)?getMemberGroups$/i,
    units: 2,
    answer: getMemberGroups,
  },
  {
    name: 'groups/delta',
    method: 'GET',
    path: /^\/groups\/(?:microsoft\.graph\.)?delta(?:\(\))?$/,
    units: 1,
    answer: groupsDelta,
  },
  { name: 'groups/{id}', method: 'GET', path: /^\/groups\/([^/]+)$/, units: 1, answer: groupByKey },
  {
    name: 'groups/{id}/members',
    method: 'GET',
    path: /^\/groups\/([^/]+)\/members(?:\/microsoft\.graph\.(?:user|group))?$/i,
    units: 3,
    answer: groupMembers,
  },
  {
    name: 'groups/{id}/transitiveMembers',
    method: 'GET',
    path: /^\/groups\/([^/]+)\/transitiveMembers(?:\/microsoft\.graph\.(?:user|group))?$/i,
    units: 5,
    answer: groupMembers,
  },
  {
    name: 'servicePrincipals/{id}',
    method: 'GET',
    path: /^\/servicePrincipals(?:\/|\(appId=')([0-9a-f-]+)(?:'\))?$/i,
    units: 1,
    answer: servicePrincipal,
  },
  {
    name: 'servicePrincipals/{id}/appRoleAssignedTo',
    method: 'GET',
    path: /^\/servicePrincipals(?:\/|\(appId=')([0-9a-f-]+)(?:'\))?\/appRoleAssignedTo$/i,
    units: 1,
    answer: appRoleAssignedTo,
  },
  { name: '$batch', method: 'POST', path: /^\/\$batch$/, units: 0, answer: batch },
]

/** Answers one request to `/v1.0`. `fault` = what the connection is to suffer besides. */
export function answerGraph(state: DirectoryState, call: Call): { answer: Answer; fault: Fault | null } {
  const found = routes.find(({ method, path }) => method === call.method && path.test(call.path))
  if (!found || (call.insideBatch && found.name === '$batch'))
    return { answer: graphError(400, 'BadRequest', 'Resource not found for the segment.'), fault: null }
  const counted = call.insideBatch ? state.counters.items : state.counters.requests
  counted[found.name] = (counted[found.name] ?? 0) + 1

  const fault = takeFault(state, found.name, call)
  if (fault?.status !== undefined) {
    if (fault.status === 429) state.counters.throttled++
    return { answer: graphError(fault.status, fault.code, fault.message, fault.headers), fault }
  }
  const units = found.units === 0 ? 0 : unitCost(found.units, call.query)
  const { headers, refused } = charge(state, units, Date.now())
  if (refused) return { answer: refused, fault }
  const key = found.path.exec(call.path)?.[1] ?? ''
  const answer =
    emptyAnswer(state, found.name, call, key) ?? sentinelFault(state, call) ?? found.answer(state, call, key)
  return { answer: { ...answer, headers: { ...headers, ...answer.headers } }, fault }
}

const batchSchema = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      dependsOn: z.array(z.string()).optional(),
    }),
  ),
})

/** `POST /$batch`: items succeed and fail one by one, and come back in another order. */
function batch(state: DirectoryState, call: Call): Answer {
  const body = batchSchema.safeParse(call.body)
  if (!body.success) return graphError(400, 'BadRequest', 'Invalid batch payload format.')
  const { requests } = body.data
  if (requests.length > 20)
    return graphError(400, 'BadRequest', 'Number of batch request steps exceeds the maximum value of 20.')
  if (new Set(requests.map(({ id }) => id)).size !== requests.length)
    return graphError(400, 'BadRequest', 'Each request id must be unique in a batch.')
  if (requests.some(({ dependsOn }) => dependsOn?.length))
    return graphError(400, 'BadRequest', 'The simulated directory does not know dependsOn.')
  // https://learn.microsoft.com/graph/json-batching: a step with a body must say what it is.
  const untyped = requests.find(
    ({ body, headers }) =>
      body !== undefined && !Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'content-type'),
  )
  if (untyped)
    return graphError(
      400,
      'BadRequest',
      `Write request id : ${untyped.id} does not contain Content-Type header or body.`,
    )
  const crowded = crowdedMailbox()
  const responses = requests.map((request) => {
    // https://github.com/microsoftgraph/msgraph-sdk-javascript/issues/1451: a step's URL must not have the version.
    const url = new URL(request.url.replace(/^\/?/, '/'), 'https://step.invalid')
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const step: Call = {
      method: request.method.toUpperCase(),
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers,
      body: request.body,
      insideBatch: true,
    }
    const answer = crowded(state, step) ?? answerGraph(state, step).answer
    const type = typeof answer.body === 'string' ? 'text/plain' : 'application/json'
    const body = answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString('base64') : answer.body
    return {
      id: request.id,
      status: answer.status,
      headers: { 'Content-Type': type, ...answer.headers },
      body,
    }
  })
  return ok({ responses: responses.reverse() })
}
