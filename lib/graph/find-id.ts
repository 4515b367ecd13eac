import * as z from 'zod'
import { RetryLater } from '../domain/faults.ts'
import type { GraphClient } from './client.ts'
import { settleAnswer } from './settle-answer.ts'

const answerSchema = z.object({ id: z.string().min(1) })

/**
 * The object id behind a user principal name; null where the directory shows nobody by it, soft-deleted people among them. A `#` must be
 * encoded, and a name that begins with `$` goes into parentheses: https://learn.microsoft.com/graph/api/user-get
 */
export async function findId(graph: GraphClient, userPrincipalName: string): Promise<string | null> {
  // Without one it is no such name, and an empty one would list everybody.
  if (!userPrincipalName.includes('@')) return null
  const key = encodeURIComponent(userPrincipalName.replaceAll("'", "''"))
  const path = userPrincipalName.startsWith('$')
    ? `/users('${key}')?$select=id`
    : `/users/${encodeURIComponent(userPrincipalName)}?$select=id`
  const answer = settleAnswer(await graph.get(path), { what: 'a user by name', kind: 'read' }, answerSchema)
  if (answer instanceof RetryLater) throw answer
  return answer?.id ?? null
}
