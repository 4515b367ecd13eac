import { randomUUID } from 'node:crypto'
import pLimit from 'p-limit'
import { beforeAll, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory, type DirectoryServer } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import type { RolePolicy } from '../../lib/domain/role-rules.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { Killed, withKillPoint, type KillPlan } from '../support/kill-points.ts'
import { createMemoryFlow } from '../support/memory-flow.ts'
import { handleMessages, runUntilQuiet } from '../support/pump.ts'
import { noRoles } from '../support/sync-app.ts'
import { useStops } from '../support/use-servers.ts'

/** Somebody loses all roles by rules, somebody moves, somebody comes, and the process ends at any I/O: nobody may be able to tell. */

const stops = useStops()
let directory: DirectoryServer
let storage: string

beforeAll(async () => {
  const [azurite, server] = await Promise.all([startAzurite(), startDirectory({ users: 0 })])
  stops.push(azurite.stop, server.stop)
  trustDirectory(server)
  directory = server
  storage = azurite.connectionString
  await directory.admin.setAppRoles([{ id: randomUUID(), value: 'Editor' }])
})

async function scenario(id: string) {
  const { admin, clientId } = directory
  const cast = new Set<string>()
  const person = async (name: string) => {
    const mail = `${name}.${id}@contoso.example`
    const made = await admin.createUser({ displayName: name, givenName: name, userPrincipalName: mail, mail })
    cast.add(made.id)
    return made.id
  }
  const [press, staff] = [
    await admin.createGroup({ displayName: 'press' }),
    await admin.createGroup({ displayName: 'staff' }),
  ]
  const roles: RolePolicy = {
    ...{ ...noRoles, fallback: 'subscriber', app: { clientId, values: ['Editor'] } },
    rules: [
      { kind: 'appRole', value: 'Editor', role: 'editor' },
      { kind: 'group', group: press.id, role: 'author' },
      { kind: 'group', group: staff.id, role: 'contributor' },
    ],
  }
  const app = (site?: ReturnType<typeof createMemoryFlow>['site']) => {
    const flow = createMemoryFlow(
      {
        ...{ directory, storage, id, timings: { messageLost: 1000, membershipsFresh: 1 } },
        policy: { roles, guard: { most: 500, percent: 100, fewest: 500 } },
        // Everybody else in the directory belongs to other scenarios.
        wrap: (real) => ({
          deltaPage: async (link, select) => {
            const page = await real.deltaPage(link, select)
            return { ...page, users: page.users.filter((user) => cast.has(user.id)) }
          },
        }),
      },
      site,
    )
    return flow
  }
  const first = app()
  const [loses, moves] = [await person('loses'), await person('moves')]
  await admin.assignAppRole(loses, 'Editor')
  await admin.addMembers(press.id, [moves])
  await first.cycle()
  const comes = await person('comes')
  await admin.addMembers(press.id, [comes])
  await admin.unassignAppRole(loses, 'Editor')
  await admin.updateUser(loses, { givenName: 'Renamed' })
  await admin.removeMembers(press.id, [moves])
  await admin.addMembers(staff.id, [moves])

  return {
    async run(plan: KillPlan | null): Promise<string[]> {
      const { context } = app(first.site)
      await sendRead(context, { connection: id, start: 'incremental' })
      const points = withKillPoint(context, plan)
      while (!points.killed()) {
        try {
          if ((await handleMessages(points.context, 2 * context.timings.readerLease)) === 0) break
        } catch (error) {
          if (!(error instanceof Killed)) throw error
        }
      }
      return points.trace
    },
    async checkRecovery(): Promise<void> {
      const last = app(first.site)
      await runUntilQuiet(last.context)
      const shown = async (who: string) => {
        const account = first.site.accounts.get((await last.link(who))?.wordpressId ?? 0)
        return [account?.fields.first_name, account?.roles.join(' ')]
      }
      expect(await Promise.all([loses, moves, comes].map(shown))).toEqual([
        ['Renamed', 'subscriber'],
        ['moves', 'contributor'],
        ['comes', 'author'],
      ])
      expect(await first.told(loses)).toEqual(['created', 'updated', 'updated no-mapped-role'])
      expect(await first.told(moves)).toEqual(['created', 'updated'])
      expect(await first.told(comes)).toEqual(['created'])
      expect(await last.link(loses)).toMatchObject({ intent: null, removal: null, failure: null })
      const guard = await last.context.stores.links.readGuard(id, id)
      expect(guard?.guard.slots.reduce((sum, [, count]) => sum + count, 0)).toBe(1)
      expect(await last.cycle('full')).toMatchObject({ state: 'settled', counters: { queued: 0, siteWrites: 0 } })
    },
  }
}

test('killed at any I/O', { timeout: 600_000 }, async () => {
  const calm = await scenario('calm')
  const trace = await calm.run(null)
  await calm.checkRecovery()
  const steps = ['directory.appRoleAssignments', 'directory.memberships', 'links.writeGuarded', 'links.decide']
  expect(trace).toEqual(expect.arrayContaining([...steps, 'directory.checkGroups', 'site.write']))
  const plans = trace.flatMap((_, at): KillPlan[] =>
    at % 3 === 0 ? [{ at, when: at % 2 === 0 ? 'before' : 'after' }] : [],
  )
  const slots = pLimit(8)
  const failures: string[] = []
  await Promise.all(
    plans.map((plan) =>
      slots(async () => {
        const one = await scenario(`kill${plan.at}`)
        await one.run(plan)
        await one.checkRecovery().catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error)
          failures.push(`killed ${plan.when} I/O ${plan.at} (${trace[plan.at]}): ${reason}`)
        })
      }),
    ),
  )
  expect(failures).toEqual([])
})
