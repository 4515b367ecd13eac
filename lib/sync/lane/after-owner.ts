import { sameField } from '../../domain/canonical-field.ts'
import { driftOf, withoutDrift } from '../../domain/drift.ts'
import { inScope } from '../../domain/scope.ts'
import { standingOf } from '../../domain/standing.ts'
import { mapUser } from '../../domain/mapping.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { isParked, planParking, type WritePlan } from '../../domain/write-plan.ts'
import { connectionOf } from '../context.ts'
import type { LookResult, WriteCase } from './case.ts'
import { membershipsOf } from '../memberships.ts'
import type { Lane } from './lane.ts'

type Owner = { connection: string; objectId: string }

/** Owners who wait for each other, followed at most so far. */
const longestChain = 20

/**
 * The address that somebody shall have belongs to an account with a linked owner. An owner who is to have another one is looked at
 * first; of several who wait for each other in a ring one is parked.
 */
export async function afterOwner(
  lane: Lane,
  one: WriteCase,
  owner: Owner,
  account: SiteUser,
): Promise<'keeps-it' | { plan: WritePlan } | Extract<LookResult, { kind: 'again' }>> {
  const wanted = one.look.tries > 3 ? null : await addressInstead(lane, owner, account)
  if (wanted === null) return 'keeps-it'
  const own = one.plan.account
  // Parked already, and the owner still can't leave: to park again would be told and change nothing.
  const end = one.look.tries < 1 || !own || isParked(own) ? 'free' : await endOfChain(lane, own, wanted)
  if (end === 'kept') return 'keeps-it'
  if (end === 'free') return { kind: 'again', status: null, first: owner }
  one.unfinished = true
  return { plan: planParking(own!, one.link, one.look.objectId) }
}

/** Where owners who wait for owners lead: back to this account, to an address that gets free by itself, or to somebody who keeps theirs. */
async function endOfChain(lane: Lane, own: SiteUser, first: string): Promise<'ring' | 'free' | 'kept'> {
  const met = new Set<number>()
  for (let wanted = first; met.size < longestChain;) {
    const account = await lane.site.findByEmail(wanted)
    if (!account || met.has(account.id)) return 'free'
    if (account.id === own.id) return 'ring'
    met.add(account.id)
    const owner = await lane.context.stores.links.ownerOf(lane.settings.id, account.id)
    const next = owner && (await addressInstead(lane, owner, account))
    if (!next) return 'kept'
    wanted = next
  }
  return 'kept'
}

/** The address that a look at the owner gives them in place of the account's; null = they keep it. */
async function addressInstead(
  lane: Lane,
  { connection: id, objectId }: Owner,
  account: SiteUser,
): Promise<string | null> {
  const { context, settings } = lane
  const connection = connectionOf(context, id)
  if (!connection) return null
  const { links } = context.stores
  const stored = (await links.read(settings.id, id, [objectId])).get(objectId)
  const { found } = await context.directory(connection).usersById([objectId], connection.select)
  const lookUp = found.get(objectId)
  if (!stored || lookUp?.kind !== 'found') return null
  // Somebody who leaves is suspended with the address that they have.
  const memberships = (await membershipsOf(context, connection, [objectId])).found.get(objectId)
  // Not answered now: their own look finds out.
  const scoped = memberships
    ? await inScope(connection.scope, lookUp.user, memberships)
    : ({ ok: true, inScope: true } as const)
  if (standingOf(lookUp, scoped, connection.scope.enabledOnly, true).kind !== 'here') return null
  const desired = await mapUser(connection.mapping, lookUp.user, await lane.capabilities())
  if (!desired.ok || desired.email === null || sameField('email', desired.email, account.fields.email)) return null

  const { link, etag } = stored
  const byHand = link.intent === null && driftOf(link, account, [])?.fields.includes('email') === true
  if (!byHand) return desired.email
  // The link doesn't know that they have it: a look would find nothing to do before the verify pass.
  if (connection.drift !== 'repair') return null
  await links.write(settings.id, [{ link: withoutDrift(link, { missing: false, fields: ['email'] }), etag }])
  return desired.email
}
