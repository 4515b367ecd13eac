import type { DirectoryServer } from '../../dev/directory/start-directory.ts'
import type { PersonPatch } from '../../dev/directory/person.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import type { Link } from '../../lib/domain/link.ts'
import type { LaneQueue, LookMessage } from '../../lib/domain/look.ts'
import type { SiteUser } from '../../lib/domain/site-user.ts'
import { timeStamp } from '../../lib/domain/attempt.ts'
import { judgeCycle } from '../../lib/sync/judge-cycle.ts'
import { drainLane } from '../../lib/sync/lane/drain-lane.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { runUntilQuiet } from './pump.ts'
import { createSyncApp, type SyncAppOptions } from './sync-app.ts'
import { listAudit } from './list-audit.ts'

export type LaneServers = { directory: DirectoryServer; site: WordPressSite; storage: string }

/**
 * A lane of its own on the shared site, with people of its own in the shared directory; nobody reads pages here, looks are sent by
 * hand. Names of people and accounts end in the scene's id.
 */
export function createLaneScene(
  servers: LaneServers,
  id: string,
  options: Omit<SyncAppOptions, keyof LaneServers | 'id'> = {},
) {
  const { directory, site } = servers
  const started = Date.now()
  const { context, connection } = createSyncApp({ ...servers, ...options, id })
  const address = (name: string) => `${name}.${id}@contoso.example`
  const { links } = context.stores

  async function look(ids: readonly string[], queue: LaneQueue = 'now', more: Partial<LookMessage> = {}) {
    const message = {
      connection: id,
      ids,
      trigger: 'on-demand',
      signal: Date.now(),
      cycle: null,
      number: null,
      ...more,
    }
    await context.queues.queue(laneQueueName(queue, id)).send(JSON.stringify(message))
  }
  const drain = () => drainLane(context, connection.site)
  const link = async (objectId: string): Promise<Link | undefined> =>
    (await links.read(id, id, [objectId])).get(objectId)?.link

  return {
    id,
    context,
    connection,
    address,
    look,
    drain,
    link,
    /** Somebody of this name in the directory; returns the object id. */
    async person(name: string, patch: PersonPatch = {}): Promise<string> {
      const { id: objectId } = await directory.admin.createUser({
        displayName: `${name} ${id}`,
        givenName: name,
        userPrincipalName: address(name),
        mail: address(name),
        accountEnabled: true,
        userType: 'Member',
        ...patch,
      })
      return objectId
    },
    /** An account that the sync knows nothing of, a day old; returns its id. */
    async stranger(login: string, email: string, role = 'author'): Promise<number> {
      const printed = await site.php(
        `echo wp_insert_user(['user_login' => '${login}', 'user_email' => '${email}', 'user_pass' => 'x', 'role' => '${role}',
          'user_registered' => gmdate('Y-m-d H:i:s', time() - DAY_IN_SECONDS)]);`,
      )
      if (!/^\d+$/.test(printed)) throw new Error(`The account ${login} was not made: ${printed}`)
      return Number(printed)
    },
    /** Looks at these people, in one run of the lane. */
    async settle(...ids: string[]): Promise<void> {
      await look(ids)
      await drain()
    },
    /** As at the end of a cycle: what time brought about is judged, and carried out where it may go. */
    async judge(): Promise<void> {
      await judgeCycle(context, connection, `${timeStamp(Date.now() + 1000)}-ffff`)
      await runUntilQuiet(context)
    },
    /** Runs until every queue is empty, delayed messages too. */
    quiet: () => runUntilQuiet(context),
    /** What the site shows of an account, asked past every wrapper. */
    async account(wordpressId: number | null | undefined): Promise<SiteUser | undefined> {
      const real = createSyncApp({ ...servers, id }).context.site(connection.site)
      return (await real.readUsers([wordpressId ?? 0])).get(wordpressId ?? 0)
    },
    async accountOf(objectId: string): Promise<SiteUser | undefined> {
      return await this.account((await link(objectId))?.wordpressId)
    },
    /** Outcomes told of somebody, oldest first: `updated`, `skipped email-taken`. */
    async told(objectId: string): Promise<string[]> {
      const rows = await listAudit(context, id, started)
      return rows
        .filter((row) => row.objectId === objectId)
        .reverse()
        .map(({ status, reason }) => (reason === null ? status : `${status} ${reason}`))
    },
    rows: () => listAudit(context, id, started),
    /** How many accounts the scene's people have between them. */
    async accounts(): Promise<string[]> {
      const printed = await site.php(
        `global $wpdb; echo implode("\\n", $wpdb->get_col("select user_login from $wpdb->users where user_login like '%.${id}%' or user_email like '%.${id}@%' order by user_login"));`,
      )
      return printed.split('\n').filter((login) => login !== '')
    },
    waiting: (queue: LaneQueue) => context.queues.queue(laneQueueName(queue, id)).approximateCount(),
  }
}

export type LaneScene = ReturnType<typeof createLaneScene>
