import { hasCompanion } from '../../domain/companion.ts'
import type { SiteSettings } from '../../domain/connection.ts'
import type { Capabilities } from '../../domain/site-user.ts'
import type { SyncContext } from '../context.ts'
import { freshVerify } from './verify-accounts.ts'

/**
 * Where the companion plugin is there that wasn't when the site was asked last, the verify pass begins at once: it finds those who were
 * suspended before and can still log in, and everybody who lacks the marks for single sign-on. To be called before the new capabilities are
 * stored, so that whoever dies in between does it again.
 */
export async function noteCompanion(context: SyncContext, settings: SiteSettings, found: Capabilities): Promise<void> {
  if (!hasCompanion(found)) return
  const { sites } = context.stores
  const before = await sites.readCapabilities(settings.id)
  // On a site that was never asked nobody has an account of ours.
  if (before === null || hasCompanion(before.capabilities)) return
  for (const { id, site } of context.connections.filter(({ site }) => site.id === settings.id))
    await sites.writeVerify(site.id, id, freshVerify(context.now()))
}
