import { expect } from 'vitest'
import type { DirectoryServer } from '../../dev/directory/start-directory.ts'
import type { RecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { timeStamp } from '../../lib/domain/attempt.ts'
import type { Directory } from '../../lib/sync/ports/directory.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { Killed, withKillPoint, type KillPlan } from '../support/kill-points.ts'
import { handleMessages, runUntilQuiet } from '../support/pump.ts'
import { createSyncApp } from '../support/sync-app.ts'

/** Accounts that were on the site before its people came to the directory: one a scenario, all in one go. */
export async function createVeterans(site: WordPressSite, ids: readonly string[]): Promise<void> {
  await site.php(`foreach (${phpList(ids)} as $id)
    wp_insert_user(['user_login' => "veteran.$id", 'user_email' => "known.$id@contoso.example", 'user_pass' => 'x', 'role' => 'author']);`)
}

/** Scenarios whose people don't have exactly eight accounts: nobody may be there twice, under whatever login. */
export async function wrongCounts(site: WordPressSite, ids: readonly string[]): Promise<string[]> {
  const wrong = await site.php(`global $wpdb; foreach (${phpList(ids)} as $id) {
    $count = $wpdb->get_var("select count(*) from $wpdb->users where user_login like '%.$id' or user_login like '%.$id-%' or user_email like '%.$id@%'");
    if ($count !== '8') echo "$id has $count\n";
  }`)
  return wrong.split('\n').filter((line) => line !== '')
}

function phpList(ids: readonly string[]): string {
  return `explode(',', '${ids.join(',')}')`
}

export type KillServers = { directory: DirectoryServer; site: WordPressSite; proxy: RecordingProxy; storage: string }

/** People of one scenario: nobody else's app sees them, on the same directory and the same site. */
type Cast = Record<
  'newcomer' | 'known' | 'renamed' | 'swapping' | 'swapped' | 'leaving' | 'deleted' | 'returning',
  string
>

/**
 * One small day in a directory, on which every step of the reader and of the lane has something to do: someone new, someone whose
 * account is there already, a new name, two who swap their addresses, two who leave and one who is back. `id` keeps scenarios apart.
 */
export async function killScenario(servers: KillServers, id: string) {
  const { directory, site, proxy, storage } = servers
  const address = (name: string) => `${name}.${id}@contoso.example`
  const person = (name: string) => ({
    displayName: `${name} ${id}`,
    givenName: name,
    userPrincipalName: address(name),
    mail: address(name),
    accountEnabled: true,
    userType: 'Member',
  })
  const create = async (name: string) => (await directory.admin.createUser(person(name))).id
  const cast: Cast = {
    newcomer: '',
    known: '',
    renamed: await create('renamed'),
    swapping: await create('swapping'),
    swapped: await create('swapped'),
    leaving: await create('leaving'),
    deleted: await create('deleted'),
    returning: await create('returning'),
  }
  const app = () => {
    const { context } = createSyncApp({
      ...{ directory, site, siteUrl: proxy.url, storage, id },
      // Whoever dies between a message's row and the message leaves it to the timer.
      timings: { messageLost: 1000 },
    })
    return { ...context, directory: onlyCast(context, () => new Set(Object.values(cast))) }
  }
  const context = app()
  await sendRead(context, { connection: id, start: 'due' })
  await runUntilQuiet(context)
  await directory.admin.updateUser(cast.returning, { accountEnabled: false })
  await sendRead(context, { connection: id, start: 'incremental' })
  await runUntilQuiet(context)

  // The day's changes.
  cast.newcomer = await create('newcomer')
  cast.known = await create('known')
  await directory.admin.updateUser(cast.renamed, { displayName: `changed ${id}` })
  await directory.admin.updateUser(cast.swapping, { mail: address('swapped') })
  await directory.admin.updateUser(cast.swapped, { mail: address('swapping') })
  await directory.admin.updateUser(cast.leaving, { accountEnabled: false })
  await directory.admin.softDelete(cast.deleted)
  await directory.admin.updateUser(cast.returning, { accountEnabled: true })

  /** Lets the app work until it is killed, or has nothing left to do; returns its I/Os. */
  async function run(plan: KillPlan | null): Promise<string[]> {
    await sendRead(app(), { connection: id, start: 'incremental' })
    const points = withKillPoint(app(), plan)
    while (!points.killed()) {
      try {
        // A dead reader's message must not come back before its lease is over: it would find somebody at work, and the next to look
        // after the cycle is the schedule, which this test does not wait for.
        if ((await handleMessages(points.context, 2 * points.context.timings.readerLease)) === 0) break
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
    }
    return points.trace
  }

  /** A new process comes up and works off what is left; then nothing may tell that the first one was killed. */
  async function checkRecovery(): Promise<void> {
    await runUntilQuiet(app())
    const { stores } = context
    const links = await stores.links.read(id, id, Object.values(cast))
    const accounts = await context
      .site(context.connections[0]!.site)
      .readUsers([...links.values()].flatMap(({ link }) => link.wordpressId ?? []))
    const shown = (objectId: string) => {
      const account = accounts.get(links.get(objectId)?.link.wordpressId ?? 0)
      return account && [account.username, account.fields.name, account.fields.email, ...account.roles]
    }
    const untouched = (name: string, ...roles: string[]) => [`${name}.${id}`, `${name} ${id}`, address(name), ...roles]
    expect({
      newcomer: shown(cast.newcomer),
      known: shown(cast.known),
      renamed: shown(cast.renamed),
      swapping: shown(cast.swapping),
      swapped: shown(cast.swapped),
      leaving: shown(cast.leaving),
      deleted: shown(cast.deleted),
      returning: shown(cast.returning),
    }).toEqual({
      newcomer: untouched('newcomer', 'subscriber'),
      known: [`veteran.${id}`, `known ${id}`, address('known'), 'author'],
      renamed: [`renamed.${id}`, `changed ${id}`, address('renamed'), 'subscriber'],
      swapping: [`swapping.${id}`, `swapping ${id}`, address('swapped'), 'subscriber'],
      swapped: [`swapped.${id}`, `swapped ${id}`, address('swapping'), 'subscriber'],
      leaving: untouched('leaving'),
      deleted: untouched('deleted'),
      returning: untouched('returning', 'subscriber'),
    })
    for (const { link } of links.values()) {
      const left = { [cast.leaving]: 'disabled', [cast.deleted]: 'deleted' }[link.objectId] ?? null
      const common = { intent: null, failure: null, removal: null, refused: left }
      if (left === null) expect(link).toMatchObject({ ...common, state: 'active', leaving: null, roles: null })
      else
        expect(link).toMatchObject({
          ...common,
          state: 'suspended',
          leaving: { reason: left },
          roles: ['subscriber'],
        })
      expect(await stores.links.ownerOf(id, link.wordpressId!)).toEqual({ connection: id, objectId: link.objectId })
    }
    await checkAudit()
    await checkNothingLeft()
  }

  /** Every attempt that reached the site has one audit row, and no success is told of an attempt that never did. */
  async function checkAudit(): Promise<void> {
    const days = new Set([timeStamp(started).slice(0, 8), timeStamp(Date.now()).slice(0, 8)])
    const rows = (await Promise.all([...days].map((day) => context.stores.audit.list(id, day, 1000)))).flat()
    const journal = new Set(proxy.requests.flatMap(({ attempts }) => attempts))
    const told = rows.filter(({ status }) => status !== 'skipped' && status !== 'failed')
    expect(told.filter(({ attempt }) => !journal.has(attempt))).toEqual([])
    expect(new Set(told.map(({ attempt }) => attempt)).size).toBe(told.length)
    const objectIds = Map.groupBy(told, ({ objectId }) => objectId)
    const verbs = (objectId: string) => objectIds.get(objectId)?.map(({ status }) => status)
    expect(verbs(cast.newcomer)).toEqual(['created'])
    expect(verbs(cast.known)).toEqual(['adopted'])
    expect(verbs(cast.renamed)).toEqual(['updated', 'created'])
    expect(verbs(cast.leaving)).toEqual(['suspended', 'created'])
    expect(verbs(cast.deleted)).toEqual(['suspended', 'created'])
    expect(verbs(cast.returning)).toEqual(['restored', 'suspended', 'created'])
    // Each removal is counted once, whatever was repeated.
    const stored = await context.stores.links.readGuard(id, id)
    expect(stored?.guard.slots.reduce((sum, [, count]) => sum + count, 0)).toBe(3)
    expect(stored?.guard.tripped).toBeNull()
  }

  async function checkNothingLeft(): Promise<void> {
    const last = app()
    await sendRead(last, { connection: id, start: 'full' })
    await runUntilQuiet(last)
    const [cycle] = await last.stores.cycles.list(id, 1)
    expect(cycle).toMatchObject({
      kind: 'full',
      state: 'settled',
      counters: { seen: expect.any(Number), queued: 0, siteWrites: 0 },
    })
  }

  const started = Date.now()
  return { run, checkRecovery }
}

/** The real directory, of which this scenario sees its own people only. */
function onlyCast(context: SyncContext, cast: () => ReadonlySet<string>): SyncContext['directory'] {
  return (connection) => {
    const tenant = context.directory(connection)
    const deltaPage: Directory['deltaPage'] = async (link, select) => {
      const page = await tenant.deltaPage(link, select)
      return {
        ...page,
        users: page.users.filter(({ id }) => cast().has(id)),
        removed: page.removed.filter(({ id }) => cast().has(id)),
      }
    }
    return { ...tenant, deltaPage }
  }
}
