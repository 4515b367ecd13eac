import type { AdminGroup, AdminPerson, History } from '../../dev/directory/admin-schemas.ts'
import type { RecordedRequest } from '../../dev/wordpress/recorded-request.ts'
import { readAll, type Rows } from './chaos-tables.ts'
import type { SiteAccount, SiteWrite } from './chaos-site.ts'
import { hostOf, type HandEdit, type Scene } from './scene.ts'
import type { Schedule } from './schedule.ts'

/** Everything that the oracle judges by, read past the program: the directory, the site, storage, and what stood between. */
export type Evidence = {
  schedule: Schedule
  id: string
  tag: string
  people: AdminPerson[]
  groups: AdminGroup[]
  history: History
  /** Object id of the group that is the scope; null = everybody. */
  scopeGroup: string | null
  rows: Rows
  accounts: SiteAccount[]
  writes: SiteWrite[]
  requests: RecordedRequest[]
  mostInFlight: number
  hands: HandEdit[]
  heir: string
  approved: string[]
  /** By the world's clock. */
  decisions: number[]
  poison: number
  /** Unreadable messages that the harness sent. */
  garbage: number
  log: string[]
  /** What nobody may read in a log. */
  secrets: string[]
  errors: unknown[]
  /** What kept the app from being quiet. */
  unrest: string[]
  /** A verify pass has gone over all accounts since hands changed any. */
  verified: boolean
}

export type SeenSoFar = { unrest: string[]; garbage: number; verified: boolean }

export async function collectEvidence(scene: Scene, seen: SeenSoFar): Promise<Evidence> {
  const { schedule, id, tag, directory, site, proxy, hands, settings, storage } = scene
  await proxy.settled()
  const rows = await readAll(storage, id)
  const known = hands.flatMap((edit) => (edit.kind === 'stranger' ? [edit.account.id] : []))
  const linked = rows.Links.flatMap((row) => (row['wordpressId'] === undefined ? [] : [Number(row['wordpressId'])]))
  const { accounts, writes } = await site.look({ tag, host: hostOf(proxy.url), ids: [...known, ...linked] })
  return {
    ...{ schedule, id, tag, rows, accounts, writes, hands, ...seen },
    people: await directory.admin.listUsers(),
    groups: await directory.admin.listGroups(),
    history: await directory.admin.history(),
    scopeGroup: scene.groups?.staff ?? null,
    requests: proxy.requests,
    mostInFlight: proxy.mostInFlight,
    heir: settings.reassignTo,
    approved: scene.approved,
    decisions: scene.decisions,
    poison: (await scene.queues.poison()).length,
    log: scene.log,
    secrets: [
      directory.clientSecret,
      settings.applicationPassword,
      settings.applicationPassword.replaceAll(' ', ''),
      tag,
    ],
    errors: scene.errors,
  }
}
