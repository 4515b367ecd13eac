import type { AuditRow, OutcomeStatus } from '../domain/audit.ts'
import type { Connection } from '../domain/connection.ts'
import { RetryLater, Terminal } from '../domain/faults.ts'
import type { LeavingReason } from '../domain/leaving.ts'
import type { Look } from '../domain/look.ts'
import { inScope } from '../domain/scope.ts'
import { standingOf, type Standing } from '../domain/standing.ts'
import { untakenFields, untakenMessage } from '../domain/untaken-fields.ts'
import { checkTenant } from './check-tenant.ts'
import { connectionOf, type SyncContext } from './context.ts'
import { explainFields, type FieldExplanation } from './explain-fields.ts'
import type { LookResult } from './lane/case.ts'
import { createPreviewLane, type Seen } from './lane/preview-lane.ts'
import type { Lane } from './lane/lane.ts'
import { settleUsers } from './lane/settle-users.ts'
import { replacedBy } from './replaced-by.ts'
import { warnOfGuard } from './warn-of-guard.ts'

/** What a look at somebody would do now. It holds values: it is answered, never stored and never logged. */
export type Preview = {
  /** null = nobody has the user principal name. */
  objectId: string | null
  userPrincipalName: string | null
  /** `here`, why not, or `unknown` where the filter failed. */
  standing: 'here' | LeavingReason | 'unknown'
  /** Of the configured groups, those that the person is in, nested ones too. */
  memberships: string[]
  outcome: OutcomeStatus | 'none'
  reason: string | null
  error: string | null
  wordpressId: number | null
  username: string | null
  changes: AuditRow['changes']
  /** What the mapping makes of them, field by field; empty where nobody is there to map. */
  fields: FieldExplanation[]
  warnings: string[]
}

/** Looks that may follow each other, as in a run of the lane. */
const mostTries = 6

type Ended = { status: OutcomeStatus | null; warnings: string[] }

/**
 * The dry run of one person: what a look would do, from the same steps as a real one. No queue, no lease, nothing is written.
 * @param who object id, or user principal name
 * @throws RetryLater, Terminal, SiteFault
 */
export async function previewUser(context: SyncContext, connection: Connection, who: string): Promise<Preview> {
  await checkReady(context, connection)
  const objectId = who.includes('@') ? await context.directory(connection).idOf(who) : who.toLowerCase()
  if (objectId === null) return nobody()
  const { lane, seen } = createPreviewLane(context, connection, objectId)
  const { status, warnings } = await lookUntilDone(lane, connection, objectId, seen)

  const link = seen.linkAfter
  const row = rowOf(seen, { connection: connection.id, objectId })
  const posts = seen.rows.filter((each) => each.objectId === objectId && isOfPost(each))
  const outcome = outcomeOf(status, seen)
  const removal =
    outcome === 'suspended'
      ? 'suspend'
      : outcome === 'deleted'
        ? 'delete'
        : row?.reason === 'no-mapped-role'
          ? 'demote'
          : null
  if (removal && row) warnings.push(...(await warnOfGuard(context, connection, objectId, removal, row.reason)))
  if (seen.link?.intent)
    warnings.push('A write for this person is under way, or its answer never came: this is what is known now.')
  if (outcome === 'created' && seen.link?.wordpressId)
    warnings.push('The account was deleted on the site: another one is made, since whenAccountMissing says so.')
  return {
    objectId,
    userPrincipalName: seen.lookUp?.kind === 'found' ? (seen.lookUp.user.userPrincipalName ?? null) : null,
    standing: nameOf(await standingNow(connection, seen)),
    memberships: seen.memberships,
    outcome,
    reason: row ? row.reason : outcome === 'none' ? null : (link?.refused ?? posts[0]?.reason ?? null),
    error: row?.error ?? posts.find(({ error }) => error !== null)?.error ?? null,
    // The dry site has no id for an account that isn't there yet.
    wordpressId: row?.wordpressId || link?.wordpressId || null,
    username: row?.who.username || link?.login || null,
    changes: [...(row?.changes ?? []), ...posts.flatMap(({ changes }) => changes)],
    fields:
      seen.lookUp?.kind === 'found' ? await explainFields(connection, seen.lookUp.user, await lane.capabilities()) : [],
    warnings,
  }
}

