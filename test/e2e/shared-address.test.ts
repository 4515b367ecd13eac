import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { listAccounts } from '../support/list-accounts.ts'
import { listAudit } from '../support/list-audit.ts'
import { runUntilQuiet } from '../support/pump.ts'
import { createSyncApp } from '../support/sync-app.ts'

const stops: (() => Promise<void>)[] = []
let directory: DirectoryServer
let site: WordPressSite
let proxy: RecordingProxy
let storage: string
beforeAll(async () => {
  const [azurite, people, wordpress] = await Promise.all([
    startAzurite(),
    startDirectory({ users: 0 }),
    startEmbeddedWordPress(),
  ])
  stops.push(azurite.stop, people.stop, wordpress.stop)
  proxy = await startRecordingProxy(wordpress.url)
  stops.push(proxy.stop)
  trustDirectory(people)
  directory = people
  site = wordpress
  storage = azurite.connectionString
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

test('an account whose creation got no answer is its maker’s, not of whoever has the same address', async () => {
  const started = Date.now()
  const mail = 'reception@contoso.example'
  for (const name of ['one', 'two', 'three'])
    await directory.admin.createUser({ displayName: name, userPrincipalName: `${name}@contoso.example`, mail })
  const { context } = createSyncApp({ directory, site, siteUrl: proxy.url, storage })
  await proxy.setFault({ kind: 'cut-after', only: 'writes', requests: 1 })
  await sendRead(context, { connection: 'test', start: 'due' })
  // Refusals are looked at daily, from rows: the queues do become empty.
  await runUntilQuiet(context)

  const [account, ...others] = await listAccounts(site)
  expect(others).toEqual([])
  const rows = await listAudit(context, 'test', started)
  const told = rows.map(({ status, reason, who, wordpressId }) => [who.username, status, reason, wordpressId])
  expect(told.filter(([, status]) => status !== 'skipped')).toEqual([[account!.login, 'created', null, account!.id]])
  expect(told.filter(([, status]) => status === 'skipped').map(([, , reason]) => reason)).toEqual([
    'email-taken',
    'email-taken',
  ])
  const created = rows.find(({ status }) => status === 'created')
  expect(created?.who.userPrincipalName).toBe(`${account!.login}@contoso.example`)
  expect(proxy.requests.filter(({ write }) => write)[0]?.attempts).toEqual([created?.attempt])
})
