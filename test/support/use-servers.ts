import { afterAll, beforeAll } from 'vitest'
import { startAzurite } from '../../dev/azurite.ts'
import { startDirectory } from '../../dev/directory/start-directory.ts'
import { trustDirectory } from '../../dev/directory/trust-directory.ts'
import { startEmbeddedWordPress } from '../../dev/wordpress/embedded.ts'
import { startNativeWordPress } from '../../dev/wordpress/native.ts'
import type { LaneServers } from './lane-scene.ts'

/** What is pushed here is stopped after the file's last test, the last one first. */
export function useStops(): (() => Promise<void>)[] {
  const stops: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })
  return stops
}

/** An empty directory, a storage and a site (an embedded one where nothing is said) for a file's lane tests; there from its first test on. */
export function useLaneServers(
  stops = useStops(),
  { native = false, ...options }: { native?: boolean; companion?: boolean } = {},
): LaneServers {
  const servers = {} as LaneServers
  beforeAll(async () => {
    const [azurite, directory, site] = await Promise.all([
      startAzurite(),
      startDirectory({ users: 0 }),
      native ? startNativeWordPress(options) : startEmbeddedWordPress({ version: '6.6-RC3', ...options }),
    ])
    trustDirectory(directory)
    stops.push(azurite.stop, directory.stop, site.stop)
    Object.assign(servers, { directory, site, storage: azurite.connectionString })
  })
  return servers
}
