import type { Connection } from '../domain/connection.ts'
import { Terminal } from '../domain/faults.ts'
import type { SyncContext } from './context.ts'

/**
 * Another tenant knows nobody of ours: to it all our people are deleted. So it is asked for its id before anything is believed.
 * @throws Terminal where the credential belongs to another tenant than the connection names
 */
export async function checkTenant(context: SyncContext, connection: Connection): Promise<void> {
  const tenant = await context.directory(connection).organizationId()
  if (tenant.toLowerCase() === connection.tenantId.toLowerCase()) return
  throw new Terminal(
    'wrong-tenant',
    `Connection ${connection.id}: the credential belongs to tenant ${tenant}, but the configuration names ${connection.tenantId}. Correct AZURE_TENANT_ID or the credential.`,
  )
}
