import { TableServiceClient } from '@azure/data-tables'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FunctionsHost } from '../../dev/functions-host/start.ts'
import { runCycle } from '../../dev/run-cycle.ts'
import { startStack, type Stack } from '../../dev/stack.ts'
import { timeStamp } from '../../lib/domain/attempt.ts'
import type { AuditRow } from '../../lib/domain/audit.ts'
import { laneQueues, type LookMessage } from '../../lib/domain/look.ts'
import { laneQueueName, poisonName, sendDrain, sendLooks } from '../../lib/sync/send-looks.ts'
import { noConnection } from '../../lib/sync/report-poison.ts'
import { version } from '../../lib/version.ts'
import { fireFunction } from '../support/fire-function.ts'
import { listAccounts } from '../support/list-accounts.ts'
import { listAudit } from '../support/list-audit.ts'
import { base64 } from './use-hosts.ts'

const patience = { timeout: 120_000, interval: 100 }
const day = 24 * 3600_000

describe('the functions of the app', () => {
  let stack: Stack
  let host: FunctionsHost
  let site: string

  beforeAll(async () => {
    stack = await startStack({
      directory: { users: 3 },
      wordpress: 'embedded',
      settings: { SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    site = stack.context.connections[0]!.site.id
    host = await stack.startApp()
  })
  afterAll(() => stack?.stop())

  const queue = (name: string) =>
    QueueServiceClient.fromConnectionString(stack.environment['AzureWebJobsStorage']!).getQueueClient(name)
  const count = (name: string) => stack.context.queues.queue(name).approximateCount()
  const lanes = () => laneQueues.map((name) => laneQueueName(name, site))
  const log = (event: string) => [...host.output().matchAll(new RegExp(` ${event}`, 'g'))].length
  const look = (ids: string[]): LookMessage => {
    return { connection: 'default', ids, trigger: 'on-demand', signal: Date.now(), cycle: null, number: null }
  }
  let joined = 0
  async function join(): Promise<{ id: string; email: string }> {
    const email = `joined.${++joined}@contoso.example`
    const person = { displayName: `Joined ${joined}`, userPrincipalName: email, mail: email }
    return { id: (await stack.directory.admin.createUser(person)).id, email }
  }
  const emails = async () => (await listAccounts(stack.wordpress)).map(({ email }) => email)

  test('health says that it is well, and nothing else', async () => {
    const answer = await fetch(`${host.url}/api/health`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok', version }])
  })

  test('sync-directory, fired by hand, brings the people', async () => {
    expect(await fireFunction(host, 'sync-directory')).toBe(202)
    const state = async () => (await stack.context.stores.cycles.list('default', 1))[0]?.state
    await expect.poll(state, patience).toBe('settled')
    const [cycle] = await stack.context.stores.cycles.list('default', 1)
    expect(cycle).toMatchObject({ kind: 'initial', trigger: 'timer', error: null, counters: { created: 3, failed: 0 } })
    const people = await stack.directory.admin.listUsers()
    expect((await emails()).sort()).toEqual(people.map(({ person }) => String(person.mail)).sort())
  })

  describe('garbage in a queue', () => {
    const started = Date.now()
    const garbage = {
      'read-directory': { connection: 'nobody', start: 'due' },
      drain: { site: 'nowhere' },
    }
    const stranger = { ...look(['11111111-2222-4333-8444-555555555555']), connection: 'nobody' }

    test.each(['read-directory', 'drain'] as const)('%s: goes to poison at once and stops nothing', async (name) => {
      const failures = log('Executed .* \\(Failed')
      await queue(name).sendMessage('a text that is not encoded: <xml/>')
      for (const text of ['{"connection": "defau', '{"surprise": true}', JSON.stringify(garbage[name])])
        await queue(name).sendMessage(base64(text))
      await expect.poll(() => count(poisonName(name)), patience).toBe(4)
      await expect.poll(() => count(name), patience).toBe(0)
      // The library or we put it there: it is not tried five times first.
      expect(log('Executed .* \\(Failed')).toBe(failures)

      const { id } = await join()
      const cycle = await runCycle(stack.context, 'default', 'incremental')
      expect(cycle.counters).toMatchObject({ created: 1, failed: 0 })
      const links = await stack.context.stores.links.read(site, 'default', [id])
      expect(links.get(id)?.link).toMatchObject({ state: 'active', intent: null })
    })

    test.each(laneQueues)('%s of a site: goes to poison, and good messages behind it are handled', async (lane) => {
      const name = laneQueueName(lane, site)
      const person = await join()
      await queue(name).createIfNotExists()
      await queue(name).sendMessage('a text that is not encoded: <xml/>')
      for (const text of ['{"connection": "defau', '{"surprise": true}', JSON.stringify(stranger)])
        await queue(name).sendMessage(base64(text))
      await sendLooks(stack.context, site, lane, look([person.id]))
      await sendDrain(stack.context, site)
      await expect.poll(() => count(poisonName(name)), patience).toBe(4)
      // A look at a photo makes no account: it is let go, for nobody has configured photos.
      if (lane === 'photos') await expect.poll(() => count(name), patience).toBe(0)
      else await expect.poll(emails, patience).toContain(person.email)
    })

    test('wake-lanes tells all of it in the audit, once, and keeps it', async () => {
      const rows = async () =>
        (await Promise.all([noConnection, 'nobody'].map((id) => listAudit(stack.context, id, started)))).flat()
      const runs = log("Executed 'wake-lanes' \\(Succeeded")
      await fireFunction(host, 'wake-lanes')
      const names = ['read-directory', 'drain', ...lanes()]
      const tellings = (all: AuditRow[]) => all.map(({ error }) => String(error)).sort()
      const expected = names.flatMap((name) =>
        Array.from({ length: 4 }, () => `A message of ${name} could not be handled. It lies in ${poisonName(name)}.`),
      )
      await expect.poll(async () => tellings(await rows()), patience).toEqual(expected.sort())
      for (const row of await rows())
        expect(row).toMatchObject({ status: 'failed', reason: 'poison', trigger: 'poison', tries: 1, changes: [] })
      expect((await rows()).filter(({ connection }) => connection === 'nobody')).toHaveLength(laneQueues.length)
      expect(JSON.stringify(await rows())).not.toMatch(/xml|surprise|defau"/)

      await fireFunction(host, 'wake-lanes')
      await expect.poll(() => log("Executed 'wake-lanes' \\(Succeeded"), patience).toBeGreaterThanOrEqual(runs + 2)
      expect(tellings(await rows())).toEqual(expected.sort())
      expect(await Promise.all(names.map((name) => count(poisonName(name))))).toEqual(names.map(() => 4))
    })
  })

  describe('messages that processes died of', () => {
    /** As so many dead processes leave it: received, and never deleted. */
    async function receiveInVain(name: string, times: number): Promise<void> {
      for (let time = 0; time < times; time++) {
        const { receivedMessageItems: items } = await queue(name).receiveMessages({ visibilityTimeout: 600 })
        expect(items.map(({ dequeueCount }) => dequeueCount)).toEqual([time + 1])
        for (const item of items) await queue(name).updateMessage(item.messageId, item.popReceipt, undefined, 0)
      }
    }

    test('the host moves one of a triggered queue to poison after five, unseen; ours are split, then put off', async () => {
      const [first, second, last] = [await join(), await join(), await join()]
      const { context } = stack
      await host.stop()
      const poisoned = await count(poisonName('read-directory'))
      await context.queues.queue('read-directory').send(JSON.stringify({ connection: 'default', start: 'due' }))
      await receiveInVain('read-directory', 5)
      await sendLooks(context, site, 'now', look([first.id, second.id]))
      await receiveInVain(laneQueueName('now', site), 3)
      await sendLooks(context, site, 'bulk', look([last.id]))
      await receiveInVain(laneQueueName('bulk', site), 7)
      const cycles = await context.stores.cycles.list('default', 100)

      host = await stack.startApp()
      await sendDrain(context, site)
      await expect.poll(() => count(poisonName('read-directory')), patience).toBe(poisoned + 1)
      expect(log("Executing 'read-directory'")).toBe(0)
      expect(await context.stores.cycles.list('default', 100)).toHaveLength(cycles.length)

      await expect.poll(emails, patience).toEqual(expect.arrayContaining([first.email, second.email]))
      expect(host.output()).toMatch(/message split into single users .*"users":2/)
      await expect.poll(() => log('user looked at too often without an end'), patience).toBe(1)
      const due = await context.stores.links.dueLooks(site, Date.now() + 2 * day)
      expect(due.filter(({ objectId }) => objectId === last.id)).toHaveLength(1)
      expect(await emails()).not.toContain(last.email)
    })
  })

  test('clean-up-audit drops the tables of days before the retention, and no other', async () => {
    const { audit } = stack.context.stores
    const dayOf = (age: number) => timeStamp(Date.now() - age * day).slice(0, 8)
    const [row] = await listAudit(stack.context, 'default', Date.now() - day)
    const ages = [400, 32, 31, 29, 1]
    await audit.write(ages.map((age) => ({ ...row!, attempt: `${dayOf(age)}T000000000Z-0123456789ab` })))
    const tables = TableServiceClient.fromConnectionString(stack.environment['AzureWebJobsStorage']!, {
      allowInsecureConnection: true,
    })
    await tables.createTable('AuditOfSomebodyElse')
    const names = async () => {
      const found: string[] = []
      for await (const { name } of tables.listTables()) if (name) found.push(name)
      return found
    }
    const before = await names()
    expect(before).toEqual(expect.arrayContaining(ages.map((age) => `Audit${dayOf(age)}`)))

    expect(await fireFunction(host, 'clean-up-audit')).toBe(202)
    const old = [400, 32, 31].map((age) => `Audit${dayOf(age)}`)
    const kept = before.filter((name) => !old.includes(name)).sort()
    await expect.poll(async () => (await names()).sort(), patience).toEqual(kept)
    expect(await audit.list(row!.connection, dayOf(29), 10)).toHaveLength(1)
  })

  test('wrong settings: health says so, the log tells every fault with its path, nothing else happens', async () => {
    await host.stop()
    const { context, environment } = stack
    await sendLooks(context, site, 'now', look([(await join()).id]))
    const waiting = await count(laneQueueName('now', site))
    host = await stack.startApp({
      AZURE_TENANT_ID: 'planted-tenant-name',
      WORDPRESS_URL: 'http://www.planted.example',
      GRAPH_BASE_URL: 'ftp://planted.example',
      SYNC_CONFIG: JSON.stringify({
        defaults: { mapping: { nickname: 'givenName &', url: 'mySite' } },
        audit: { retentionDays: 'planted' },
        surprise: 'planted',
      }),
    })
    const answer = await fetch(`${host.url}/api/health`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'misconfigured', version }])

    const faults = [
      /^- AZURE_TENANT_ID: must be the tenant’s id, a GUID/m,
      /^- WORDPRESS_URL: must begin with https:\/\/ .*application passwords must not travel in the clear/m,
      /^- GRAPH_BASE_URL: must be an https address/m,
      /^- SYNC_CONFIG\.defaults\.mapping\.nickname: .*near character \d+/m,
      /^- SYNC_CONFIG\.defaults\.mapping\.url: Microsoft Graph/m,
      /^- SYNC_CONFIG\.audit\.retentionDays: /m,
      /^- SYNC_CONFIG\.surprise: is no known key/m,
    ]
    await host.outputMatching(/The settings have \d+ faults/)
    for (const fault of faults) await host.outputMatching(fault)
    expect(host.output()).toContain(`The settings have ${faults.length} faults`)

    await fireFunction(host, 'sync-directory')
    await fireFunction(host, 'wake-lanes')
    await host.outputMatching(/Executed 'sync-directory' \(Failed/)
    await host.outputMatching(/Executed 'wake-lanes' \(Failed/)
    expect([await count('read-directory'), await count(laneQueueName('now', site))]).toEqual([0, waiting])

    const key = /AccountKey=([^;]+)/.exec(environment['AzureWebJobsStorage']!)![1]!
    const secrets = [environment['AZURE_CLIENT_SECRET']!, environment['WORDPRESS_APP_PASSWORD']!, key]
    for (const secret of [...secrets, ...secrets.map((text) => text.replaceAll(' ', '')), 'planted'])
      expect(host.output()).not.toContain(secret)
  })
})
