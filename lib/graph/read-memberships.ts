import * as z from 'zod'
import { RetryLater } from '../domain/faults.ts'
import { chunked } from './chunked.ts'
import { type Asked, graphErrorNames } from './classify-graph-fault.ts'
import type { GraphAnswer, GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { wholeListSchema } from './page-schemas.ts'
import { sendMany } from './send-many.ts'
import { settleAnswer } from './settle-answer.ts'

/** Most groups of one question. https://learn.microsoft.com/graph/api/user-checkmembergroups */
const groupsPerRequest = 20

const asked: Asked = { what: 'checkMemberGroups', kind: 'read', permission: 'GroupMember.Read.All' }

const answerSchema = wholeListSchema(z.string())

/**
 * Which of the groups each person is in. Who doesn't exist is in none; who has one answer that failed is in `later`.
 * @param defaultWait milliseconds for an id in `later` whose answer had no Retry-After
 */
export async function readMemberships(
  graph: GraphClient,
  ids: readonly string[],
  groups: readonly string[],
  defaultWait: number,
): Promise<{ found: Map<string, string[]>; later: Map<string, number> }> {
  const found = new Map<string, string[]>()
  const later = new Map<string, number>()
  const byId = new Map(groups.filter(isObjectId).map((group) => [group.toLowerCase(), group]))
  const chunks = chunked([...byId.keys()], groupsPerRequest)
  const people = [...new Set(ids)]
  const questions = people
    .filter(isObjectId)
    .flatMap((id) => chunks.map((groupIds) => ({ id, url: `/users/${id}/checkMemberGroups`, body: { groupIds } })))
  const answers = await sendMany(
    graph,
    questions.map(({ url, body }) => ({ url, body })),
  )
  for (const [index, { id }] of questions.entries()) {
    const memberOf = settleMemberships(answers[index], id)
    if (memberOf instanceof RetryLater) {
      later.set(id, Math.max(later.get(id) ?? 0, memberOf.after ?? defaultWait))
      continue
    }
    const named = memberOf.flatMap((group) => byId.get(group.toLowerCase()) ?? [])
    found.set(id, [...new Set([...(found.get(id) ?? []), ...named])])
  }
  // One answer of several isn't all of it.
  for (const id of later.keys()) found.delete(id)
  for (const id of people) if (!found.has(id) && !later.has(id)) found.set(id, [])
  return { found, later }
}

function settleMemberships(answer: GraphAnswer | RetryLater | undefined, id: string): string[] | RetryLater {
  const settled = settleAnswer(answer, asked, answerSchema)
  if (settled instanceof RetryLater) return settled
  if (settled) return settled.value
  // It may be a group that doesn't exist: then nothing is known about the person.
  if (answer && 'body' in answer && graphErrorNames(answer.body, id)) return []
  return new RetryLater(`Graph answered 404 to ${asked.what} without naming the person.`, null)
}
