import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import {
  type AdminGroup,
  adminGroupSchema,
  type AdminPerson,
  adminPersonSchema,
  type Counters,
  countersSchema,
  type expireLinksSchema,
  type FaultInput,
  type History,
  historySchema,
  type Lag,
  type newPersonSchema,
  personSchema,
  type PhotoInput,
} from './admin-schemas.ts'
import { type Group, groupSchema, type newGroupSchema } from './group.ts'
import type { appRoleSchema } from './app-roles.ts'
import type { DirectoryOptions, trapsPatchSchema } from './options.ts'
import type { Person, PersonPatch } from './person.ts'

/** Changes the simulated directory while it runs. Throws an `Error` with the reason where a request is refused. */
export type DirectoryAdmin = {
  createUser(person: z.input<typeof newPersonSchema>): Promise<Person>
  /** `null` clears a property; what is left out stays. */
  updateUser(id: string, patch: PersonPatch): Promise<Person>
  /** Many at once. */
  updateUsers(changes: { id: string; patch: PersonPatch }[]): Promise<void>
  softDelete(id: string): Promise<void>
  restore(id: string): Promise<void>
  /** Delta queries don't tell of it. Who was given none has none: 404 ImageNotFound. */
  setPhoto(id: string, photo: PhotoInput): Promise<void>
  /** Deletes for good, soft-deleted before or not. */
  purge(id: string): Promise<void>
  /** Everybody who ever was, in the order of seeding and creation. */
  listUsers(): Promise<AdminPerson[]>
  getUser(id: string): Promise<AdminPerson>
  createGroup(group: z.input<typeof newGroupSchema>): Promise<Group>
  renameGroup(id: string, displayName: string): Promise<Group>
  /** Object ids of people and groups; all or nothing, and who is a member already stays one. */
  addMembers(group: string, ids: readonly string[]): Promise<void>
  removeMembers(group: string, ids: readonly string[]): Promise<void>
  /** A security group is gone for good, a Microsoft 365 group only the second time. */
  deleteGroup(id: string): Promise<void>
  restoreGroup(id: string): Promise<void>
  /** Every group that ever was, in the order of seeding and creation. */
  listGroups(): Promise<AdminGroup[]>
  getGroup(id: string): Promise<AdminGroup>
  /** From now on dynamic groups stay as they are, whatever changes in people; then they catch up. */
  setRulesWait(wait: boolean): Promise<void>
  /** The app roles of the credential's own application: all there are from now on. */
  setAppRoles(roles: z.input<typeof appRoleSchema>[]): Promise<void>
  /** Assigns an app role by its value (null = none in particular) to somebody or a security group. */
  assignAppRole(principal: string, value: string | null): Promise<void>
  unassignAppRole(principal: string, value: string | null): Promise<void>
  /** Every change since the start, oldest first; seeding is not in it. */
  history(): Promise<History>
  counters(): Promise<Counters>
  resetCounters(): Promise<void>
  setFault(fault: FaultInput): Promise<void>
  clearFaults(): Promise<void>
  /** All access tokens issued so far answer 401. */
  expireTokens(): Promise<void>
  /** From now on reads by id stay behind a change this long. Deltas show it at once. */
  setLag(lag: Lag): Promise<void>
  /** The replicas have caught up; no lag from now on. */
  releaseLag(): Promise<void>
  /** Lists of `what` answer 200 and nobody from now on, or everybody again; objects asked for one by one are there. */
  setEmpty(empty: boolean, what?: 'users' | 'groups'): Promise<void>
  /** From now on the credential belongs to another tenant: it tells another id, and knows nobody of this one. */
  setForeignTenant(foreign: boolean): Promise<void>
  /** deltaLinks issued so far answer 410 with a Location. */
  resetDelta(): Promise<void>
  expireLinks(what: z.input<typeof expireLinksSchema>): Promise<void>
  setTraps(traps: z.input<typeof trapsPatchSchema>): Promise<void>
  setUnitLimit(limit: DirectoryOptions['unitsPerTenSeconds']): Promise<void>
  /** Closes the connections of this client. */
  close(): void
}

