import { appEnvironment, createChaosApp } from './chaos-app.ts'
import { createHosts, type HostOptions } from './hosts.ts'
import { createMeetings } from './meetings.ts'
import { play, type RunResult } from './play.ts'
import { forget, makeScene, sharedQueues } from './scene.ts'
import type { Schedule } from './schedule.ts'
import type { Servers } from './servers.ts'

/** One run with the app's use cases in this process: its deaths cost nothing, so there can be many. */
export async function runInProcess(servers: Servers, schedule: Schedule, options: HostOptions): Promise<RunResult> {
  const scene = await makeScene(servers, schedule, await servers.storage(), sharedQueues)
  const meetings = createMeetings()
  const hosts = createHosts(scene, meetings, options)
  try {
    const environment = appEnvironment(scene.settings, scene.storage)
    const operator = createChaosApp(environment, scene.id, scene.clock, () => {})
    return await play(scene, { hosts, meetings, operator, patience: 120_000 })
  } finally {
    await hosts.stop()
    await forget(scene)
    await scene.stop()
  }
}
