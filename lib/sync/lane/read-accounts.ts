import { sameField } from '../../domain/canonical-field.ts'
import type { Intent } from '../../domain/link.ts'
import { effectVisible } from '../../domain/effect-visible.ts'
import { needsAccount, type PlanPolicy } from '../../domain/plan.ts'
import { planJoin } from '../../domain/plan-companion.ts'
import { planExisting, type WritePlan } from '../../domain/write-plan.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import type { Case } from './case.ts'
import type { Lane } from './lane.ts'

/**
 * Step 3: reads the accounts that a plan needs. Those who are new are not looked up: the site's own `existing_user_*` is the
 * look-up, since a search scans its table. Under an open intent the site is always read: its result is unknown.
 */
export async function readAccounts(lane: Lane, policy: PlanPolicy, cases: readonly Case[]): Promise<void> {
  const now = lane.context.now()
  const byId = new Map<Case, number>()
  for (const one of cases) {
    const intended = one.takeOver ? one.link.intent?.wordpressId : null
    const id = one.link.wordpressId ?? intended
    if (id && (one.takeOver || needsAccount({ ...one, policy, now }))) byId.set(one, id)
  }
  const accounts = byId.size > 0 ? await lane.site.readUsers([...byId.values()]) : new Map<number, SiteUser>()
  for (const [one, id] of byId) one.account = accounts.get(id) ?? null
  await Promise.all(cases.filter((one) => one.takeOver).map((one) => takeOver(lane, one)))
}

/** What did the write do whose answer nobody heard? */
async function takeOver(lane: Lane, one: Case): Promise<void> {
  const { intent, wordpressId, hashes } = one.link
  if (!intent) return
  if (intent.verb !== 'create' && intent.verb !== 'adopt') {
    one.visible = effectVisible(intent, hashes, one.account ?? null, one.roles.managed)
    return
  }
  if (wordpressId !== null) return
  const account = intent.verb === 'create' ? await findCreated(lane, intent) : (one.account ?? null)
  const ours = account !== null && (await lane.context.stores.links.ownerOf(lane.settings.id, account.id)) === null
  one.account = ours && account.username.toLowerCase() === intent.username?.toLowerCase() ? account : null
  if (one.account) one.visible = intent.verb === 'create' || effectVisible(intent, {}, one.account, one.roles.managed)
}

/** The plan for an account that a create made, or an adoption chose, before anybody heard of it. */
export function planTakenOver(one: Case): WritePlan | null {
  const { intent, wordpressId } = one.link
  if (!one.takeOver || !intent || wordpressId !== null || !one.account) return null
  if (intent.verb !== 'create' && intent.verb !== 'adopt') return null
  // Not adopted yet: the rules may say something else by now. The conflict with its address leads there again.
  if (intent.verb === 'adopt' && !one.visible) return null
  if (one.standing.kind !== 'here' || !one.desired?.ok) return null
  if (one.account.outside) return planJoin(intent.verb, one.account)
  return planExisting(intent.verb, one.account, one.desired, one.roles)
}

/** The account that this intent made: its login, its address, and registered since, by the site's own clock. */
async function findCreated(lane: Lane, intent: Intent): Promise<SiteUser | null> {
  const account = intent.username === null ? null : await lane.site.findByUsername(intent.username)
  return account && isCreatedBy(intent, account) ? account : null
}

/** Both clocks count whole seconds: an account can seem a second older than it is. */
export const clockTolerance = 1000

export function isCreatedBy(intent: Intent | null, account: SiteUser): boolean {
  return (
    intent !== null &&
    account.username.toLowerCase() === intent.username?.toLowerCase() &&
    intent.email !== null &&
    sameField('email', account.fields.email, intent.email) &&
    account.registeredAt >= intent.siteTime - clockTolerance
  )
}
