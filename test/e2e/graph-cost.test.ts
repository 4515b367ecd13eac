import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { createMemoryFlow } from '../support/memory-flow.ts'

/** What a cycle costs the tenant, in resource units as documented: the simulated directory counts them. */

let storage: string
let directory: DirectoryServer
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  const [azurite, started] = await Promise.all([
    startAzurite(),
    startDirectory({
      users: 1000,
      groups: [
        { name: 'Staff', members: 600 },
        { name: 'Editors', members: 100, nestedIn: 'Staff' },
        { name: 'Friends', members: 300 },
      ],
    }),
  ])
  stops.push(azurite.stop, started.stop)
  storage = azurite.connectionString
  directory = started
  trustDirectory(directory)
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

/**
 * However many people there are: the tenant, their number, the place in the groups stream, and for each of three groups that it is there, its
 * people and its nested groups (a page of 999 at 4 units).
 */
const fixedUnits = 6 + 3 * (1 + 4 + 4)

test('a first cycle of 1,000 people with three groups costs under 100 units, one with nothing changed under 25 beside the groups', async () => {
  const groups = (await directory.admin.listGroups()).map(({ group }) => group.id).sort()
  const flow = createMemoryFlow({ directory, storage, policy: { scope: { groups } } })
  const cycle = async (start: 'due' | 'full') => {
    await directory.admin.resetCounters()
    return { cycle: await flow.cycle(start), ...(await directory.admin.counters()) }
  }
  const first = await cycle('due')
  expect(first.cycle).toMatchObject({ kind: 'initial', state: 'settled', error: null })
  expect(first.cycle.counters.created).toBeGreaterThan(600)
  expect(first.resourceUnits).toBeLessThan(100)
  const full = await cycle('full')
  expect(full.cycle).toMatchObject({ kind: 'full', state: 'settled', counters: { queued: 0, siteRequests: 0 } })
  expect(full.requests).toMatchObject({ 'groups/{id}/transitiveMembers': 6, getByIds: 1 })
  expect(full.resourceUnits - fixedUnits).toBeLessThan(25)
})