/** As before a cycle and a run of the lane: of another tenant, or without a group, everybody would seem to have left. */
async function checkReady(context: SyncContext, connection: Connection): Promise<void> {
  const { timings, now, stores } = context
  if (await replacedBy(context, connection))
    throw new RetryLater('Another process runs the app with newer settings. Ask again.', timings.configurationYield)
  const breaker = await stores.sites.readBreaker(connection.site.id)
  if (breaker && breaker.openUntil > now())
    throw new RetryLater(`Nothing is sent to the site for now: ${breaker.message}`, breaker.openUntil - now())
  await checkTenant(context, connection)
  if (connection.groups.length > 0) await context.directory(connection).checkGroups(connection.groups)
}

/** One look after the other as a run of the lane does it: somebody else who has the address is looked at before. */
async function lookUntilDone(lane: Lane, connection: Connection, objectId: string, seen: Seen): Promise<Ended> {
  const warnings = new Set<string>()
  for (let tries = 0; tries <= mostTries; tries++) {
    seen.rows.length = 0
    const result = await lookOnce(lane, connection, objectId, seen, tries)
    if (result.kind === 'put-back') {
      const untaken = untakenFields(connection.mapping.customs, await lane.capabilities())
      if (untaken.length > 0) throw new Terminal('fields-not-taken', untakenMessage(untaken))
      throw new RetryLater(
        seen.lookUp
          ? 'A request to the site may still be running for this person: nobody can tell yet what there is.'
          : 'The directory has not answered for this person.',
        result.after,
      )
    }
    if (result.kind === 'again' && result.status !== null)
      warnings.add('It takes more than one step: this is the first, the rest follows at once.')
    if (result.kind !== 'again' || result.status !== null) return { status: result.status, warnings: [...warnings] }
    if (result.first) warnings.add(await lookFirst(lane, result.first, seen))
  }
  warnings.add('Somebody else stands in the way, so it cannot be told what would happen. Ask again later.')
  seen.rows.length = 0
  return { status: null, warnings: [...warnings] }
}

/** Looks at the owner of an address before; returns what there is to say of it. */
async function lookFirst(lane: Lane, owner: { connection: string; objectId: string }, seen: Seen): Promise<string> {
  const theirs = connectionOf(lane.context, owner.connection)
  if (theirs) await lookOnce(lane, theirs, owner.objectId, seen, 0)
  const email = rowOf(seen, owner)?.changes.find(({ field }) => field === 'email')
  if (!email?.from)
    return `${owner.objectId} of connection ${owner.connection} has the address or login, and is looked at before.`
  seen.released.push(email.from)
  return `${owner.objectId} of connection ${owner.connection} has the address, gets another one, and is looked at before.`
}

async function lookOnce(
  lane: Lane,
  connection: Connection,
  objectId: string,
  seen: Seen,
  tries: number,
): Promise<LookResult> {
  const look: Look = {
    ...{ connection: connection.id, objectId, trigger: 'on-demand', queue: 'now', signal: lane.context.now() },
    ...{ cycle: null, dryRun: true, tries, batch: Infinity },
  }
  const { results, fault } = await settleUsers(lane, connection, [look])
  const failed = fault ?? seen.fault
  if (failed) throw failed
  const result = results.get(objectId)
  if (!result) throw new Error('a look without a result')
  return result
}

function rowOf({ rows }: Seen, person: { connection: string; objectId: string }): AuditRow | undefined {
  return rows.findLast(
    (row) => row.connection === person.connection && row.objectId === person.objectId && !isOfPost(row),
  )
}

/** A post has a row of its own beside its person's. */
function isOfPost({ changes, reason }: AuditRow): boolean {
  return reason?.startsWith('post.') || changes.some(({ field }) => field.startsWith('post.'))
}

/** Who was refused and hasn't changed since is refused still, though nothing is told again. */
function outcomeOf(status: OutcomeStatus | null, { linkAfter }: Seen): Preview['outcome'] {
  if (status === 'unchanged' && linkAfter?.refused && linkAfter.wordpressId === null) return 'skipped'
  return status ?? 'none'
}

async function standingNow({ scope }: Connection, { lookUp, memberships, link }: Seen): Promise<Standing> {
  if (!lookUp) throw new Error('a preview without a look-up')
  const scoped = lookUp.kind === 'found' ? await inScope(scope, lookUp.user, memberships) : null
  return standingOf(lookUp, scoped, scope.enabledOnly, Boolean(link?.wordpressId))
}

function nameOf(standing: Standing): Preview['standing'] {
  return standing.kind === 'leaving' ? standing.reason : standing.kind
}

function nobody(): Preview {
  return {
    ...{ objectId: null, userPrincipalName: null, standing: 'absent', memberships: [], outcome: 'none' },
    ...{ reason: null, error: null, wordpressId: null, username: null, changes: [], fields: [] },
    warnings: ['Nobody has this user principal name now. Who was deleted or renamed is found by the object id.'],
  }
}
