import type { HttpResponseInit } from '@azure/functions'
import type { SyncContext } from '../sync/context.ts'

/** `GET /connections`: names and addresses only. */
export function listConnections({ connections }: SyncContext): HttpResponseInit {
  return {
    jsonBody: {
      connections: connections.map(({ id, tenantId, site }) => ({
        id,
        tenantId,
        site: { id: site.id, url: site.url },
      })),
    },
  }
}
