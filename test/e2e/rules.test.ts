import { beforeAll, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import type { SyncContext } from '../../lib/sync/context.ts'
import { createFlowScene } from '../support/flow-scene.ts'
import { listAccounts } from '../support/list-accounts.ts'
import type { LaneServers } from '../support/lane-scene.ts'
import { tableRows } from '../support/table-rows.ts'
import { useStops } from '../support/use-servers.ts'

/** Rules 5 to 7. Rule 2 is in kills.ts, 1, 3 and 4 in never-removed.test.ts. */

const stops = useStops()
const servers = {} as Omit<LaneServers, 'directory'>
let scenes = 0

beforeAll(async () => {
  const [azurite, site] = await Promise.all([startAzurite(), startEmbeddedWordPress({ version: '6.6-RC3' })])
  stops.push(azurite.stop, site.stop)
  Object.assign(servers, { site, storage: azurite.connectionString })
})

async function scene() {
  const directory = await startDirectory({ users: 0 })
  stops.push(directory.stop)
  trustDirectory(directory)
  const flow = await createFlowScene({ ...servers, directory }, `rules${++scenes}`)
  stops.push(flow.proxy.stop)
  return { ...flow, directory }
}

test('rule 5: a user without a change causes no WordPress write, no request and no message', async () => {
  const { cycle, people, proxy } = await scene()
  await people(4)
  expect((await cycle()).counters).toMatchObject({ created: 4 })
  await proxy.reset()
  const { kind, state, counters } = await cycle('full')
  expect({ kind, state }).toEqual({ kind: 'full', state: 'settled' })
  expect(counters).toMatchObject({ seen: 4, queued: 0, siteRequests: 0, siteWrites: 0 })
  expect(proxy.requests).toEqual([])
})

test('rule 5: a dry run writes cycles, audit and checkpoints of its own only', async () => {
  const { cycle, people, proxy, directory, id } = await scene()
  const [changed, gone] = await people(3)
  await cycle()
  await directory.admin.updateUser(changed!, { givenName: 'New' })
  await directory.admin.softDelete(gone!)
  const state = async () => ({
    links: await tableRows(servers.storage, 'Links', id),
    place: (await tableRows(servers.storage, 'Checkpoints', id))['users'],
    accounts: await listAccounts(servers.site),
  })
  const before = await state()
  await proxy.reset()
  const { dryRun, counters } = await cycle('full', { dryRun: true })
  expect({ dryRun, counters }).toMatchObject({ dryRun: true, counters: { updated: 1, suspended: 1 } })
  expect(proxy.requests.filter(({ write }) => write)).toEqual([])
  expect(await state()).toEqual(before)
})

test('rule 6: once linked, WordPress id and login stay the match; renames and new addresses are updates', async () => {
  const flow = await scene()
  const { cycle, directory, address, link } = flow
  const [anna] = await flow.people(1)
  await cycle()
  const { wordpressId, login } = (await link(anna!))!
  await directory.admin.updateUser(anna!, {
    ...{ givenName: 'Other', surname: 'Name', displayName: 'Other Name' },
    ...{ userPrincipalName: 'quite.different@contoso.example', mail: address('elsewhere') },
  })
  await cycle()
  expect(await link(anna!)).toMatchObject({ wordpressId, login })
  expect(await flow.accountOf(anna!)).toMatchObject({
    ...{ id: wordpressId, username: login },
    fields: { first_name: 'Other', name: 'Other Name', email: address('elsewhere') },
  })
  expect(await flow.told(anna!)).toEqual(['created', 'updated'])
  expect(await flow.accounts()).toHaveLength(1)
})

test('rule 7: secrets and personal values never reach logs, however the site and the directory fail', async () => {
  const { cycle, person, proxy, directory, address, context, connection } = await scene()
  const logged: unknown[] = []
  const log: SyncContext['log'] = (...entry) => void logged.push(entry)
  Object.assign(context, { log })
  const personal = ['Xaveria', 'Querulina', 'Geheimdienst', 'xaveria', address('xaveria')]
  const xaveria = await person('xaveria', { givenName: 'Xaveria', surname: 'Querulina', department: 'Geheimdienst' })
  await person('rival', { mail: address('xaveria') })
  await person('long', { mail: `${'x'.repeat(200)}@contoso.example`, jobTitle: 'Geheimdienst' })

  const { admin } = directory
  await cycle()
  for (const fault of [
    { kind: 'status', status: 500, requests: 1 },
    { kind: 'html', requests: 1 },
    { kind: 'cut-after', only: 'writes', requests: 1 },
    { kind: 'strip-authorization', requests: 1 },
    { kind: 'redirect', location: `https://elsewhere.example/?user=${address('xaveria')}`, requests: 1 },
  ] as const) {
    await admin.updateUser(xaveria, { jobTitle: `Geheimdienst ${fault.kind}` })
    await proxy.setFault(fault)
    await cycle('incremental')
  }
  await admin.setFault({ route: 'users/delta', breaks: 'truncate', times: 1 })
  await admin.softDelete(xaveria)
  await cycle('incremental')

  const secrets = [connection.site.applicationPassword, connection.clientSecret!]
  const text = JSON.stringify(logged)
  // A log without a word of all that would prove nothing.
  expect(logged.length).toBeGreaterThan(8)
  expect([...personal, ...secrets].filter((value) => text.includes(value))).toEqual([])
})
