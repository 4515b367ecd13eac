import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import type { PersonPatch } from '../../dev/directory/person.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { compileExpression } from '../../lib/domain/expression.ts'
import type { Cycle } from '../../lib/domain/cycle.ts'
import { decideRemovals } from '../../lib/sync/decide-removals.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { joinApps } from '../support/join-apps.ts'
import { listAudit } from '../support/list-audit.ts'
import { createMemorySite } from '../support/memory-site.ts'
import { handleMessages, runUntilQuiet } from '../support/pump.ts'
import { createSyncApp, type SyncAppOptions } from '../support/sync-app.ts'

/** Many directories to one site, and one directory to many sites. */

type Policy = NonNullable<SyncAppOptions['policy']>

let site: WordPressSite
let storage: string
let scenes = 0
const directories = {} as Record<'east' | 'west', DirectoryServer>
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  const [azurite, started, east, west] = await Promise.all([
    startAzurite(),
    startEmbeddedWordPress({ version: '6.6-RC3' }),
    startDirectory({ users: 0 }),
    startDirectory({ users: 0, seed: 2 }),
  ])
  stops.push(azurite.stop, started.stop, east.stop, west.stop)
  storage = azurite.connectionString
  site = started
  Object.assign(directories, { east, west })
  for (const directory of [east, west]) trustDirectory(directory)
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

/** Whose department is another scene's is nobody here; who left the scope is in none. */
function scopeOf(id: string) {
  const compiled = compileExpression(`department = "${id}"`)
  if (!compiled.ok) throw new Error('the filter of the test does not compile')
  return { filter: compiled.expression }
}

/** Two tenants on one site. */
function createPair(policy: Policy = {}) {
  const id = `pair${++scenes}`
  const started = Date.now()
  const app = (name: 'east' | 'west', more: Policy) =>
    createSyncApp({
      directory: directories[name],
      site,
      storage,
      id,
      connectionId: `${id}-${name}`,
      policy: { ...more, scope: scopeOf(id) },
    })
  const apps = { east: app('east', policy), west: app('west', {}) }
  const context = joinApps([apps.east, apps.west])
  const { links, cycles } = context.stores
  const sideOf = (name: 'east' | 'west') => {
    const { connection } = apps[name]
    const { admin } = directories[name]
    const link = async (person: string) => (await links.read(id, connection.id, [person])).get(person)?.link
    return {
      admin,
      connection,
      link,
      async person(mailName: string, patch: PersonPatch = {}): Promise<string> {
        const mail = `${mailName}.${id}@contoso.example`
        const person = { displayName: `${mailName} of ${name}`, mail, userPrincipalName: `${name}.${mail}` }
        const { id: objectId } = await admin.createUser({
          ...person,
          accountEnabled: true,
          userType: 'Member',
          department: id,
          ...patch,
        })
        return objectId
      },
      async cycle(start: 'due' | 'incremental' | 'full' = 'incremental'): Promise<Cycle> {
        await sendRead(context, { connection: connection.id, start })
        await runUntilQuiet(context)
        return (await cycles.list(connection.id, 1))[0]!
      },
      lastCycle: async () => (await cycles.list(connection.id, 1))[0]!,
      async look(person: string): Promise<void> {
        const look = { connection: connection.id, ids: [person], trigger: 'on-demand', signal: Date.now() }
        const message = { ...look, cycle: null, number: null }
        await context.queues.queue(laneQueueName('now', id)).send(JSON.stringify(message))
        await context.queues.queue('drain').send(JSON.stringify({ site: id }))
      },
      async told(person: string): Promise<string[]> {
        const rows = (await listAudit(context, connection.id, started)).filter(({ objectId }) => objectId === person)
        return rows.reverse().map(({ status, reason }) => (reason === null ? status : `${status} ${reason}`))
      },
      async account(person: string) {
        const { wordpressId } = (await link(person))!
        return (await context.site(connection.site).readUsers([wordpressId ?? 0])).get(wordpressId ?? 0)
      },
    }
  }
  return { id, context, east: sideOf('east'), west: sideOf('west') }
}

