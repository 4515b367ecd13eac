import { deriveUsername } from '../../domain/derive-username.ts'
import type { AdoptionRule, Connection } from '../../domain/connection.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { mapUser } from '../../domain/mapping.ts'
import { hashField } from '../../domain/field-hash.ts'
import { planExisting, planParking, type Plan, type Refusal } from '../../domain/plan.ts'
import { sameField } from '../../domain/canonical-field.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { connectionOf } from '../context.ts'
import type { LookResult, WriteCase } from './case.ts'
import { findMaker } from './find-maker.ts'
import type { Lane } from './lane.ts'
import { isCreatedBy } from './read-accounts.ts'

type Again = Extract<LookResult, { kind: 'again' }>

/**
 * The site said that the login or the address exists: finds out whose it is, and gives the case another plan under the same attempt
 * (adopt, another login, leave the address alone, refuse), or says to look at the owner first.
 */
export async function resolveConflict(
  lane: Lane,
  connection: Connection,
  one: WriteCase,
  taken: 'username-taken' | 'email-taken',
): Promise<{ kind: 'planned' } | Again> {
  const { desired, plan } = one
  if (!desired?.ok) throw new Error('a write without a mapped user')
  const creating = plan.verb === 'create' && plan.account === null
  const [byEmail, byUsername] = await Promise.all([
    lane.site.findByEmail(plan.email),
    creating ? lane.site.findByUsername(plan.username) : null,
  ])
  const owner = byEmail && (await lane.context.stores.links.ownerOf(lane.settings.id, byEmail.id))
  const replan = (next: Plan): { kind: 'planned' } => {
    Object.assign(one, { plan: next })
    return { kind: 'planned' }
  }

  // Our own first try, whose answer never came.
  if (creating && byUsername && byUsername.id === byEmail?.id && !owner && isCreatedBy(one.link.intent, byUsername))
    return replan(planExisting('create', byUsername, desired))
  if (byEmail && owner && owner.objectId !== one.look.objectId) return await afterOwner(lane, one, owner, replan)
  const unowned = byEmail && !owner && byEmail.id !== plan.account?.id ? byEmail : null
  const candidate = unowned ?? (rulesFor(connection, one).includes('username') ? byUsername : null)
  const maker = candidate && (await findMaker(lane, one.look, candidate))
  if (maker) return { kind: 'again', status: null, first: maker }
  if (unowned) {
    if (!creating) return replan(withoutAddress(one))
    return replan(adoption(lane, connection, one, unowned, 'email'))
  }
  if (creating && byUsername) return replan(await otherLogin(lane, connection, one, byUsername))
  // Nobody has it any more, or only our own account does: the next look sees what is left.
  if (one.look.tries < 2) return { kind: 'again', status: null }
  // The site goes on saying no: the owner is one that it doesn't show, such as a user of its network.
  return replan(creating && taken === 'username-taken' ? await otherName(lane, one) : withoutAddress(one))
}

/** A linked owner who wants another address is looked at first; two who wait for each other: one is parked. */
async function afterOwner(
  lane: Lane,
  one: WriteCase,
  owner: { connection: string; objectId: string },
  replan: (plan: Plan) => { kind: 'planned' },
): Promise<{ kind: 'planned' } | Again> {
  if (!(await wantsToLeave(lane, owner, one.plan.email)) || one.look.tries > 3) return replan(withoutAddress(one))
  const account = one.plan.account
  const again: Again = { kind: 'again', status: null, first: owner }
  if (one.look.tries < 1 || !account) return again
  one.unfinished = true
  return replan(planParking(account, one.link, one.look.objectId))
}

async function wantsToLeave(
  lane: Lane,
  owner: { connection: string; objectId: string },
  email: string,
): Promise<boolean> {
  const connection = connectionOf(lane.context, owner.connection)
  if (!connection) return false
  const { found } = await lane.context.directory(connection).usersById([owner.objectId], connection.select)
  const lookUp = found.get(owner.objectId)
  if (lookUp?.kind !== 'found' || lookUp.user.accountEnabled === false) return false
  const desired = await mapUser(connection.mapping, lookUp.user, await lane.capabilities())
  return desired.ok && desired.email !== null && !sameField('email', desired.email, email)
}

/** The address belongs to somebody who keeps it: everything else still follows the directory. */
function withoutAddress(one: WriteCase): Plan {
  const { account, verb, values, hashes } = one.plan
  const { email: _taken, ...others } = values
  if (account === null || (verb === 'update' && Object.keys(others).length === 0)) return refuse('email-taken')
  one.keepEmail = true
  return {
    ...one.plan,
    email: account.fields.email,
    values: others,
    changes: one.plan.changes.filter(({ field }) => field !== 'email'),
    hashes: { ...hashes, email: hashField('email', account.fields.email) },
  }
}

async function otherLogin(lane: Lane, connection: Connection, one: WriteCase, account: SiteUser): Promise<Plan> {
  const owner = await lane.context.stores.links.ownerOf(lane.settings.id, account.id)
  if (owner === null && rulesFor(connection, one).includes('username'))
    return adoption(lane, connection, one, account, 'username')
  return await otherName(lane, one)
}

/** The login with the suffix that is this person's alone. */
async function otherName(lane: Lane, one: WriteCase): Promise<Plan> {
  const { desired, look } = one
  if (!desired?.ok || one.plan.verb !== 'create') return refuse('username-taken')
  const username = deriveUsername(desired.usernameCandidate, look.objectId, await lane.capabilities(), true)
  if (username === one.plan.username) return refuse('username-taken')
  one.username = username
  return { ...one.plan, username }
}

/** Never an account that was ever linked, a protected one, or the sync's own. */
function adoption(lane: Lane, connection: Connection, one: WriteCase, account: SiteUser, rule: AdoptionRule): Plan {
  const { protectedRoles, protectedUsers, username } = lane.settings
  const login = account.username.toLowerCase()
  const named = [...protectedUsers, username].some((name) => name.toLowerCase() === login)
  if (named || account.roles.some((role) => protectedRoles.includes(role))) return refuse('protected-account')
  if (!rulesFor(connection, one).includes(rule) || !one.desired?.ok) return refuse('email-taken')
  return planExisting('adopt', account, one.desired)
}

function rulesFor(connection: Connection, { lookUp }: WriteCase): readonly AdoptionRule[] {
  const guest = lookUp.kind === 'found' && isGuest(lookUp.user)
  return guest ? connection.adoption.guests : connection.adoption.members
}

/** `userType` can be Member for externals, so the name counts too. */
function isGuest(user: DirectoryUser): boolean {
  return user.userType === 'Guest' || (user.userPrincipalName ?? '').includes('#EXT#')
}

function refuse(reason: Refusal): Plan {
  return { verb: 'refuse', reason, leaving: null }
}
