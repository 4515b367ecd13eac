import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCycle } from '../../dev/run-cycle.ts'
import { startStack, type Stack } from '../../dev/stack.ts'
import type { FunctionsHost } from '../../dev/functions-host/start.ts'
import { runCommand } from '../../dev/sync/run-command.ts'
import { listAccounts } from '../support/list-accounts.ts'
import { listAudit } from '../support/list-audit.ts'

const people = 1000
const minutes = 60_000

/** The day that operators fear: a third of the directory is gone. With the real app, its routes and its command line. */
describe('30 % of 1,000 people are removed from the directory', () => {
  const started = Date.now()
  let stack: Stack
  let host: FunctionsHost
  let gone: string[]

  beforeAll(async () => {
    stack = await startStack({
      directory: { users: people },
      wordpress: 'native',
      settings: { SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    host = await stack.startApp()
    await runCycle(stack.context, 'default', 'due', { timeout: 10 * minutes })
    gone = (await linkedIds()).slice(0, 300)
  }, 15 * minutes)
  afterAll(() => stack?.stop())

  /** People whose account is active, in the order of their ids. */
  async function linkedIds(): Promise<string[]> {
    const { links } = stack.context.stores
    const ids: string[] = []
    const site = stack.context.connections[0]!.site.id
    for await (const { objectId, state } of links.fingerprints(site, 'default'))
      if (state === 'active') ids.push(objectId)
    return ids
  }
  const withoutRoles = async () => (await listAccounts(stack.wordpress)).filter(({ roles }) => roles.length === 0)
  const told = async (status: string) =>
    (await listAudit(stack.context, 'default', started)).filter((row) => row.status === status)

  async function sync(...argv: string[]): Promise<string> {
    const out: string[] = []
    const terminal = {
      print: (line: string) => void out.push(line),
      complain: (line: string) => void out.push(line),
      progress: () => {},
      now: Date.now,
      wait: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    }
    const code = await runCommand(argv, { SYNC_URL: host.url, SYNC_KEY: host.functionKey }, terminal)
    if (code !== 0) throw new Error(out.join('\n'))
    return out.join('\n')
  }

  test(
    'nobody loses the account, all are held, and the rest of the day goes on',
    { timeout: 10 * minutes },
    async () => {
      const { admin } = stack.directory
      for (const id of gone) await admin.softDelete(id)
      const { id: renamed } = (await admin.listUsers()).findLast(({ status }) => status === 'active')!.person
      await admin.updateUser(renamed, { displayName: 'Still Here' })
      await admin.createUser({
        displayName: 'New Here',
        mail: 'new.here@contoso.example',
        userPrincipalName: 'new.here@contoso.example',
      })

      const cycle = await runCycle(stack.context, 'default', 'incremental', { timeout: 5 * minutes })
      expect(cycle.counters).toMatchObject({ created: 1, updated: 1, suspended: 0, deleted: 0, held: 300, failed: 0 })
      expect(await withoutRoles()).toEqual([])
      expect((await told('held')).length).toBe(300)
      expect(await sync('held', '--json')).toContain('"held"')
      const [status] = JSON.parse(await sync('status', '--json')).connections
      expect(status).toMatchObject({ held: 300, guard: { tripped: { removals: 300, limit: expect.any(Number) } } })
    },
  )

  test('a full cycle and a new process change nothing about that', { timeout: 10 * minutes }, async () => {
    await host.stop()
    host = await stack.startApp()
    const cycle = await runCycle(stack.context, 'default', 'full', { timeout: 5 * minutes })
    expect(cycle.counters).toMatchObject({ suspended: 0, deleted: 0 })
    expect(await withoutRoles()).toEqual([])
    expect((await told('held')).length).toBe(300)
  })

  test(
    'those who are rejected stay; of those approved exactly the ones still gone are suspended',
    { timeout: 10 * minutes },
    async () => {
      const { admin } = stack.directory
      const [rejected, approved] = [gone.slice(0, 100), gone.slice(100)]
      const back = approved.slice(0, 20)
      await sync('reject', ...rejected)
      for (const id of back) await admin.restore(id)
      await sync('approve', '--all')
      await expect
        .poll(() => told('suspended').then((rows) => rows.length), { timeout: 5 * minutes, interval: 500 })
        .toBe(180)
      await runCycle(stack.context, 'default', 'incremental', { timeout: 5 * minutes })
      await runCycle(stack.context, 'default', 'full', { timeout: 5 * minutes })
      expect((await told('suspended')).map(({ objectId }) => objectId).sort()).toEqual(approved.slice(20).sort())
      expect((await withoutRoles()).length).toBe(180)
      const [status] = JSON.parse(await sync('status', '--json')).connections
      expect(status).toMatchObject({ held: 0, guard: { tripped: null } })
    },
  )
})
