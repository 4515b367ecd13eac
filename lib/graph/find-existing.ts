import * as z from 'zod'
import { chunked } from './chunked.ts'
import type { GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { wholeListSchema } from './page-schemas.ts'
import { parseAnswer } from './parse-answer.ts'

/** https://learn.microsoft.com/graph/api/directoryobject-getbyids */
const idsPerRequest = 1000

const answerSchema = wholeListSchema(z.object({ id: z.string(), '@odata.type': z.string().optional() }))

/**
 * Which of these ids are users now, each as it was asked for. A request that fails fails all: who is missing from the
 * result is missing from a complete answer. User.Read.All is enough for users, and `$select` works, whatever is
 * documented: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/8798
 */
export async function findExisting(graph: GraphClient, ids: readonly string[]): Promise<Set<string>> {
  const seen = new Set<string>()
  for (const chunk of chunked([...new Set(ids.map((id) => id.toLowerCase()).filter(isObjectId))], idsPerRequest)) {
    const answer = await graph.post('/directoryObjects/getByIds?$select=id', { ids: chunk, types: ['user'] })
    const { value } = parseAnswer(answer, { what: 'directoryObjects/getByIds', kind: 'read' }, answerSchema)
    for (const object of value)
      if ((object['@odata.type'] ?? '#microsoft.graph.user') === '#microsoft.graph.user')
        seen.add(object.id.toLowerCase())
  }
  return new Set(ids.filter((id) => seen.has(id.toLowerCase())))
}