/** The admin surface at `url`, trusting `certificate` (PEM). */
export function createDirectoryAdmin(url: string, certificate: string): DirectoryAdmin {
  const agent = new Agent({ keepAlive: true, ca: certificate })
  const send = (method: string, path: string, body?: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const content = body === undefined ? '' : JSON.stringify(body)
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }
      request(`${url}/admin/${path}`, { method, agent, headers }, (response) => {
        const settle = async () => {
          const answer = await text(response)
          if (response.statusCode === 200) resolve(JSON.parse(answer))
          else
            reject(new Error(`The simulated directory refused ${method} ${path} (${response.statusCode}): ${answer}`))
        }
        settle().catch(reject)
      })
        .on('error', reject)
        .end(content)
    })
  const act = async (method: string, path: string, body?: unknown) => void (await send(method, path, body))
  const user = (id: string) => `users/${encodeURIComponent(id)}`
  const group = (id: string) => `groups/${encodeURIComponent(id)}`
  return {
    createUser: async (person) => personSchema.parse(await send('POST', 'users', person)),
    updateUser: async (id, patch) => personSchema.parse(await send('PATCH', user(id), patch)),
    updateUsers: (changes) => act('PATCH', 'users', changes),
    softDelete: (id) => act('POST', `${user(id)}/soft-delete`),
    restore: (id) => act('POST', `${user(id)}/restore`),
    setPhoto: (id, photo) => act('PUT', `${user(id)}/photo`, photo),
    purge: (id) => act('POST', `${user(id)}/purge`),
    listUsers: async () => z.array(adminPersonSchema).parse(await send('GET', 'users')),
    getUser: async (id) => adminPersonSchema.parse(await send('GET', user(id))),
    createGroup: async (wanted) => groupSchema.parse(await send('POST', 'groups', wanted)),
    renameGroup: async (id, displayName) => groupSchema.parse(await send('PATCH', group(id), { displayName })),
    addMembers: (id, ids) => act('POST', `${group(id)}/members`, ids),
    removeMembers: (id, ids) => act('DELETE', `${group(id)}/members`, ids),
    deleteGroup: (id) => act('DELETE', group(id)),
    restoreGroup: (id) => act('POST', `${group(id)}/restore`),
    listGroups: async () => z.array(adminGroupSchema).parse(await send('GET', 'groups')),
    getGroup: async (id) => adminGroupSchema.parse(await send('GET', group(id))),
    setRulesWait: (wait) => act('PUT', 'rules-wait', wait),
    setAppRoles: (roles) => act('PUT', 'app-roles', roles),
    assignAppRole: (principal, value) => act('POST', 'app-roles/assignments', { principal, value }),
    unassignAppRole: (principal, value) => act('DELETE', 'app-roles/assignments', { principal, value }),
    history: async () => historySchema.parse(await send('GET', 'history')),
    counters: async () => countersSchema.parse(await send('GET', 'counters')),
    resetCounters: () => act('DELETE', 'counters'),
    setFault: (fault) => act('POST', 'faults', fault),
    clearFaults: () => act('DELETE', 'faults'),
    expireTokens: () => act('POST', 'tokens/expire'),
    setLag: (lag) => act('PUT', 'lag', lag),
    releaseLag: () => act('DELETE', 'lag'),
    setEmpty: (empty, what = 'users') => act('PUT', 'empty', { [what]: empty }),
    setForeignTenant: (foreign) => act('PUT', 'foreign-tenant', foreign),
    resetDelta: () => act('POST', 'links/expire', { links: 'delta', as: 'gone' }),
    expireLinks: (what) => act('POST', 'links/expire', what),
    setTraps: (traps) => act('PATCH', 'traps', traps),
    setUnitLimit: (limit) => act('PUT', 'units', limit),
    close: () => agent.destroy(),
  }
}
