import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FunctionsHost } from '../../dev/functions-host/start.ts'
import { startStack, type Stack } from '../../dev/stack.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { listAccounts } from '../support/list-accounts.ts'
import { listAudit } from '../support/list-audit.ts'

const people = 200
const minutes = 60_000

describe('the host is killed in the middle of a first sync', () => {
  const started = Date.now()
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({
      directory: { users: people },
      wordpress: 'native',
      // The real durations, a tenth of them: what a dead process has in hand comes back after half a minute, not after five.
      settings: { SYNC_SCHEDULE: '0 0 0 1 1 *', SYNC_TIME_SCALE: '0.1', FUNCTIONS_HOST_TIME_SCALE: '0.05' },
    })
  }, 10 * minutes)
  afterAll(() => stack?.stop())

  /** Kills the host once it has sent so many more write requests: their answers are heard by nobody. */
  async function killAfter(host: FunctionsHost, writes: number): Promise<void> {
    const count = () => stack.proxy.requests.filter(({ write }) => write).length
    const before = count()
    await expect.poll(() => count() - before, { timeout: 5 * minutes, interval: 5 }).toBeGreaterThanOrEqual(writes)
    await host.kill()
  }

  test('started again it ends with each exactly once', { timeout: 20 * minutes }, async () => {
    const { context, directory, proxy, wordpress } = stack
    await sendRead(context, { connection: 'default', start: 'due' })
    await killAfter(await stack.startApp(), 1)
    const afterFirst = await listAccounts(wordpress)
    await killAfter(await stack.startApp(), 3)
    const afterSecond = await listAccounts(wordpress)
    // Or this would be no middle.
    expect(afterSecond.length).toBeGreaterThan(afterFirst.length)
    expect(afterSecond.length).toBeLessThan(people - 3)

    await stack.startApp()
    const state = async () => (await context.stores.cycles.list('default', 1))[0]?.state
    await expect.poll(state, { timeout: 10 * minutes, interval: 500 }).toBe('settled')

    const all = (await directory.admin.listUsers()).map(({ person }) => person)
    const rows = await listAudit(context, 'default', started)
    const byPerson = Map.groupBy(rows, ({ objectId }) => objectId)
    const told = (id: string) => String(byPerson.get(id)?.map(({ status, reason }) => reason ?? status))
    const refused = all.filter(({ id }) => told(id) === 'disabled' || told(id) === 'email-taken')
    expect(refused.filter(({ accountEnabled }) => accountEnabled === false)).toHaveLength(2)
    expect(refused.filter(({ mail }) => mail === 'reception@contoso.example')).toHaveLength(1)
    expect(refused).toHaveLength(3)
    const present = all.filter((person) => !refused.includes(person))
    const untold = present.filter(({ id }) => told(id) !== 'created')
    expect(untold.map(({ id, displayName }) => ({ displayName, rows: byPerson.get(id) }))).toEqual([])

    const links = await context.stores.links.read(
      context.connections[0]!.site.id,
      'default',
      present.map(({ id }) => id),
    )
    const linked = present.map(({ id }) => links.get(id)?.link.wordpressId)
    const accounts = await listAccounts(wordpress)
    expect(new Set(accounts.map(({ id }) => id))).toEqual(new Set(linked))
    expect(accounts).toHaveLength(linked.length)
    expect(new Set(accounts.map(({ email }) => email.toLowerCase())).size).toBe(accounts.length)
    expect([...links.values()].filter(({ link }) => link.intent || link.failure || link.state !== 'active')).toEqual([])

    // Every account of the audit was asked for under its attempt, and under no other that anybody took for done.
    const journal = new Set(proxy.requests.flatMap(({ attempts }) => attempts))
    expect(rows.filter(({ status, attempt }) => status === 'created' && !journal.has(attempt))).toEqual([])
  })
})
