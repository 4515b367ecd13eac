import { deriveUsername } from '../../domain/derive-username.ts'
import type { AdoptionRule, Connection } from '../../domain/connection.ts'
import { isGuest } from '../../domain/scope.ts'
import { hashField } from '../../domain/field-hash.ts'
import type { Link } from '../../domain/link.ts'
import { isRemovalPlan, type Plan, type Refusal } from '../../domain/plan.ts'
import type { SiteUser } from '../../domain/site-user.ts'
import { afterOwner } from './after-owner.ts'
import type { LookResult, WriteCase } from './case.ts'
import { findMaker } from './find-maker.ts'
import type { Lane } from './lane.ts'
import { findFormer, planOwn } from './plan-own.ts'
import { protectionOf } from './protection.ts'
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
  if (!desired?.ok || isRemovalPlan(plan)) throw new Error('a name is taken, but none was asked for')
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
    return replan(planOwn(one, 'create', byUsername))
  const former = creating ? await findFormer(lane, one, [byEmail, byUsername]) : null
  if (former) {
    one.rejoins = true
    return replan(adoption(lane, one, former))
  }
  if (byEmail && owner && (owner.connection !== connection.id || owner.objectId !== one.look.objectId)) {
    const taken = creating ? await takeOver(lane, connection, one, byEmail, owner) : null
    if (taken) return replan(taken)
    const next = await afterOwner(lane, one, owner, byEmail)
    return next === 'keeps-it' ? replan(withoutAddress(one)) : 'plan' in next ? replan(next.plan) : next
  }
  const unowned = byEmail && !owner && byEmail.id !== plan.account?.id ? byEmail : null
  if (unowned && !creating) return replan(withoutAddress(one))
  const named =
    byUsername && (await lane.context.stores.links.ownerOf(lane.settings.id, byUsername.id)) ? null : byUsername
  const match = matchByRules(rulesFor(connection, one), unowned, named)
  if (match === 'ambiguous') return replan(refuse('ambiguous-match'))
  // Even where no rule takes it: what is in the making is its maker's.
  const candidate = match ?? unowned
  const maker = candidate && (await findMaker(lane, one.look, candidate))
  if (maker) return { kind: 'again', status: null, first: maker }
  if (candidate) return replan(match ? adoption(lane, one, match) : refuseTaken(lane, candidate))
  if (creating && byUsername) return replan(otherName(one, await lane.capabilities()))
  // Nobody has it any more, or only our own account does: the next look sees what is left.
  if (one.look.tries < 2) return { kind: 'again', status: null }
  // The site goes on saying no: the owner is one that it doesn't show, such as a user of its network.
  return replan(
    creating && taken === 'username-taken' ? otherName(one, await lane.capabilities()) : withoutAddress(one),
  )
}

/** The address belongs to somebody who keeps it: everything else still follows the directory. */
function withoutAddress(one: WriteCase): Plan {
  const { plan } = one
  if (isRemovalPlan(plan)) throw new Error('a removal has no address')
  const { account, verb, values, hashes } = plan
  const { email: _taken, ...others } = values
  const nothingElse = verb === 'update' && plan.roles === null && !plan.companion && Object.keys(others).length === 0
  if (account === null || nothingElse) return refuse('email-taken')
  one.keepEmail = true
  return {
    ...plan,
    email: account.fields.email,
    values: others,
    changes: plan.changes.filter(({ field }) => field !== 'email'),
    hashes: { ...hashes, email: hashField('email', account.fields.email) },
  }
}

/** The login with the suffix that is this person's alone. */
function otherName(one: WriteCase, site: { multisite: boolean }): Plan {
  const { desired, look, plan } = one
  if (!desired?.ok || plan.verb !== 'create') return refuse('username-taken')
  const username = deriveUsername(desired.usernameCandidate, look.objectId, site, true)
  if (username === plan.username) return refuse('username-taken')
  one.username = username
  return { ...plan, username }
}

/** The first rule that finds an account decides; two rules that find two accounts don't. */
function matchByRules(
  rules: readonly AdoptionRule[],
  byEmail: SiteUser | null,
  byUsername: SiteUser | null,
): SiteUser | 'ambiguous' | null {
  const found = rules.flatMap((rule) => (rule === 'email' ? byEmail : byUsername) ?? [])
  const [first] = found
  if (first && found.some(({ id }) => id !== first.id)) return 'ambiguous'
  return first ?? null
}

/** Never an account that was ever linked, or a protected one. */
function adoption(lane: Lane, one: WriteCase, account: SiteUser): Plan {
  if (protectionOf(lane)(account)) return refuse('protected-account')
  if (!one.desired?.ok) return refuse('email-taken')
  return planOwn(one, 'adopt', account)
}

function refuseTaken(lane: Lane, account: SiteUser): Plan {
  return refuse(protectionOf(lane)(account) ? 'protected-account' : 'email-taken')
}

/**
 * The account of somebody who left another connection goes to the person who has its address now: so content survives a move between
 * tenants. As with adoption, only where the address is a rule. Within one connection it stays its owner's, who may be restored.
 */
async function takeOver(
  lane: Lane,
  connection: Connection,
  one: WriteCase,
  account: SiteUser,
  owner: { connection: string; objectId: string },
): Promise<Plan | null> {
  if (owner.connection === connection.id || !rulesFor(connection, one).includes('email')) return null
  if (!one.desired?.ok || protectionOf(lane)(account)) return null
  const stored = await lane.context.stores.links.read(lane.settings.id, owner.connection, [owner.objectId])
  const last = stored.get(owner.objectId)
  if (!last || last.link.intent || !hasLeft(last.link) || last.link.wordpressId !== account.id) return null
  if (last.link.login?.toLowerCase() !== account.username.toLowerCase()) return null
  const { roles, login: _login, ...left } = last.link
  const from: Link = {
    ...left,
    state: 'deleted',
    wordpressId: null,
    login: null,
    hashes: {},
    roles: null,
    fingerprint: null,
    removal: null,
    photo: null,
  }
  // What the account shows goes along: a photo that isn't theirs is one to replace.
  one.link = { ...one.link, photo: last.link.photo }
  one.handover = { from, etag: last.etag }
  return planOwn(one, 'adopt', account, roles)
}

/** On positive evidence: one absence is none, and who is disabled may come back. What the guard holds nobody has decided yet. */
function hasLeft({ state, leaving, removal }: Link): boolean {
  if (removal !== null) return false
  const { reason } = leaving ?? {}
  return reason === 'deleted' || reason === 'out-of-scope' || (reason === 'absent' && state === 'suspended')
}

function rulesFor(connection: Connection, { lookUp }: WriteCase): readonly AdoptionRule[] {
  const guest = lookUp.kind === 'found' && isGuest(lookUp.user)
  return guest ? connection.adoption.guests : connection.adoption.members
}

function refuse(reason: Refusal): Plan {
  return { verb: 'refuse', reason, leaving: null }
}
