import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import * as z from 'zod'
import type { Removal } from '../domain/leaving.ts'
import type { SyncContext } from '../sync/context.ts'
import { isoTime } from './iso-time.ts'
import { readConnection, readQuery } from './read-request.ts'

const querySchema = z.object({
  top: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(1000))
    .default(200),
  continuation: z.string().min(1).max(200).optional(),
})

/**
 * `GET /connections/{connection}/held-removals?top&continuation`: those that wait for an operator, and those that one has decided about, by
 * object id. A page can be short, even empty, and still have a continuation.
 */
export async function listRemovals(context: SyncContext, request: HttpRequest): Promise<HttpResponseInit> {
  const { site, id } = readConnection(context, request)
  const { top, continuation } = readQuery(request, querySchema)
  const { links } = context.stores
  const options = { max: top + 1, ...(continuation === undefined ? {} : { after: continuation }) }
  const rows: Removal[] = []
  for await (const { removal } of links.removals(site.id, id, options)) rows.push(removal)
  const tripped = (await links.readGuard(site.id, id))?.guard.tripped ?? null
  const page = rows.slice(0, top)
  const last = page.at(-1)
  return {
    jsonBody: {
      removals: page.filter(wasJudged).map(removalJson),
      tripped: tripped && { ...tripped, at: isoTime(tripped.at) },
      ...(rows.length > top && last ? { continuation: last.objectId } : {}),
    },
  }
}

/** Candidates and released ones are the guard's own business: they come and go with a cycle. */
function wasJudged({ state }: Removal): boolean {
  return state === 'held' || state === 'approved' || state === 'rejected'
}

function removalJson({ objectId, action, reason, state, since, decidedAt, wordpressId, login }: Removal) {
  return { objectId, action, reason, state, since: isoTime(since), decidedAt: isoTime(decidedAt), wordpressId, login }
}
