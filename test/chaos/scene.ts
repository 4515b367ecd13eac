import { createRandom } from '../../dev/directory/random.ts'
import { startRecordingProxy, type RecordingProxy } from '../../dev/wordpress/proxy.ts'
import { createCast, type Cast, type CastGroups } from './cast.ts'
import { startChaosDirectory, type ChaosDirectory } from './chaos-directory.ts'
import type { AppSettings } from './chaos-app.ts'
import { openChaosQueues, type ChaosQueues } from './chaos-queues.ts'
import type { ChaosSite, SiteAccount } from './chaos-site.ts'
import { createClock, type Clock } from './clock.ts'
import type { PlannedAccount, QueueName, Schedule } from './schedule.ts'
import type { Servers } from './servers.ts'
import { startStorageGate, type StorageGate } from './storage-gate.ts'
import { queueNames } from './schedule.ts'

/** What hands did on the site, for the oracle: nobody else may have touched these accounts, or must leave it be. */
export type HandEdit =
  | { kind: 'stranger'; account: SiteAccount }
  | { kind: 'field'; account: number; field: string; value: string; at: number }
  | { kind: 'role'; account: number; role: string; at: number }
  | { kind: 'delete'; account: number; at: number }

/** The world of one run: servers of its own before the shared ones, people, and everything that is remembered for the oracle. */
export type Scene = {
  schedule: Schedule
  id: string
  /** In every name and address of the run, and in nothing that the app may write to its log. */
  tag: string
  directory: ChaosDirectory
  groups: CastGroups
  cast: Cast
  site: ChaosSite
  proxy: RecordingProxy
  gate: StorageGate
  /** Past the gate. */
  storage: string
  queues: ChaosQueues
  clock: Clock
  settings: AppSettings
  hands: HandEdit[]
  /** Texts that the app wrote to its log. */
  log: string[]
  /** Errors that functions threw to the host. */
  errors: unknown[]
  /** Object ids by decision of the operator. */
  approved: string[]
  /** When the operator decided, by the world's clock. */
  decisions: number[]
  /** When the stream began, and when everything was healed, by the machine's clock. */
  times: { began: number; healed: number; quiet: number }
  createAccounts(accounts: readonly PlannedAccount[]): Promise<void>
  stop(): Promise<void>
}

let scenes = 0

/**
 * @param storage connection string of the storage account
 * @param namesOf what the app's queues are called there
 */
export async function makeScene(
  servers: Servers,
  schedule: Schedule,
  storage: string,
  namesOf: (id: string) => Record<QueueName, string>,
): Promise<Scene> {
  // The same run may be made again, to shrink it: never with the same names.
  const number = ++scenes
  const id = `c${schedule.run}x${number}`
  const tag = `q${(number * 7919 + 104_729).toString(36)}z${process.pid.toString(36)}`
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    const { site } = servers
    const { pageSize, policy, seed } = schedule
    const kind = policy.delta ? ('workforce' as const) : ('b2c' as const)
    const options = { users: 0, seed: seed * 1000 + number, pageSize, kind }
    const directory = await startChaosDirectory(servers.certificate, options)
    stops.push(directory.stop)
    const chance = createRandom(schedule.seed ^ schedule.run)
    const random = (): number => chance.below(1_000_000) / 1_000_000
    const proxy = await startRecordingProxy(site.wordpress.url, { random })
    stops.push(proxy.stop)
    const gate = await startStorageGate(storage)
    stops.push(gate.stop)
    const groups = schedule.policy.group === null ? null : await createGroups(directory)
    const cast = createCast(directory, tag, groups)
    const heir = `heir.${tag}`
    const hands: HandEdit[] = []
    const createAccounts = async (accounts: readonly PlannedAccount[]): Promise<void> => {
      const wanted = accounts.map(({ login, mail, role, name, posts }) => {
        return { login: `${login}.${tag}`, email: cast.addressOf(mail), role, name, posts }
      })
      const ids = (await site.create(wanted)).filter((made) => made !== null)
      const { accounts: made } = await site.look({ tag, host: hostOf(proxy.url), ids })
      for (const account of made) if (ids.includes(account.id)) hands.push({ kind: 'stranger', account })
    }
    await createAccounts([
      { login: 'heir', mail: 'heir', role: 'editor', name: 'Heir', posts: 0 },
      ...schedule.accounts,
    ])
    const queues = openChaosQueues(storage, namesOf(id))
    stops.push(queues.remove)
    return {
      ...{ schedule, id, tag, directory, groups, cast, site, proxy, gate, storage, hands, queues },
      clock: createClock(),
      settings: {
        id,
        directory,
        siteUrl: proxy.url,
        username: site.wordpress.username,
        applicationPassword: site.wordpress.applicationPassword,
        reassignTo: heir,
        groups: groups ? [groups.staff] : [],
        policy: schedule.policy,
      },
      log: [],
      errors: [],
      approved: [],
      decisions: [],
      times: { began: Date.now(), healed: 0, quiet: 0 },
      createAccounts,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

export const hostOf = (url: string): string => new URL(url).host

const ofSite = (name: QueueName): boolean => name === 'now' || name === 'soon' || name === 'bulk'
const named = (nameOf: (name: QueueName) => string): Record<QueueName, string> =>
  Object.fromEntries(queueNames.map((name) => [name, nameOf(name)])) as Record<QueueName, string>

/** The queues' names in an account of the run's own. */
export const ownQueues = (id: string): Record<QueueName, string> =>
  named((name) => (ofSite(name) ? `${name}-${id}` : name))

/** In an account that runs share each has its own `read-directory` and `drain` too. */
export const sharedQueues = (id: string): Record<QueueName, string> =>
  named((name) => (ofSite(name) ? `${id}-${name}-${id}` : `${id}-${name}`))

/** Takes what the run has left on the site away: a site of thousands would be slower for each that follows. */
export async function forget(scene: Scene): Promise<void> {
  const { site, tag, proxy, hands } = scene
  const host = hostOf(proxy.url)
  const known = hands.flatMap((edit) => (edit.kind === 'stranger' ? [edit.account.id] : []))
  await proxy.settled()
  const { accounts } = await site.look({ tag, host, ids: known })
  await site.forget({ host, ids: accounts.map(({ id }) => id) })
}

async function createGroups({ admin }: ChaosDirectory): Promise<{ staff: string; team: string }> {
  const { id: team } = await admin.createGroup({ displayName: 'Team' })
  const { id: staff } = await admin.createGroup({ displayName: 'Staff', members: [team] })
  return { staff, team }
}
