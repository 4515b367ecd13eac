import { QueueServiceClient } from '@azure/storage-queue'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startAzurite, type Azurite } from '../../dev/azurite.ts'
import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/start.ts'
import { makeApp } from './make-app.ts'

export const fixture = fileURLToPath(new URL('host-fixture', import.meta.url))

/** Storage for the tests of a file, and hosts and apps that are gone when their test ends. */
export function useHosts() {
  let azurite: Azurite
  const cleanUp: (() => Promise<void>)[] = []
  beforeAll(async () => {
    azurite = await startAzurite()
  })
  afterAll(() => azurite.stop())
  afterEach(async () => {
    for (const action of cleanUp.splice(0).reverse()) await action()
  })
  const settings = () => ({ AzureWebJobsStorage: azurite.connectionString })
  return {
    connectionString: () => azurite.connectionString,
    queue: (name: string) => QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(name),
    /** The settings that the fixture needs. */
    fixtureEnv: () => ({
      ...settings(),
      FIXTURE_QUEUE: 'fixture-in',
      FIXTURE_SCHEDULE: '0 0 0 1 1 *',
      FIXTURE_SETTING: 'from the environment',
      'AzureWebJobs.switched-off.Disabled': 'true',
    }),
    hostOf: async (root: string, env: Record<string, string> = {}, localSettings = false): Promise<FunctionsHost> => {
      const host = await startFunctionsHost({ root, env: { ...settings(), ...env }, localSettings })
      cleanUp.push(() => host.kill())
      return host
    },
    appOf: async (files: Record<string, string>): Promise<string> => {
      const { root, remove } = await makeApp(files)
      cleanUp.push(remove)
      return root
    },
  }
}

export async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    await delay(50)
  }
}

export const base64 = (text: string) => Buffer.from(text).toString('base64')