test('a person whom two tenants claim stays the first one’s; the second is refused and told', async () => {
  const { east, west, id, context } = createPair()
  const [first, second] = [await east.person('anna'), await west.person('anna')]
  await east.cycle()
  expect((await west.cycle()).counters).toMatchObject({ created: 0, adopted: 0, skipped: 1 })
  expect(await west.told(second)).toEqual(['skipped email-taken'])
  expect(await west.link(second)).toMatchObject({ state: 'unlinked', wordpressId: null })

  await west.admin.updateUser(second, { displayName: 'Somebody Else' })
  await west.cycle()
  expect((await east.account(first))?.fields.name).toBe('anna of east')
  await east.admin.updateUser(first, { displayName: 'New Name' })
  await east.cycle()
  const account = await east.account(first)
  expect(account?.fields.name).toBe('New Name')
  expect(await context.stores.links.ownerOf(id, account!.id)).toEqual({ connection: `${id}-east`, objectId: first })
  // Both have a checkpoint and cycles of their own.
  for (const { connection } of [east, west])
    expect(await context.stores.checkpoints.read(connection.id, 'users')).toMatchObject({ row: { phase: 'idle' } })
})

describe('an account whose owner left the first tenant', () => {
  test.each([
    ['by soft deletion', 'deleted'],
    ['by leaving the scope', 'out-of-scope'],
  ] as const)('%s goes to the second with its roles and content, and is not given back', async (_, reason) => {
    const { east, west, id, context } = createPair()
    const [first, second] = [await east.person('anna'), await west.person('anna')]
    await east.cycle()
    await west.cycle()
    const { id: accountId, username } = (await east.account(first))!
    const post = await site.php(`get_user_by('id', ${accountId})->set_role('editor');
      echo wp_insert_post(['post_title' => 'Mine', 'post_status' => 'publish', 'post_author' => ${accountId}]);`)

    if (reason === 'deleted') await east.admin.softDelete(first)
    else await east.admin.updateUser(first, { department: 'Elsewhere' })
    await east.cycle()
    expect(await east.told(first)).toEqual(['created', `suspended ${reason}`])
    await west.look(second)
    await runUntilQuiet(context)
    expect(await west.told(second)).toEqual(['skipped email-taken', 'adopted handed-over'])
    expect(await west.account(second)).toMatchObject({
      id: accountId,
      username,
      roles: ['editor'],
      fields: { name: 'anna of west' },
    })
    expect(await site.php(`echo get_post(${post})->post_author;`)).toBe(String(accountId))
    expect(await east.link(first)).toMatchObject({ state: 'deleted', wordpressId: null, removal: null })
    expect(await context.stores.links.ownerOf(id, accountId)).toEqual({ connection: `${id}-west`, objectId: second })

    if (reason === 'deleted') await east.admin.restore(first)
    else await east.admin.updateUser(first, { department: id })
    await east.cycle()
    expect(await east.told(first)).toEqual(['created', `suspended ${reason}`, 'skipped email-taken'])
    for (const side of [east, west]) expect(await side.cycle('full')).toMatchObject({ counters: { siteWrites: 0 } })
    expect(await west.account(second)).toMatchObject({ id: accountId, roles: ['editor'] })
  })

  test('is not handed over while the guard holds the removal, for nobody has decided that they left', async () => {
    const { east, west, context } = createPair({ guard: { most: 0, percent: 0, fewest: 0 } })
    const [first, second] = [await east.person('anna'), await west.person('anna')]
    await east.cycle()
    await west.cycle()
    const { id: accountId } = (await east.account(first))!
    await east.admin.softDelete(first)
    expect((await east.cycle()).counters).toMatchObject({ held: 1, suspended: 0 })
    await west.look(second)
    await runUntilQuiet(context)
    expect(await west.told(second)).toEqual(['skipped email-taken'])
    expect(await east.link(first)).toMatchObject({ state: 'active', wordpressId: accountId })

    await decideRemovals(context, east.connection, 'approve', 'all')
    await runUntilQuiet(context)
    expect(await east.told(first)).toEqual(['created', 'held deleted', 'suspended deleted, approved'])
    await west.look(second)
    await runUntilQuiet(context)
    expect(await west.account(second)).toMatchObject({ id: accountId, roles: ['subscriber'] })
  })

  test('stays theirs while they are only disabled', async () => {
    const { east, west, context } = createPair()
    const [first, second] = [await east.person('anna'), await west.person('anna')]
    await east.cycle()
    await east.admin.updateUser(first, { accountEnabled: false })
    await east.cycle()
    await west.cycle()
    await west.look(second)
    await runUntilQuiet(context)
    expect(await west.told(second)).toEqual(['skipped email-taken'])
    await east.admin.updateUser(first, { accountEnabled: true })
    await east.cycle()
    expect(await east.told(first)).toEqual(['created', 'suspended disabled', 'restored'])
  })
})

