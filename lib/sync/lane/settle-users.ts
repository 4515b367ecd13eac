import { deriveUsername } from '../../domain/derive-username.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import { timeOfStamp } from '../../domain/attempt.ts'
import { hasCompanion, marksOf } from '../../domain/companion.ts'
import type { Connection } from '../../domain/connection.ts'
import { SiteFault } from '../../domain/faults.ts'
import type { Look } from '../../domain/look.ts'
import type { LinkWrite } from '../ports/store.ts'
import { managerIdOf } from '../../domain/manager.ts'
import { mapUser } from '../../domain/mapping.ts'
import { needsAccount, type PlanPolicy } from '../../domain/plan.ts'
import { removedFingerprint } from '../../domain/removal-fingerprint.ts'
import { inScope } from '../../domain/scope.ts'
import { standingOf } from '../../domain/standing.ts'
import { announce } from './announce.ts'
import { askForPhotos } from './ask-for-photos.ts'
import { dropPhotos } from './drop-photos.ts'
import { isWrite, newCase, type Case, type LookResult, type WriteCase } from './case.ts'
import { checkTenant } from '../check-tenant.ts'
import { membershipsOf } from '../memberships.ts'
import { judgeRemovals } from './judge-removals.ts'
import { mapPosts } from './map-posts.ts'
import { mapRoles } from './map-roles.ts'
import { beforePosts } from './post-case.ts'
import { settlePosts } from './settle-posts.ts'
import { refusedOutcome } from './refused-outcome.ts'
import type { Lane } from './lane.ts'
import { afterLeaving, outcomeOf, unanswered, written, type Outcome } from './outcome.ts'
import { protectionOf } from './protection.ts'
import { checkMatches } from './check-matches.ts'
import { mayStillAppear, planCase } from './plan-case.ts'
import { readAccounts } from './read-accounts.ts'
import { readyFields } from './ready-fields.ts'
import { reserve } from './reserve.ts'
import { resolveConflict } from './resolve-conflict.ts'
import { writeAccounts } from './write-accounts.ts'

export type Settlement = { results: Map<string, LookResult>; fault: SiteFault | null }

/**
 * Settles up to 100 different users of one connection, in eight steps. Level-triggered: what it does depends on what both sides
 * say now, never on why it was asked, so it can be killed at any line and simply run again:
 *
 *   1 read the links   2 read the directory   3 read the accounts   4 plan
 *   5 write the intent   6 write the site   7 write the audit   8 commit the link
 *
 * The order is the safety. Links before the directory: whoever commits in between makes our write fail, so an old reading never
 * overwrites a newer one. The intent before the site: a write whose answer never came is found again. The audit before the commit:
 * while the intent stands the row is written again under the same attempt, so none is missing and none is doubled.
 *
 * A fault of the site is returned beside the results that were reached; users without a result were not settled.
 * @throws RetryLater, Terminal when the directory or the storage can't be read: nothing was settled
 */
export async function settleUsers(lane: Lane, connection: Connection, looks: readonly Look[]): Promise<Settlement> {
  const results = new Map<string, LookResult>()
  const { absenceConfirmed } = lane.context.timings
  // Whoever is settled already is none the less so for a plugin that came since: the verify pass tells.
  const policy: PlanPolicy = { ...connection, absenceConfirmed, companion: false }
  let cases = await readCases(lane, connection, policy, looks, results)
  if (cases.length === 0) return { results, fault: null }
  try {
    policy.companion = hasCompanion(await lane.capabilities())
    cases = await readyFields(lane, connection, cases, results)
    await mapCases(lane, connection, cases)
    await mapRoles(lane, connection, cases)
    await mapPosts(connection, cases)
    await readAccounts(lane, policy, cases) // step 3
    const isProtected = protectionOf(lane, connection.roles.allowProtected)
    for (const one of cases) planCase(one, lane, policy, isProtected) // step 4
    checkMatches(lane.matches, cases)
    const now = cases.filter((one) => !mayStillAppear(one, lane, results))
    await judgeRemovals(lane, connection, now)
    await record(
      lane,
      now.filter((one) => !isWrite(one)).map((one) => outcomeOf(one, lane.context)),
      results,
    )
    let writes = now.filter(isWrite)
    // A taken name or address leads to another plan under the same attempt; three rounds are an answer, a suffix, an adoption.
    for (let round = 0; writes.length > 0 && round < 4; round++)
      writes = await writeRound(lane, connection, writes, results)
    for (const one of writes) results.set(one.look.objectId, { kind: 'again', status: null })
    await settlePosts(lane, connection, now, results)
  } catch (error) {
    if (error instanceof SiteFault) return { results, fault: error }
    throw error
  }
  return { results, fault: null }
}

