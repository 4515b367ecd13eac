import type { z } from 'zod'
import { RetryLater, Terminal } from '../domain/faults.ts'
import { type Asked, classifyGraphFault } from './classify-graph-fault.ts'
import type { GraphAnswer } from './client.ts'

/** The body of a successful answer; everything else is thrown as what it means. */
export function parseAnswer<T>(answer: GraphAnswer, asked: Asked, schema: z.ZodType<T>): T {
  if (answer.status !== 200) throw classifyGraphFault(answer, asked, Date.now())
  if (answer.body === undefined)
    throw new RetryLater(`The answer to ${asked.what} is not JSON: something in between answered.`, null)
  const parsed = schema.safeParse(answer.body)
  if (parsed.success) return parsed.data
  // Paths only: the values are people's.
  const paths = parsed.error.issues.slice(0, 5).map((issue) => issue.path.join('.') || '(whole body)')
  throw new Terminal('unexpected-answer', `The answer to ${asked.what} is not as documented at ${paths.join(', ')}.`)
}
