import { deriveUsername } from '../../domain/derive-username.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import { attemptOf, newAttempt } from '../../domain/attempt.ts'
import type { Connection } from '../../domain/connection.ts'
import { SiteFault } from '../../domain/faults.ts'
import type { Link } from '../../domain/link.ts'
import type { Look } from '../../domain/look.ts'
import { mapUser } from '../../domain/mapping.ts'
import { planUser } from '../../domain/plan.ts'
import { isWrite, newCase, type Case, type LookResult, type WriteCase } from './case.ts'
import { checkTenant } from '../check-tenant.ts'
import type { Lane } from './lane.ts'
import { effectOnly, outcomeOf, unanswered, written, type Outcome } from './outcome.ts'
import { checkMatches } from './check-matches.ts'
import { planTakenOver, readAccounts } from './read-accounts.ts'
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
  const { stores, directory, now } = lane.context
  const results = new Map<string, LookResult>()
  const ids = looks.map((look) => look.objectId)

  const links = await stores.links.read(lane.settings.id, connection.id, ids) // step 1
  const { found, later } = await directory(connection).usersById(ids, connection.select) // step 2
  if ([...found.values()].some(({ kind }) => kind !== 'found')) await checkTenant(lane.context, connection)
  for (const [id, after] of later) results.set(id, { kind: 'put-back', after })

  const cases: Case[] = []
  for (const look of looks) {
    const lookUp = found.get(look.objectId)
    if (!lookUp || results.has(look.objectId)) continue
    const stored = links.get(look.objectId)
    const one = newCase(look, stored ?? null, lookUp, now())
    if (lookUp.kind === 'found')
      one.fingerprint = fingerprint(lookUp.user, [], connection.configurationHash, connection.select)
    const early = resultWithoutPlan(one, now())
    if (early) results.set(look.objectId, early)
    else cases.push(one)
  }
  if (cases.length === 0) return { results, fault: null }

  try {
    await mapCases(lane, connection, cases)
    await readAccounts(lane, cases) // step 3
    for (const one of cases) plan(one, lane) // step 4
    checkMatches(lane.matches, cases)
    const settled = cases.filter((one) => !isWrite(one) && !mayStillAppear(one, lane, results))
    await record(
      lane,
      settled.map((one) => outcomeOf(one, lane.context)),
      results,
    )
    let writes = cases.filter(isWrite)
    // A taken name or address leads to another plan under the same attempt; three rounds are an answer, a suffix, an adoption.
    for (let round = 0; writes.length > 0 && round < 4; round++)
      writes = await writeRound(lane, connection, writes, results)
    for (const one of writes) results.set(one.look.objectId, { kind: 'again', status: null })
  } catch (error) {
    if (error instanceof SiteFault) return { results, fault: error }
    throw error
  }
  return { results, fault: null }
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
    const announced = await writeIntents(lane, mine, results) // step 5
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
      else outcomes.push(outcomeOf(one, lane.context, answer.fault))
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

/** Step 5: conditional on step 1's ETag. Whoever lost it looks again. */
async function writeIntents(
  lane: Lane,
  cases: readonly WriteCase[],
  results: Map<string, LookResult>,
): Promise<WriteCase[]> {
  const siteNow = lane.context.now() + lane.site.clockOffset()
  for (const one of cases) one.link = { ...one.link, intent: intentOf(one, lane.epoch, siteNow) }
  const { etags, lost } = await lane.context.stores.links.write(
    lane.settings.id,
    cases.map((one) => ({ link: one.link, etag: one.etag })),
  )
  return cases.filter((one) => {
    const id = one.look.objectId
    if (lost.has(id)) results.set(id, { kind: 'again', status: null })
    one.etag = etags.get(id) ?? null
    return etags.has(id)
  })
}

/** Steps 7 and 8. A link that doesn't change is not written. */
async function record(lane: Lane, outcomes: readonly Outcome[], results: Map<string, LookResult>): Promise<void> {
  const { stores } = lane.context
  const rows = outcomes.flatMap((outcome) => outcome.audit ?? [])
  if (rows.length > 0) await stores.audit.write(rows)
  const commits = outcomes.flatMap(({ case: one, link, reverse }) =>
    link === null ? [] : [{ link, etag: one.etag, reverse }],
  )
  const { lost } =
    commits.length > 0 ? await stores.links.write(lane.settings.id, commits) : { lost: new Set<string>() }
  for (const { case: one, result } of outcomes)
    results.set(one.look.objectId, lost.has(one.look.objectId) ? { kind: 'again', status: null } : result)
}

function plan(one: Case, lane: Lane): void {
  one.plan = planTakenOver(one) ?? planUser(one)
  // The write that nobody heard of did happen, and nothing is left to write: tell it first, then look again.
  if (one.takeOver && one.visible && !isWrite(one)) effectOnly(one)
  one.attempt = one.link.intent?.attempt ?? attemptFor(one, lane)
}

/** The person left while their account may still be in the making: nobody can tell yet whether there is one. */
function mayStillAppear(one: Case, lane: Lane, results: Map<string, LookResult>): boolean {
  const { intent } = one.link
  if (intent?.verb !== 'create' || one.account) return false
  const age = lane.context.now() + lane.site.clockOffset() - intent.siteTime
  if (age > lane.context.timings.lateWrite) return false
  results.set(one.look.objectId, { kind: 'put-back', after: lane.context.timings.lateWrite - age })
  return true
}

function attemptFor(one: Case, lane: Lane): string {
  if (isWrite(one)) return newAttempt(lane.context.now(), lane.context.randomId())
  return attemptOf(one.look.signal, one.look.objectId, one.fingerprint, JSON.stringify(one.plan))
}

async function mapCases(lane: Lane, connection: Connection, cases: readonly Case[]): Promise<void> {
  const site = await lane.capabilities()
  for (const one of cases) {
    if (one.lookUp.kind !== 'found') continue
    one.desired = await mapUser(connection.mapping, one.lookUp.user, site)
    if (one.desired.ok) one.username = deriveUsername(one.desired.usernameCandidate, one.look.objectId, site)
  }
}

/** Unchanged since it was last settled, or a retry that came before its time. */
function resultWithoutPlan(one: Case, now: number): LookResult | null {
  const { link, look } = one
  if (link.intent) return null
  if (link.fingerprint !== null && link.fingerprint === one.fingerprint && !link.failure)
    return { kind: 'done', status: 'unchanged' }
  const due = look.trigger === 'retry' && link.failure ? link.failure.retryAt : 0
  return due > now ? { kind: 'later', status: null, at: due } : null
}

function intentOf(one: WriteCase, epoch: number, siteNow: number): NonNullable<Link['intent']> {
  const { plan, link, attempt } = one
  return {
    verb: plan.verb,
    attempt,
    epoch,
    username: plan.username,
    email: plan.email,
    wordpressId: plan.account?.id ?? null,
    // The first try's time stays: its account may be registered at any moment after that.
    siteTime: link.intent?.siteTime ?? siteNow,
    hashes: plan.hashes,
  }
}
