import { attemptOf } from '../../domain/attempt.ts'
import { withDetail, type AuditRow } from '../../domain/audit.ts'
import type { Connection } from '../../domain/connection.ts'
import { driftOf, isOwed, withoutDrift, type Drift } from '../../domain/drift.ts'
import type { Link } from '../../domain/link.ts'
import { withoutPostDrift, type PostDrift } from '../../domain/post-drift.ts'
import { managedRoles } from '../../domain/role-rules.ts'
import type { SyncContext } from '../context.ts'
import type { VerifyRow } from '../ports/store.ts'
import { sendLooks } from '../send-looks.ts'
import { driftOfPosts } from './verify-posts.ts'
import type { Lane } from './lane.ts'

/** Accounts that one request shows. */
const pageSize = 100

/** `drift` null = only posts differ. */
type Drifted = { link: Link; etag: string; drift: Drift | null; posts: readonly PostDrift[] }

/** True where a connection's verify pass is due or under way: wake-lanes then wakes the lane. */
export async function isVerifyDue(context: SyncContext, connection: Connection): Promise<boolean> {
  return (await verifyPlace(context, connection)) !== null
}

/**
 * One step of the verify pass, which a lane without looks does: compares the next hundred accounts with what was last applied to them. What
 * somebody changed on the site is forgotten on the link, so that the next look, sent here, reads the account and writes it again.
 * False where nothing is due.
 */
export async function verifyAccounts(lane: Lane): Promise<boolean> {
  const { context, settings } = lane
  for (const connection of context.connections.filter(({ site }) => site.id === settings.id)) {
    const place = await verifyPlace(context, connection)
    if (place === null) continue
    await verifyPage(lane, connection, place)
    return true
  }
  return false
}

async function verifyPage(lane: Lane, connection: Connection, place: VerifyRow): Promise<void> {
  const { context, settings, site } = lane
  const { links, sites } = context.stores
  const page = await links.page(settings.id, connection.id, place.after, pageSize)
  const linked = page.filter(({ link }) => link.wordpressId !== null && link.intent === null)
  const accounts = await site.readUsers(linked.map(({ link }) => link.wordpressId!))
  const managed = managedRoles(connection)
  const postDrifts = await driftOfPosts(
    lane,
    connection,
    linked.map(({ link }) => link),
  )
  const drifted = linked.flatMap(({ link, etag }): Drifted[] => {
    const drift = driftOf(link, accounts.get(link.wordpressId!) ?? null, managed, connection.singleSignOn)
    const posts = postDrifts.get(link.objectId) ?? []
    return drift === null && posts.length === 0 ? [] : [{ link, etag, drift, posts }]
  })
  // What the companion plugin never had no hand has changed: it is given whatever the policy.
  const owed = drifted.filter(({ link, drift, posts }) => drift !== null && posts.length === 0 && isOwed(link, drift))
  const changed = drifted.filter((one) => !owed.includes(one))
  await repair(context, connection, connection.drift === 'repair' ? drifted : owed)
  if (connection.drift !== 'repair') await report(context, connection, changed, place.startedAt)
  const last = page.length < pageSize
  const missing = changed.filter(({ drift }) => drift?.missing).length
  await sites.writeVerify(settings.id, connection.id, {
    ...place,
    after: last ? null : page.at(-1)!.link.objectId,
    finishedAt: last ? context.now() : null,
    checked: place.checked + linked.length,
    drifted: place.drifted + changed.length - missing,
    missing: place.missing + missing,
  })
}

/** Links first: a look that comes before them would find nothing to do. Who lost their ETag is being looked at anyway. */
async function repair(context: SyncContext, connection: Connection, drifted: readonly Drifted[]): Promise<void> {
  if (drifted.length === 0) return
  const { site, id } = connection
  const writes = drifted.map(({ link, etag, drift, posts }) => {
    const without = drift === null ? link : withoutDrift(link, drift)
    return { link: withoutPostDrift(without, posts), etag }
  })
  const { lost } = await context.stores.links.write(site.id, writes)
  const ids = drifted.map(({ link }) => link.objectId).filter((objectId) => !lost.has(objectId))
  if (ids.length === 0) return
  const signal = context.now()
  await sendLooks(context, site.id, 'bulk', {
    connection: id,
    ids,
    trigger: 'verify',
    signal,
    cycle: null,
    number: null,
  })
}

async function report(
  context: SyncContext,
  connection: Connection,
  drifted: readonly Drifted[],
  startedAt: number,
): Promise<void> {
  const at = context.now()
  const rows = drifted.map(({ link, drift, posts }): AuditRow => {
    const fields = [
      ...(drift?.fields ?? []),
      ...posts.flatMap((post) =>
        post.missing
          ? [`post.${post.type}` as const]
          : post.fields.map((field) => `post.${post.type}.${field}` as const),
      ),
    ]
    const row: AuditRow = {
      connection: connection.id,
      dryRun: null,
      attempt: attemptOf(startedAt, link.objectId, 'drift'),
      objectId: link.objectId,
      status: 'skipped',
      reason: drift?.missing ? 'account-missing' : 'changed-on-site',
      wordpressId: link.wordpressId,
      who: { userPrincipalName: null, email: null, username: link.login },
      changes: fields.map((field) => ({ field, from: null, to: null })),
      at,
      milliseconds: 0,
      cycle: null,
      trigger: 'verify',
      tries: 1,
      error: null,
    }
    return withDetail(row, context.audit.detail)
  })
  if (rows.length > 0) await context.stores.audit.write(rows)
}

/** A pass that begins. */
export function freshVerify(now: number): VerifyRow {
  return { startedAt: now, after: null, finishedAt: null, checked: 0, drifted: 0, missing: 0 }
}

/** Where the pass stands; null = nothing to do. Who was never verified was just written: the first pass comes an interval later. */
async function verifyPlace(context: SyncContext, connection: Connection): Promise<VerifyRow | null> {
  if (connection.drift === 'ignore') return null
  const { sites } = context.stores
  const now = context.now()
  const fresh = freshVerify(now)
  const row = await sites.readVerify(connection.site.id, connection.id)
  if (row === null) {
    await sites.writeVerify(connection.site.id, connection.id, { ...fresh, finishedAt: now })
    return null
  }
  if (row.finishedAt === null) return row
  return now - row.finishedAt >= connection.verifyEveryMs ? fresh : null
}