/** Steps 1 and 2: links first, then the directory, the groups, and who of them all is still a case. */
async function readCases(
  lane: Lane,
  connection: Connection,
  policy: PlanPolicy,
  looks: readonly Look[],
  results: Map<string, LookResult>,
): Promise<Case[]> {
  const { context, settings } = lane
  const { stores, now } = context
  const directory = context.directory(connection)
  const links = await stores.links.read(
    settings.id,
    connection.id,
    looks.map(({ objectId }) => objectId),
  )
  const { found, later } = await directory.usersById(
    looks.map(({ objectId }) => objectId),
    connection.select,
  )
  for (const [id, after] of later) results.set(id, { kind: 'put-back', after })
  const present = [...found].flatMap(([id, lookUp]) => (lookUp.kind === 'found' ? [id] : []))
  const memberships = await membershipsOf(context, connection, present, believable(looks, connection, context))
  for (const [id, after] of memberships.later) results.set(id, { kind: 'put-back', after })
  const unread = later.size + memberships.later.size
  if (unread > 0) context.log('warn', 'people not read yet', { connection: connection.id, people: unread })

  const cases: Case[] = []
  for (const look of looks) {
    const lookUp = found.get(look.objectId)
    if (!lookUp || results.has(look.objectId)) continue
    const one = newCase(look, links.get(look.objectId) ?? null, lookUp, now())
    one.memberships = memberships.found.get(look.objectId) ?? []
    const { select, configurationHash, scope } = connection
    if (lookUp.kind === 'found') one.fingerprint = fingerprint(lookUp.user, one.memberships, configurationHash, select)
    else one.fingerprint = removedFingerprint(configurationHash, lookUp.kind)
    const scoped = lookUp.kind === 'found' ? await inScope(scope, lookUp.user, one.memberships) : null
    one.standing = standingOf(lookUp, scoped, scope.enabledOnly, one.link.wordpressId !== null)
    cases.push(one)
  }
  // Another tenant knows nobody of ours, and a group that is gone has no members: neither is a reason to remove anybody.
  const linked = cases.filter(({ link }) => link.wordpressId !== null)
  const leaving = linked.flatMap(({ standing }) => (standing.kind === 'leaving' ? [standing.reason] : []))
  if (leaving.some((reason) => reason !== 'disabled')) await checkTenant(context, connection)
  if (leaving.includes('out-of-scope')) await directory.checkGroups(connection.groups)

  const open = cases.filter((one) => {
    const early = resultWithoutPlan(one, lane, policy)
    if (early) results.set(one.look.objectId, early)
    return !early
  })
  const waiting = open.filter(({ link }) => link.removal !== null)
  const removals = await stores.links.readRemovals(
    settings.id,
    connection.id,
    waiting.map(({ look }) => look.objectId),
  )
  for (const one of waiting) one.removal = removals.get(one.look.objectId) ?? null
  return open
}

/** Since when memberships that are kept may have been read, to be believed by these looks. ms since 1970. */
function believable(looks: readonly Look[], { roles }: Connection, { timings }: Lane['context']): number {
  const since = looks.map(({ trigger, signal, queue, cycle }) => {
    // It is there because replicas lag. Half way: the looks of one increment, whose signals are seconds apart, share what the first one reads.
    if (trigger === 'second-look') return signal + timings.secondLook / 2
    // The place of the app roles only moves once all whom they concern are queued.
    if (roles.app !== null && queue === 'soon' && cycle !== null) return signal
    // An enumeration and a dry run: where no place in the groups stream moves with them, nothing else tells that a group has changed.
    return queue === 'bulk' && cycle !== null ? timeOfStamp(cycle) : 0
  })
  return Math.max(...since)
}

