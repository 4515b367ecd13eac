import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Person } from '../../dev/directory/person.ts'
import { runCycle } from '../../dev/run-cycle.ts'
import { startStack, type Stack } from '../../dev/stack.ts'
import { laneQueues } from '../../lib/domain/look.ts'
import { laneQueueName } from '../../lib/sync/send-looks.ts'
import { expectedAccount } from '../support/expected-account.ts'
import { listAccounts, type Account } from '../support/list-accounts.ts'
import { listAudit } from '../support/list-audit.ts'

const people = 2000
const minutes = 60_000

describe('2,000 people on a native WordPress', () => {
  const started = Date.now()
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({
      directory: { users: people },
      wordpress: 'native',
      settings: { SYNC_SCHEDULE: '0 0 0 1 1 *' },
    })
    await stack.startApp()
  }, 10 * minutes)
  afterAll(() => stack?.stop())

  /** The account of each linked person, by object id. */
  async function accountsByPerson(): Promise<Map<string, Account>> {
    const { context, wordpress, directory } = stack
    const ids = (await directory.admin.listUsers()).map(({ person }) => person.id)
    const links = await context.stores.links.read(context.connections[0]!.site.id, 'default', ids)
    const accounts = new Map((await listAccounts(wordpress)).map((account) => [account.id, account]))
    const found = [...links.values()].flatMap(({ link }): [string, Account][] => {
      const account = accounts.get(link.wordpressId ?? 0)
      if (link.wordpressId !== null && account?.login !== link.login) throw new Error('A link names another login')
      return account ? [[link.objectId, account]] : []
    })
    expect(found.length, 'accounts that no link names').toBe(accounts.size)
    return new Map(found)
  }

  test('all arrive with every field as the directory says it', { timeout: 20 * minutes }, async () => {
    const { context, directory } = stack
    const cycle = await runCycle(context, 'default', 'due', { timeout: 15 * minutes })
    const absent = await whoIsRefused(stack)
    expect(cycle).toMatchObject({
      kind: 'initial',
      counters: { created: people - absent.size, skipped: absent.size, adopted: 0, updated: 0, failed: 0 },
    })

    const accounts = await accountsByPerson()
    const wrong: unknown[] = []
    for (const { person } of await directory.admin.listUsers()) {
      const account = accounts.get(person.id)
      if (absent.has(person.id)) {
        if (account) wrong.push({ refused: person.displayName, account })
        continue
      }
      const expected = expectedAccount(person)
      const differing = Object.entries(expected).filter(([field, value]) => account?.[field as keyof Account] !== value)
      if (!account || differing.length > 0) wrong.push({ person, account, differing })
    }
    expect(wrong).toEqual([])

    const logins = [...accounts.values()].map(({ login }) => login)
    expect(new Set(logins.map((login) => login.toLowerCase())).size).toBe(logins.length)
    expect([...accounts.values()].filter(({ valid, roles }) => !valid || String(roles) !== 'subscriber')).toEqual([])

    const rows = await listAudit(context, 'default', started)
    const skipped = rows.filter(({ status }) => status === 'skipped')
    expect(new Map(skipped.map(({ objectId, reason }) => [objectId, reason]))).toEqual(absent)
    const created = rows.filter(({ status }) => status === 'created').map(({ objectId }) => objectId)
    expect(created.sort()).toEqual([...accounts.keys()].sort())
    expect(rows).toHaveLength(people)
  })

  test('a full cycle with nothing changed asks the site for nothing', { timeout: 5 * minutes }, async () => {
    const { context, proxy } = stack
    await proxy.reset()
    const cycle = await runCycle(context, 'default', 'full')
    expect(cycle).toMatchObject({ kind: 'full', counters: { queued: 0, siteRequests: 0, siteWrites: 0 } })
    expect(cycle.counters.dropped + cycle.counters.unchanged).toBe(people)
    expect(proxy.requests).toEqual([])
    const site = context.connections[0]!.site.id
    const waiting = laneQueues.map((name) => context.queues.queue(laneQueueName(name, site)).approximateCount())
    expect(await Promise.all(waiting)).toEqual(laneQueues.map(() => 0))
    // Messages are numbered in the row: none was sent.
    expect((await context.stores.checkpoints.read('default', 'users'))?.row).toMatchObject({ nextMessage: 0 })
  })

  test('50 changed people are written, and nobody else', { timeout: 10 * minutes }, async () => {
    const { context, directory, proxy } = stack
    const before = await accountsByPerson()
    const chosen = (await directory.admin.listUsers())
      .map(({ person }) => person)
      .filter(({ mail, userType }, index) => index >= 100 && mail && userType === 'Member')
      .slice(0, 50)
    await proxy.reset()
    const since = Date.now()
    await directory.admin.updateUsers(chosen.map((person, index) => ({ id: person.id, patch: change(person, index) })))
    const cycle = await runCycle(context, 'default', 'incremental')
    expect(cycle).toMatchObject({ kind: 'incremental', counters: { updated: 50, created: 0, failed: 0, skipped: 0 } })

    const ids = chosen.map(({ id }) => id).sort()
    const rows = await listAudit(context, 'default', since)
    expect(rows.map(({ objectId }) => objectId).sort()).toEqual(ids)
    expect(rows.filter(({ status }) => status !== 'updated')).toEqual([])
    const written = proxy.requests.filter(({ write }) => write).flatMap(({ attempts }) => attempts)
    expect(written.sort()).toEqual(rows.map(({ attempt }) => attempt).sort())

    const expected = new Map(before)
    for (const { person } of await directory.admin.listUsers())
      if (ids.includes(person.id)) expected.set(person.id, { ...before.get(person.id)!, ...expectedAccount(person) })
    expect(await accountsByPerson()).toEqual(expected)
  })
})

/** Each of them changes something else that is mapped. */
function change({ mail, preferredLanguage }: Person, index: number) {
  const changes = [
    { displayName: `Renamed ${index}` },
    { mail: `moved.${mail}` },
    { jobTitle: `Office ${index}`, department: null },
    { givenName: `Given ${index}`, surname: null },
    { preferredLanguage: preferredLanguage === 'de-DE' ? 'en-US' : 'de-DE' },
  ]
  return changes[index % changes.length]!
}

/** Who can't have an account, and why: the disabled, and whoever came second to a shared address. */
async function whoIsRefused({ directory, context }: Stack): Promise<Map<string, string>> {
  const all = (await directory.admin.listUsers()).map(({ person }) => person)
  const disabled = all.filter(({ accountEnabled }) => accountEnabled === false)
  const sharing = [...Map.groupBy(all, (person) => expectedAccount(person).email.toLowerCase()).values()].filter(
    (same) => same.length > 1,
  )
  expect([disabled.length, sharing.map((same) => same.length)], 'the seed has such people').toEqual([2, [2]])
  const pair = sharing.flat().map(({ id }) => id)
  const links = await context.stores.links.read(context.connections[0]!.site.id, 'default', pair)
  const second = pair.filter((id) => links.get(id)?.link.wordpressId === null)
  expect(second, 'one of the two has the address').toHaveLength(1)
  return new Map([
    ...disabled.map(({ id }): [string, string] => [id, 'disabled']),
    ...second.map((id): [string, string] => [id, 'email-taken']),
  ])
}
