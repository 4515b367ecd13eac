import * as z from 'zod'
import { RetryLater } from '../domain/faults.ts'
import type { GraphClient } from './client.ts'
import { isObjectId } from './object-id.ts'
import { ownLink } from './own-link.ts'
import { listPageSchema } from './page-schemas.ts'
import { parseAnswer } from './parse-answer.ts'
import { sendMany } from './send-many.ts'
import { settleAnswer } from './settle-answer.ts'

const pageSchema = listPageSchema(z.object({ id: z.string() }))

/**
 * Object ids of those whose manager is one of these people. All or nothing: where one can't be asked, all are asked again.
 * https://learn.microsoft.com/graph/api/user-list-directreports
 * @throws RetryLater
 */
export async function directReports(graph: GraphClient, ids: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(ids)].filter(isObjectId)
  const answers = await sendMany(
    graph,
    wanted.map((id) => ({ url: `/users/${id}/directReports?$select=id` })),
  )
  const reports = new Set<string>()
  const what = 'direct reports'
  for (const answer of answers) {
    let page = settleAnswer(answer, { what, kind: 'read' }, pageSchema)
    if (page instanceof RetryLater) throw page
    // Gone meanwhile: nobody reports to them.
    while (page) {
      for (const { id } of page.value) reports.add(id)
      const next: string | undefined = page['@odata.nextLink']
      if (next === undefined) break
      page = parseAnswer(await graph.get(ownLink(graph, next, what)), { what, kind: 'page' }, pageSchema)
    }
  }
  return [...reports]
}
