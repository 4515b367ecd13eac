import * as z from 'zod'
import { RetryLater } from '../domain/faults.ts'
import type { GraphAnswer, GraphClient } from './client.ts'
import { parseAnswer } from './parse-answer.ts'

const batchSchema = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.number(),
      headers: z.record(z.string(), z.string()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
})

/** Most steps of a `$batch`. https://learn.microsoft.com/graph/json-batching */
const batchSize = 20
const parallelBatches = 3

/**
 * A request under `/v1.0` that can stand in a `$batch`: a POST where it has a body, else a GET. `binary`: its answer is no text, which only a
 * `$batch` gives as one (base64), so it is never sent alone.
 */
export type Step = { url: string; body?: object; binary?: true }

/**
 * Sends many requests, 20 a `$batch`, and answers in their order. Each has its own answer, good or bad; a batch that failed
 * as a whole stands as `RetryLater` in all its places. Throws only `Terminal`, and `RetryLater` where no request got through.
 */
export async function sendMany(graph: GraphClient, steps: readonly Step[]): Promise<(GraphAnswer | RetryLater)[]> {
  const answers: (GraphAnswer | RetryLater)[] = []
  const starts = Array.from({ length: Math.ceil(steps.length / batchSize) }, (_, index) => index * batchSize)
  const faults: RetryLater[] = []
  const all = starts.length
  const work = async () => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      const chunk = steps.slice(start, start + batchSize)
      try {
        const batch = await oneBatch(graph, chunk)
        for (const [index, answer] of batch.entries()) answers[start + index] = answer
      } catch (error) {
        if (!(error instanceof RetryLater)) throw error
        faults.push(error)
        for (const index of chunk.keys()) answers[start + index] = error
      }
    }
  }
  await Promise.all(Array.from({ length: parallelBatches }, work))
  const [fault] = faults
  if (fault && faults.length === all) throw fault
  return answers
}

async function oneBatch(graph: GraphClient, steps: readonly Step[]): Promise<(GraphAnswer | RetryLater)[]> {
  const [only] = steps
  if (only && steps.length === 1 && !only.binary)
    return [await (only.body ? graph.post(only.url, only.body) : graph.get(only.url))]
  const requests = steps.map(({ url, body }, index) => ({
    id: String(index),
    url,
    // A step with a body must say what it is: https://learn.microsoft.com/graph/json-batching
    ...(body ? { method: 'POST', body, headers: { 'Content-Type': 'application/json' } } : { method: 'GET' }),
  }))
  const asked = { what: '$batch', kind: 'read' as const }
  const { responses } = parseAnswer(await graph.post('/$batch', { requests }), asked, batchSchema)
  const byId = new Map(responses.map((response) => [response.id, response]))
  return steps.map((_, index) => {
    const response = byId.get(String(index))
    if (!response) return new RetryLater('Graph left a step of a $batch without an answer.', null)
    const header = Object.entries(response.headers ?? {}).find(([name]) => name.toLowerCase() === 'retry-after')
    return { status: response.status, retryAfter: header?.[1] ?? null, body: response.body, text: '' }
  })
}
