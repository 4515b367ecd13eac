import type { HttpResponseInit, InvocationContext } from '@azure/functions'
import { problemAnswer, toProblem } from './problem.ts'

/**
 * Runs a route. Whatever it throws becomes a problem: the host would answer a throw with an empty 500. Answers name people, so nobody may
 * keep them.
 */
export async function answer(
  invocation: Pick<InvocationContext, 'error'>,
  work: () => HttpResponseInit | Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  const result = await answerOrProblem(invocation, work)
  return { ...result, headers: { 'Cache-Control': 'no-store', ...(result.headers as Record<string, string>) } }
}

async function answerOrProblem(
  invocation: Pick<InvocationContext, 'error'>,
  work: () => HttpResponseInit | Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await work()
  } catch (error) {
    const problem = toProblem(error)
    if (problem.status >= 500) invocation.error(`route failed ${JSON.stringify(logged(problem.status, error))}`)
    return problemAnswer(problem)
  }
}

/** Where it was thrown, so that what nobody foresaw can be found. */
function logged(status: number, error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { status, reason: 'unknown' }
  return { status, reason: `${error.name}: ${error.message}`, at: /\n {4}at (.*)/.exec(error.stack ?? '')?.[1] ?? null }
}
