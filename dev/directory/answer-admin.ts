import { z } from 'zod'
import { AdminError } from './admin-error.ts'
import {
  changesSchema,
  emptySchema,
  expireLinksSchema,
  faultSchema,
  foreignSchema,
  groupPatchSchema,
  lagSchema,
  membersSchema,
  newPersonSchema,
  photoSchema,
} from './admin-schemas.ts'
import { appRoleSchema, assign, assignmentSchema, setAppRoles } from './app-roles.ts'
import {
  addMembers,
  adminGroup,
  createGroup,
  deleteGroup,
  removeMembers,
  renameGroup,
  restoreGroup,
} from './change-groups.ts'
import { applyRules } from './dynamic-groups.ts'
import { createPerson, movePerson, releaseLag, updatePerson } from './change-people.ts'
import { type Answer, ok } from './graph-answer.ts'
import { newGroupSchema } from './group.ts'
import { trapsPatchSchema } from './options.ts'
import { setPhoto } from './photos.ts'
import { personPatchSchema } from './person.ts'
import { type DirectoryState, entryOf, groupOf, noCounters } from './state.ts'

type Handler = (state: DirectoryState, body: unknown, id: string) => unknown

const shown = (state: DirectoryState, id: string) => {
  const entry = entryOf(state, id)
  if (!entry) throw new AdminError(404, 'There is nobody with this object id.')
  return { status: entry.status, person: entry.person }
}

const shownGroup = (state: DirectoryState, id: string) => {
  const entry = groupOf(state, id)
  if (!entry) throw new AdminError(404, 'There is no group with this object id.')
  return adminGroup(entry)
}

/** `METHOD path`, with `*` for an object id. */
const handlers: Record<string, Handler> = {
  'GET users': (state) => state.entries.map(({ status, person }) => ({ status, person })),
  'POST users': (state, body) => createPerson(state, newPersonSchema.parse(body)),
  'PATCH users': (state, body) => {
    for (const { id, patch } of changesSchema.parse(body)) updatePerson(state, id, patch)
  },
  'GET users/*': (state, _body, id) => shown(state, id),
  'PATCH users/*': (state, body, id) => updatePerson(state, id, personPatchSchema.parse(body)),
  'POST users/*/soft-delete': (state, _body, id) => movePerson(state, id, 'soft-deleted'),
  'POST users/*/restore': (state, _body, id) => movePerson(state, id, 'restored'),
  'PUT users/*/photo': (state, body, id) => setPhoto(state, id, photoSchema.parse(body)),
  'POST users/*/purge': (state, _body, id) => movePerson(state, id, 'purged'),
  'GET groups': (state) => state.groups.map(adminGroup),
  'POST groups': (state, body) => createGroup(state, newGroupSchema.parse(body)),
  'GET groups/*': (state, _body, id) => shownGroup(state, id),
  'PATCH groups/*': (state, body, id) => renameGroup(state, id, groupPatchSchema.parse(body).displayName),
  'DELETE groups/*': (state, _body, id) => deleteGroup(state, id),
  'POST groups/*/restore': (state, _body, id) => restoreGroup(state, id),
  'POST groups/*/members': (state, body, id) => addMembers(state, id, membersSchema.parse(body)),
  'DELETE groups/*/members': (state, body, id) => removeMembers(state, id, membersSchema.parse(body)),
  'PUT rules-wait': (state, body) => {
    state.rulesWait = rulesWaitSchema.parse(body)
    applyRules(state)
  },
  'PUT app-roles': (state, body) => setAppRoles(state, appRolesSchema.parse(body)),
  'POST app-roles/assignments': (state, body) => assign(state, assignmentSchema.parse(body), true),
  'DELETE app-roles/assignments': (state, body) => assign(state, assignmentSchema.parse(body), false),
  'PUT empty': (state, body) => {
    const { users = state.empty.users, groups = state.empty.groups } = emptySchema.parse(body)
    state.empty = { users, groups }
  },
  'PUT foreign-tenant': (state, body) => void (state.foreignTenant = foreignSchema.parse(body)),
  'GET history': (state) => state.history,
  'GET counters': (state) => state.counters,
  'DELETE counters': (state) => void (state.counters = noCounters()),
  'POST faults': (state, body) => {
    const fault = faultSchema.parse(body)
    state.faults.push({ ...fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  },
  'DELETE faults': (state) => void (state.faults = []),
  'POST tokens/expire': (state) => void state.tokenGeneration++,
  'PUT lag': (state, body) => void (state.lag = lagSchema.parse(body)),
  'DELETE lag': (state) => {
    state.lag = 0
    releaseLag(state)
  },
  'POST links/expire': (state, body) => {
    const { links, as } = expireLinksSchema.parse(body)
    state.linkGeneration++
    state.expiries[links] = { before: state.linkGeneration, as }
  },
  'PATCH traps': (state, body) => {
    state.traps = { ...state.traps, ...trapsPatchSchema.parse(body) }
  },
  'PUT units': (state, body) => {
    state.options = { ...state.options, unitsPerTenSeconds: unitsSchema.parse(body) }
    state.window = { start: 0, units: 0 }
  },
}

const rulesWaitSchema = z.boolean()
const appRolesSchema = z.array(appRoleSchema)
const unitsSchema = z.union([z.literal('documented'), z.literal('unlimited'), z.int().min(1)])

/** Answers a request to `/admin/…`; `path` without that prefix. */
export function answerAdmin(state: DirectoryState, method: string, path: string, body: unknown): Answer {
  const [, , id = ''] = /^(users|groups)\/([^/]+)/.exec(path) ?? []
  const handler = handlers[`${method} ${path.replace(/^(users|groups)\/[^/]+/, '$1/*')}`]
  if (!handler) return { status: 404, headers: {}, body: { error: 'There is no such admin route.' } }
  try {
    return ok(handler(state, body, decodeURIComponent(id)) ?? null)
  } catch (error) {
    if (error instanceof AdminError) return { status: error.status, headers: {}, body: { error: error.message } }
    if (error instanceof z.ZodError) return { status: 400, headers: {}, body: { error: z.prettifyError(error) } }
    throw error
  }
}
