import { setTimeout as wait } from 'node:timers/promises'
import type { SyncContext } from '../../lib/sync/context.ts'
import { sendRead } from '../../lib/sync/read-directory.ts'
import { askForCycle } from './ask-for-cycle.ts'
import { readState, type StateRows } from './chaos-tables.ts'
import { judgeDryRun, judgeFullCycle } from './compare-looks.ts'
import { collectEvidence, type Evidence } from './evidence.ts'
import type { Hosts } from './hosts.ts'
import type { Meetings } from './meetings.ts'
import { judge, type Finding } from './oracle.ts'
import { createPerformer } from './perform.ts'
import { waitForQuiet } from './quiet.ts'
import type { Scene } from './scene.ts'
import type { ActionKind, KillPlan } from './schedule.ts'

export type RunResult = {
  findings: Finding[]
  injected: Map<ActionKind, number>
  /** Milliseconds from the last fault's end to quiet. */
  convergence: number
  /** What the last judgement was made by. */
  evidence: Evidence
}

/** What a run is played with. */
export type Company = {
  hosts: Hosts
  /** null where processes can't be kept waiting. */
  meetings: Meetings | null
  /** The app as an operator's command uses it: nothing ends its process. */
  operator: SyncContext
  /** Milliseconds that the app may take to come to rest. */
  patience: number
}

const tickEvery = 1500
const hour = 3_600_000

/** The stream of a schedule, the healing, the wait for rest, and the judgement. */
export async function play(scene: Scene, company: Company): Promise<RunResult> {
  const { schedule, cast, id } = scene
  const { hosts, operator, patience } = company
  const injected = new Map<ActionKind, number>()
  const count = (kind: ActionKind): void => void injected.set(kind, (injected.get(kind) ?? 0) + 1)
  const performer = createPerformer(scene, company)
  const inProcess = schedule.mode === 'in-process'
  const seen = { unrest: [] as string[], garbage: 0, verified: false }
  const quiet = async (further?: (rows: StateRows) => string[]): Promise<void> => {
    const kick = () => askForCycle(operator, schedule)
    const left = await waitForQuiet(scene, { timeout: patience, kick, ...(further ? { further } : {}) })
    seen.unrest.push(...left)
  }
  const collect = (): Promise<Evidence> => collectEvidence(scene, { ...seen, unrest: [...seen.unrest] })

  for (const person of schedule.people) await cast.create(person)
  await hosts.startAll()
  await askForCycle(operator, schedule)
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
  await askForCycle(operator, schedule)
  await quiet()
  const convergence = Date.now() - scene.times.healed

  if (await holds(scene)) {
    for (const who of schedule.late) if (await performer.perform({ at: 0, kind: 'disable', who })) count('disable')
    await askForCycle(operator, schedule)
    await quiet()
  }
  if (schedule.finally !== 'nothing') {
    const held = await performer.perform({
      at: 0,
      kind: 'decide',
      decision: schedule.finally === 'approve' ? 'approve' : 'reject',
      all: true,
    })
    if (held) count('decide')
    if (held) await quiet()
  }
  // Second chances, confirmed absences and late deletions: a day each, and one over.
  const [verifyKills = [], ...dayKills] = schedule.dayKills.toReversed()
  for (const kills of inProcess ? dayKills : [])
    if (seen.unrest.length === 0) await pass(scene, hosts, 25, kills, quiet, () => askForCycle(operator, schedule))

  const first = await collect()
  const findings = judge(first)
  if (findings.length > 0) return { findings, convergence, evidence: first, injected }

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
  if (inProcess && findings.length === 0 && scene.hands.some(({ kind }) => kind !== 'stranger')) {
    await pass(
      scene,
      hosts,
      8 * 24,
      verifyKills,
      (further) => quiet(further),
      async () => {},
      true,
    )
    seen.verified = true
    evidence = await collect()
    findings.push(...judge(evidence))
  }
  return { findings, convergence, evidence, injected }
}

/** Whether a removal waits for the operator. */
async function holds(scene: Scene): Promise<boolean> {
  const { Links } = await readState(scene.storage, scene.id)
  return Links.some((row) => row.rowKey.startsWith('h|') && row['state'] === 'held')
}

/** Time passes: the processes end, the clock is set forward, and new ones start; one of them may die. */
async function pass(
  scene: Scene,
  hosts: Hosts,
  hours: number,
  kills: readonly KillPlan[],
  quiet: (further?: (rows: StateRows) => string[]) => Promise<void>,
  tick: () => Promise<void>,
  verify = false,
): Promise<void> {
  await hosts.endAll('deploy')
  scene.clock.step(hours * hour)
  const since = scene.clock.now()
  for (const kill of kills) hosts.arm(0, kill, 0)
  await hosts.startAll()
  await tick()
  await quiet((rows) => {
    if (!verify) return []
    const row = rows.Sites.find(({ rowKey }) => rowKey.startsWith('v|'))
    return row && Number(row['startedAt']) >= since ? [] : ['the verify pass has not begun']
  })
  hosts.calm()
}
