import type { z } from 'zod'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { type Asked, classifyGraphFault, graphErrorCode } from './classify-graph-fault.ts'
import type { GraphAnswer } from './client.ts'
import { parseAnswer } from './parse-answer.ts'

/**
 * The body, `RetryLater` where it can be had later, null for Graph's own "does not exist". Throws `Terminal`, and
 * `DirectoryReset` where a link was followed.
 */
export function settleAnswer<T>(
  answer: GraphAnswer | RetryLater | undefined,
  asked: Asked,
  schema: z.ZodType<T>,
): T | RetryLater | null {
  if (answer === undefined || answer instanceof RetryLater)
    return answer ?? new RetryLater(`There is no answer to ${asked.what}.`, null)
  try {
    if (answer.status === 200) return parseAnswer(answer, asked, schema)
  } catch (error) {
    if (error instanceof RetryLater) return error
    throw error
  }
  if (answer.status === 404 && graphErrorCode(answer.body) === 'Request_ResourceNotFound') return null
  const fault = classifyGraphFault(answer, asked, Date.now())
  if (fault instanceof RetryLater) return fault
  // A 404 of a proxy, or of a path that isn't there, says nothing about an object.
  if (answer.status === 404 && fault instanceof Terminal)
    return new RetryLater(`Graph answered 404 without Request_ResourceNotFound to ${asked.what}.`, null)
  throw fault
}