describe('a tenant that can’t be signed in to', () => {
  test.each([
    ['refuses the secret', { status: 401, code: 'invalid_client' }],
    ['cuts the connection', { breaks: 'disconnect' }],
  ] as const)('because it %s delays nobody of the other one', async (_, fault) => {
    const { east, west, context } = createPair()
    const [there, here] = [await east.person('anna'), await west.person('bert')]
    await east.cycle()
    await west.cycle()
    await east.admin.expireTokens()
    await east.admin.setFault({ route: 'token', ...fault })
    await east.admin.updateUser(there, { displayName: 'New Anna' })
    await west.admin.updateUser(here, { displayName: 'New Bert' })
    await east.look(there)
    for (const { connection } of [east, west])
      await sendRead(context, { connection: connection.id, start: 'incremental' })
    // Whatever can be done now; what waits for the broken one is put off meanwhile.
    for (let round = 0; round < 3; round++) await handleMessages(context)
    expect((await west.account(here))?.fields.name).toBe('New Bert')
    expect(await west.lastCycle()).toMatchObject({ state: 'settled', error: null, counters: { updated: 1 } })
    const broken = await east.lastCycle()
    expect(broken).toMatchObject({ kind: 'incremental', state: 'reading', counters: { queued: 0 } })
    expect(broken.error).toMatch(/\w/)
    expect(await east.link(there)).toMatchObject({ state: 'active', failure: null, leaving: null })

    await east.admin.clearFaults()
    await east.cycle('due')
    expect((await east.account(there))?.fields.name).toBe('New Anna')
    expect((await east.lastCycle()).error).toBeNull()
  })
})

test('one directory on two sites: each has its own scope, accounts and removals', async () => {
  const id = `pair${++scenes}`
  const directory = directories.east
  const app = (name: string, scope: Policy['scope']) => {
    const policy = { ...(scope && { scope }) }
    return createSyncApp({ directory, site, storage, id: `${id}-${name}`, policy })
  }
  const [blog, shop] = [app('blog', scopeOf(id)), app('shop', { filter: null })]
  const [blogSite, shopSite] = [createMemorySite(), createMemorySite()]
  Object.assign(blog.context, { site: () => blogSite })
  Object.assign(shop.context, { site: () => shopSite })
  const context = joinApps([blog, shop])
  const cycle = async () => {
    for (const { connection } of [blog, shop])
      await sendRead(context, { connection: connection.id, start: 'incremental' })
    await runUntilQuiet(context)
  }
  const mail = `anna.${id}@contoso.example`
  const person = { displayName: 'anna', mail, accountEnabled: true, userType: 'Member', department: id }
  const { id: anna } = await directory.admin.createUser(person)
  await cycle()
  const rolesOn = (there: ReturnType<typeof createMemorySite>) =>
    [...there.accounts.values()].flatMap(({ fields, roles }) => (fields.email === mail ? [roles] : []))
  expect([rolesOn(blogSite), rolesOn(shopSite)]).toEqual([[['subscriber']], [['subscriber']]])

  await directory.admin.updateUser(anna, { department: 'Elsewhere' })
  await cycle()
  expect([rolesOn(blogSite), rolesOn(shopSite)]).toEqual([[[]], [['subscriber']]])
  await directory.admin.softDelete(anna)
  await cycle()
  expect([rolesOn(blogSite), rolesOn(shopSite)]).toEqual([[[]], [[]]])
})
