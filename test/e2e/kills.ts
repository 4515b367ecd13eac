import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startRecordingProxy } from '../../dev/wordpress/proxy.ts'
import type { WordPressSite } from '../../dev/wordpress/wordpress-site.ts'
import type { KillPlan } from '../support/kill-points.ts'
import { createVeterans, killScenario, wrongCounts, type KillServers } from './kill-scenario.ts'

/**
 * Ends the app before and after every `every`th I/O of a cycle, reader and lane, and lets a new one go on.
 * @param atOnce scenarios side by side: they mostly wait for leases and invisible messages
 */
export function killSuite(name: string, startSite: () => Promise<WordPressSite>, every: number, atOnce: number): void {
  describe(`rule 2: killed at any I/O (${name})`, () => {
    const stops: (() => Promise<void>)[] = []
    let servers: KillServers

    beforeAll(async () => {
      const [azurite, directory, site] = await Promise.all([startAzurite(), startDirectory({ users: 0 }), startSite()])
      trustDirectory(directory)
      const proxy = await startRecordingProxy(site.url)
      stops.push(azurite.stop, directory.stop, site.stop, proxy.stop)
      servers = { directory, site, proxy, storage: azurite.connectionString }
    })
    afterAll(async () => {
      for (const stop of stops.reverse()) await stop()
    })

    test('ends in the same site, with one audit row a write', { timeout: 900_000 }, async () => {
      await createVeterans(servers.site, ['calm'])
      const calm = await killScenario(servers, 'calm')
      const trace = await calm.run(null)
      await calm.checkRecovery()
      // The cycle really went through all eight steps, or killing it would prove nothing.
      const steps = [
        'directory.deltaPage',
        'checkpoints.putMessage',
        'queue soon-calm.send',
        'links.read',
        'directory.usersById',
        'site.readUsers',
        'links.write',
        'links.removals',
        'links.decide',
        'links.writeGuarded',
        'site.write',
        'audit.write',
        'sites.writeLane',
      ]
      expect(trace).toEqual(expect.arrayContaining(steps))

      const plans: KillPlan[] = trace.flatMap((_, at): KillPlan[] =>
        at % every === 0
          ? [
              { at, when: 'before' },
              { at, when: 'after' },
            ]
          : [],
      )
      const idOf = ({ at, when }: KillPlan) => `kill${at}${when}`
      const ids = ['calm', ...plans.map(idOf)]
      await createVeterans(servers.site, ids.slice(1))
      const slots = pLimit(atOnce)
      const failures: string[] = []
      await Promise.all(
        plans.map((plan) =>
          slots(async () => {
            const scenario = await killScenario(servers, idOf(plan))
            await scenario.run(plan)
            await scenario.checkRecovery().catch((error: unknown) => {
              failures.push(
                `killed ${plan.when} I/O ${plan.at} (${trace[plan.at]}): ${error instanceof Error ? error.message : String(error)}`,
              )
            })
          }),
        ),
      )
      expect(failures).toEqual([])
      expect(await wrongCounts(servers.site, ids)).toEqual([])
    })
  })
}