/** Steps 5 to 8 for one round; returns the cases whose conflict led to a new plan. */
async function writeRound(
  lane: Lane,
  connection: Connection,
  cases: readonly WriteCase[],
  results: Map<string, LookResult>,
): Promise<WriteCase[]> {
  const { mine, release } = reserve(lane, cases, results)
  try {
    const announced = await announce(lane, connection, mine, results) // step 5
    await dropPhotos(lane, announced)
    const { answers, fault } = await writeAccounts(lane, announced) // step 6
    const outcomes: Outcome[] = []
    const conflicts: { one: WriteCase; taken: 'username-taken' | 'email-taken' }[] = []
    for (const one of announced) {
      const answer = answers.get(one)
      if (!answer) continue
      if (answer.kind === 'unknown') outcomes.push(unanswered(one, answer, lane.context))
      else if (answer.kind === 'written') outcomes.push(written(one, answer.account, lane.context))
      else if (answer.fault.kind === 'username-taken' || answer.fault.kind === 'email-taken')
        conflicts.push({ one, taken: answer.fault.kind })
      else outcomes.push(refusedOutcome(lane, connection, one, answer.fault))
    }
    await record(lane, outcomes, results)
    if (fault) throw fault
    const resolved: Case[] = []
    await Promise.all(
      conflicts.map(async ({ one, taken }) => {
        const result = await resolveConflict(lane, connection, one, taken)
        if (result.kind === 'again') results.set(one.look.objectId, result)
        else resolved.push(one)
      }),
    )
    const refused = resolved.filter((one) => !isWrite(one))
    await record(
      lane,
      refused.map((one) => outcomeOf(one, lane.context)),
      results,
    )
    return resolved.filter(isWrite)
  } finally {
    release()
  }
}

/** Steps 7 and 8. A link that doesn't change is not written. */
async function record(lane: Lane, found: readonly Outcome[], results: Map<string, LookResult>): Promise<void> {
  const { stores } = lane.context
  const outcomes = found.map((outcome) => beforePosts(outcome, lane.context))
  const rows = outcomes.flatMap((outcome) => outcome.audit ?? [])
  if (rows.length > 0) await stores.audit.write(rows)
  const commits = outcomes.flatMap(({ case: one, link, reverse = false, removal, handover }): LinkWrite[] =>
    link === null
      ? []
      : [{ link, etag: one.etag, reverse, ...(removal && { removal }), ...(handover && { handover }) }],
  )
  await askForPhotos(lane, outcomes)
  const { etags, lost } =
    commits.length > 0
      ? await stores.links.write(lane.settings.id, commits)
      : { etags: new Map<string, string>(), lost: new Set<string>() }
  for (const { case: one, link, result } of outcomes) {
    const id = one.look.objectId
    results.set(id, lost.has(id) ? { kind: 'again', status: null } : result)
    one.link = link ?? one.link
    one.etag = etags.get(id) ?? one.etag
  }
}

async function mapCases(lane: Lane, connection: Connection, cases: readonly Case[]): Promise<void> {
  const site = await lane.capabilities()
  for (const one of cases) {
    if (one.lookUp.kind !== 'found') continue
    one.desired = await mapUser(connection.mapping, one.lookUp.user, site)
    if (connection.singleSignOn && hasCompanion(site)) one.marks = marksOf(one.lookUp.user, connection.tenantId)
    if (one.desired.ok) one.username = deriveUsername(one.desired.usernameCandidate, one.look.objectId, site)
  }
}

/** Unchanged since it was last settled, and time has brought nothing about; or a retry that came before its time. */
function resultWithoutPlan(one: Case, lane: Lane, policy: PlanPolicy): LookResult | null {
  const { link, look } = one
  const now = lane.context.now()
  if (link.intent) return null
  // The fingerprint knows a manager's id only: what they are called may have changed.
  const named = one.lookUp.kind === 'found' && managerIdOf(one.lookUp.user) !== null
  const same = link.fingerprint !== null && link.fingerprint === one.fingerprint && !link.failure && !named
  if (same && !needsAccount({ ...one, policy, now })) return afterLeaving(link, lane.context, 'unchanged')
  const due = look.trigger === 'retry' && link.failure ? link.failure.retryAt : 0
  return due > now ? { kind: 'later', status: null, at: due } : null
}
