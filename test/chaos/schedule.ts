import type { FaultInput } from '../../dev/directory/admin-schemas.ts'
import type { ProxyFault } from '../../dev/wordpress/proxy.ts'

/** A person as the plan names them. `mail` is the name of an address, not the address: runs have addresses of their own. */
export type PlannedPerson = {
  key: string
  givenName: string | null
  surname: string | null
  displayName: string
  jobTitle: string | null
  department: string | null
  language: string | null
  mail: string | null
  guest: boolean
  enabled: boolean
  /** Counts where the scope is a group: `team` is nested in `staff`. */
  group: 'staff' | 'team' | null
}

/** An account that the site has without the sync. `mail` as with people. */
export type PlannedAccount = { login: string; mail: string; role: string; name: string; posts: number }

export type LeavingChoice = 'suspend' | 'delete' | 'leave' | { action: 'suspend'; deleteAfterDays: number }

export type Policy = {
  leaving: { disabled: LeavingChoice; softDeleted: LeavingChoice; purged: LeavingChoice; outOfScope: LeavingChoice }
  /** Suspensions and deletions in 24 hours, whatever the number of accounts. */
  guardLimit: number
  adoption: ('email' | 'username')[]
  guests: boolean
  /** False: no full cycle but the first one, for they would hide lost changes. */
  fulls: boolean
  whenAccountMissing: 'recreate' | 'leave'
  /** False: a tenant without delta queries, where every cycle is a full one. */
  delta: boolean
  /** Whoever is in this group, or in one nested in it; null = everybody. */
  group: 'staff' | null
}

/** A process dies before or after the `nth` call of this name from now on; `point` null = of any name but those that come while nothing happens. */
export type KillPlan = { point: string | null; nth: number; when: 'before' | 'after' }

export const queueNames = ['read-directory', 'drain', 'now', 'soon', 'bulk'] as const
export type QueueName = (typeof queueNames)[number]

/** What happens, and when: milliseconds since the stream began. */
export type Action = { at: number } & (
  | { kind: 'create'; person: PlannedPerson }
  | { kind: 'rename'; who: string; givenName: string; surname: string; displayName: string }
  | { kind: 'detail'; who: string; jobTitle: string | null; department: string | null; language: string | null }
  | { kind: 'address'; who: string; mail: string }
  | { kind: 'swap'; who: string; other: string }
  | { kind: 'disable' | 'enable' | 'soft-delete' | 'restore' | 'purge'; who: string }
  | { kind: 'member' | 'guest'; who: string }
  | { kind: 'join'; who: string; group: 'staff' | 'team' }
  | { kind: 'quit'; who: string }
  | { kind: 'nest' | 'unnest' | 'drop-team' }
  | { kind: 'stranger'; account: PlannedAccount }
  | { kind: 'hand-field'; who: string; field: 'first_name' | 'description'; value: string }
  | { kind: 'hand-role'; who: string; role: string }
  | { kind: 'hand-delete'; who: string }
  | { kind: 'ask'; cycle: 'incremental' | 'full' }
  | { kind: 'dry-run' }
  | { kind: 'look'; who: string }
  | { kind: 'decide'; decision: 'approve' | 'reject'; all: boolean }
  | { kind: 'kill'; host: number; down: number }
  | { kind: 'kill-at'; host: number; plan: KillPlan; down: number }
  | { kind: 'rivals'; point: string; who: string; other: string }
  | { kind: 'two-readers'; victim: 'first' | 'second'; plan: KillPlan; down: number }
  | { kind: 'deploy'; host: number }
  | { kind: 'site-fault'; fault: ProxyFault; lasts: number }
  | { kind: 'graph-fault'; fault: FaultInput; lasts: number }
  | { kind: 'graph-reset'; links: 'delta' | 'next'; as: 'gone' | 'syncStateNotFound-400' | 'syncStateNotFound-404' }
  | { kind: 'graph-lag'; milliseconds: number; lasts: number }
  | { kind: 'graph-traps'; replay: number; omitEvery: number; repeatEvery: number }
  | { kind: 'graph-units'; units: number; lasts: number }
  | { kind: 'token-expiry' }
  | { kind: 'graph-empty'; what: 'users' | 'groups'; lasts: number }
  | { kind: 'graph-foreign'; lasts: number }
  | { kind: 'storage-outage'; how: 'refuse' | 'lose'; lasts: number }
  | { kind: 'duplicate' | 'vanish'; queue: QueueName }
  | { kind: 'late'; queue: QueueName; delay: number }
  | { kind: 'garbage'; queue: QueueName; text: string }
  | { kind: 'clock-step'; milliseconds: number }
  | { kind: 'clock-skew'; host: number; milliseconds: number; lasts: number }
  | { kind: 'day'; hours: number; how: 'kill' | 'deploy' }
)
export type ActionKind = Action['kind']

/** Everything that a run does, drawn from seed and number alone. */
export type Schedule = {
  seed: number
  run: number
  /** `host`: the built app in processes of its own, ended by SIGKILL. */
  mode: 'in-process' | 'host'
  motifs: string[]
  policy: Policy
  hosts: number
  /** Entries a delta page. */
  pageSize: number
  /** The first cycle is over before anything else happens. */
  calmStart: boolean
  people: PlannedPerson[]
  accounts: PlannedAccount[]
  actions: Action[]
  /** Who is disabled once everything is well again, where removals are held: they must be held too. */
  late: string[]
  /** Deaths in each of the days that pass at the end. */
  dayKills: KillPlan[][]
  /** What the operator does with held removals after that. */
  finally: 'nothing' | 'approve' | 'reject'
}
