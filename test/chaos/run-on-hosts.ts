import { startAzurite } from '../../dev/azurite.ts'
import { buildIfStale } from '../../dev/build.ts'
import { createContext } from '../../lib/runtime.ts'
import { appEnvironment } from './chaos-app.ts'
import { play, type RunResult } from './play.ts'
import { createProcessHosts } from './process-hosts.ts'
import { forget, makeScene, ownQueues } from './scene.ts'
import type { Schedule } from './schedule.ts'
import type { Servers } from './servers.ts'

/** Durations of the app and of its host: a dead process' work is taken up after seconds. Requests to the site keep their full time. */
const scales = { SYNC_TIME_SCALE: '0.04', FUNCTIONS_HOST_TIME_SCALE: '0.02' }

/** One run with the built app, each process a functions host of its own that SIGKILL ends. */
export async function runOnHosts(servers: Servers, schedule: Schedule): Promise<RunResult> {
  await buildIfStale()
  const azurite = await startAzurite()
  try {
    const scene = await makeScene(servers, schedule, azurite.connectionString, ownQueues)
    const settings = { ...scales, SYNC_SCHEDULE: '0 0 0 1 1 *', NODE_EXTRA_CA_CERTS: servers.certificate.caFile }
    const operator = createContext({ ...appEnvironment(scene.settings, scene.storage), ...settings }, () => {})
    const hosts = createProcessHosts(scene, {
      ...appEnvironment(scene.settings, scene.gate.connectionString),
      ...settings,
    })
    try {
      return await play(scene, { hosts, meetings: null, operator, patience: 180_000 })
    } finally {
      await hosts.stop()
      await forget(scene)
      await scene.stop()
    }
  } finally {
    await azurite.stop()
  }
}
