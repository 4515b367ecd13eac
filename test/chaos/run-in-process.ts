import { setTimeout as wait } from 'node:timers/promises'
import { syncDirectory } from '../../lib/sync/sync-directory.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { appEnvironment, createChaosApp } from './chaos-app.ts'
import { readState, type StateRows } from './chaos-tables.ts'
import { judgeDryRun, judgeFullCycle } from './compare-looks.ts'
import { collectEvidence, type Evidence } from './evidence.ts'
import { createHosts, type HostOptions, type Hosts } from './hosts.ts'
import { createMeetings, type Meetings } from './meetings.ts'
import { judge, type Finding } from './oracle.ts'
import { createPerformer } from './perform.ts'
import { waitForQuiet } from './quiet.ts'
import { makeScene, type Scene } from './scene.ts'
import type { ActionKind, Schedule } from './schedule.ts'
import type { Servers } from './servers.ts'

export type RunResult = {
  findings: Finding[]
  injected: Map<ActionKind, number>
  /** Milliseconds from the last fault's end to quiet. */
  convergence: number
  /** What the last judgement was made by. */
  evidence: Evidence
}

const tickEvery = 1500
const patience = 60_000
const hour = 3_600_000

/** One run with the app's use cases in this process: its deaths cost nothing, so there can be many. */
export async function runInProcess(servers: Servers, schedule: Schedule, options: HostOptions): Promise<RunResult> {
  const scene = await makeScene(servers, schedule)
  const meetings = createMeetings()
  const hosts = createHosts(scene, meetings, options)
  const injected = new Map<ActionKind, number>()
  try {
    const played = await play(scene, hosts, meetings, (kind) => injected.set(kind, (injected.get(kind) ?? 0) + 1))
    return { ...played, injected }
  } finally {
    await hosts.stop()
    await forget(scene)
    await scene.stop()
  }
}

async function play(scene: Scene, hosts: Hosts, meetings: Meetings, count: (kind: ActionKind) => void) {
  const { schedule, clock, cast, id } = scene
  const operator = createChaosApp(appEnvironment(scene.settings, scene.storage), id, clock, () => {})
  const performer = createPerformer(scene, hosts, meetings, operator)
  const seen = { unrest: [] as string[], garbage: 0, verified: false }
  const quiet = async (further?: (rows: StateRows) => string[]): Promise<void> => {
    const kick = () => syncDirectory(operator)
    const left = await waitForQuiet(scene, { timeout: patience, kick, ...(further ? { further } : {}) })
    seen.unrest.push(...left)
  }
  const collect = (): Promise<Evidence> => collectEvidence(scene, { ...seen, unrest: [...seen.unrest] })

  for (const person of schedule.people) await cast.create(person)
  await hosts.startAll()
  await syncDirectory(operator)
  if (schedule.calmStart) await quiet()
  hosts.setTick(tickEvery)

  scene.times.began = Date.now()
  for (const action of schedule.actions) {
    await wait(Math.max(0, scene.times.began + action.at - Date.now()))
    if (!(await performer.perform(action))) continue
    count(action.kind)
    if (action.kind === 'garbage') seen.garbage++
  }
  await performer.heal()
  hosts.setTick(null)
  hosts.calm()
  scene.times.healed = Date.now()
  await syncDirectory(operator)
  await quiet()
  const convergence = Date.now() - scene.times.healed

  if (await holds(scene)) {
    for (const who of schedule.late) if (await performer.perform({ at: 0, kind: 'disable', who })) count('disable')
    await syncDirectory(operator)
    await quiet()
  }
  if (schedule.finally !== 'nothing') {
    const held = await performer.perform({
      at: 0,
      kind: 'decide',
      decision: schedule.finally === 'approve' ? 'approve' : 'reject',
      all: true,
    })
    if (held) await quiet()
  }
  // Second chances, confirmed absences and late deletions: a day each, and one over.
  for (let day = 0; day < 3 && seen.unrest.length === 0; day++)
    await pass(scene, hosts, 25, quiet, () => syncDirectory(operator))

  const first = await collect()
  const findings = judge(first)
  if (findings.length > 0) return { findings, convergence, evidence: first }

  await sendRead(operator, { connection: id, start: 'full' })
  await quiet()
  const second = await collect()
  let evidence = second
  findings.push(...judgeFullCycle(first, second))
  if (schedule.run % 4 === 0) {
    await sendRead(operator, { connection: id, start: 'full', dryRun: true })
    await quiet()
    evidence = await collect()
    findings.push(...judgeDryRun(second, evidence))
  }
  if (findings.length === 0 && scene.hands.some(({ kind }) => kind !== 'stranger')) {
    await pass(
      scene,
      hosts,
      8 * 24,
      (further) => quiet(further),
      async () => {},
      true,
    )
    seen.verified = true
    evidence = await collect()
    findings.push(...judge(evidence))
  }
  return { findings, convergence, evidence }
}

/** Whether a removal waits for the operator. */
async function holds(scene: Scene): Promise<boolean> {
  const { Links } = await readState(scene.storage, scene.id)
  return Links.some((row) => row.rowKey.startsWith('h|') && row['state'] === 'held')
}

/** Time passes: the processes end, the clock is set forward, and new ones start. */
async function pass(
  scene: Scene,
  hosts: Hosts,
  hours: number,
  quiet: (further?: (rows: StateRows) => string[]) => Promise<void>,
  tick: () => Promise<void>,
  verify = false,
): Promise<void> {
  await hosts.endAll('deploy')
  scene.clock.step(hours * hour)
  const since = scene.clock.now()
  await hosts.startAll()
  await tick()
  await quiet((rows) => {
    if (!verify) return []
    const row = rows.Sites.find(({ rowKey }) => rowKey.startsWith('v|'))
    return row && Number(row['startedAt']) >= since ? [] : ['the verify pass has not begun']
  })
}

async function forget(scene: Scene): Promise<void> {
  const { site, tag, proxy, hands } = scene
  const host = new URL(proxy.url).host
  const known = hands.flatMap((edit) => (edit.kind === 'stranger' ? [edit.account.id] : []))
  await proxy.settled()
  const { accounts } = await site.look({ tag, host, ids: known })
  await site.forget({ host, ids: accounts.map(({ id }) => id) })
}
