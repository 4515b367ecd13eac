import { sameField } from '../../domain/canonical-field.ts'
import { driftOf, withoutDrift } from '../../domain/drift.ts'
import { mapUser } from '../../domain/mapping.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { isParked, planParking, type WritePlan } from '../../domain/write-plan.ts'
import { connectionOf } from '../context.ts'
import type { LookResult, WriteCase } from './case.ts'
import type { Lane } from './lane.ts'

type Owner = { connection: string; objectId: string }

/**
 * The address that somebody shall have belongs to an account with a linked owner. An owner who is to have another one is looked at
 * first; of two who wait for each other one is parked.
 */
export async function afterOwner(
  lane: Lane,
  one: WriteCase,
  owner: Owner,
  account: SiteUser,
): Promise<'keeps-it' | { plan: WritePlan } | Extract<LookResult, { kind: 'again' }>> {
  if (one.look.tries > 3 || !(await givesUp(lane, owner, account))) return 'keeps-it'
  const own = one.plan.account
  // Parked already, and the owner still can't leave: to park again would be told and change nothing.
  if (one.look.tries < 1 || !own || isParked(own)) return { kind: 'again', status: null, first: owner }
  one.unfinished = true
  return { plan: planParking(own, one.link, one.look.objectId) }
}

/** Whether a look at the owner takes the address from them. */
async function givesUp(lane: Lane, { connection: id, objectId }: Owner, account: SiteUser): Promise<boolean> {
  const { context, settings } = lane
  const connection = connectionOf(context, id)
  if (!connection) return false
  const { links } = context.stores
  const stored = (await links.read(settings.id, id, [objectId])).get(objectId)
  const { found } = await context.directory(connection).usersById([objectId], connection.select)
  const lookUp = found.get(objectId)
  if (!stored || lookUp?.kind !== 'found' || lookUp.user.accountEnabled === false) return false
  const desired = await mapUser(connection.mapping, lookUp.user, await lane.capabilities())
  if (!desired.ok || desired.email === null || sameField('email', desired.email, account.fields.email)) return false

  const { link, etag } = stored
  const byHand = link.intent === null && driftOf(link, account, [])?.fields.includes('email') === true
  if (!byHand) return true
  // The link doesn't know that they have it: a look would find nothing to do before the verify pass.
  if (connection.drift !== 'repair') return false
  await links.write(settings.id, [{ link: withoutDrift(link, { missing: false, fields: ['email'] }), etag }])
  return true
}
