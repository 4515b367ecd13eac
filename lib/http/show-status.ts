import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import { connectionStatus } from '../sync/connection-status.ts'
import type { SyncContext } from '../sync/context.ts'
import { cycleJson } from './cycle-json.ts'
import { isoTime } from './iso-time.ts'
import { readConnection } from './read-request.ts'

/** `GET /connections/{connection}/status` */
export async function showStatus(context: SyncContext, request: HttpRequest): Promise<HttpResponseInit> {
  const connection = readConnection(context, request)
  const status = await connectionStatus(context, connection)
  const { cycles, waiting, breaker, guard, held, verify, untaken, companion, warnings, photos } = status
  const now = context.now()
  const { id, site } = connection
  return {
    jsonBody: {
      connection: id,
      site: { id: site.id, url: site.url },
      cycles: cycles.map((cycle) => cycleJson(cycle, now)),
      waiting,
      breaker: breaker && { ...breaker, openUntil: isoTime(breaker.openUntil), since: isoTime(breaker.since) },
      guard: { ...guard, tripped: guard.tripped && { ...guard.tripped, at: isoTime(guard.tripped.at) } },
      held: held.count,
      moreHeld: held.more,
      verify: verify && {
        ...{ checked: verify.checked, drifted: verify.drifted, missing: verify.missing },
        startedAt: isoTime(verify.startedAt),
        finishedAt: isoTime(verify.finishedAt),
      },
      untaken,
      companion: companion && { version: companion.version, contract: companion.contract },
      warnings,
      photos: photos && {
        startedAt: isoTime(photos.poll?.startedAt ?? null),
        finishedAt: isoTime(photos.poll?.finishedAt ?? null),
        asked: photos.poll?.asked ?? 0,
        changed: photos.poll?.changed ?? 0,
        error: photos.poll?.error ?? null,
        targets: photos.targets,
      },
    },
  }
}
