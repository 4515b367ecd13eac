import { z } from 'zod'
import { groupSchema } from './group.ts'
import { extensionValuesSchema, personPatchSchema, personPropertiesSchema } from './person.ts'

export const routeNames = [
  'token',
  'organization',
  'users',
  'users/$count',
  'users/{id}',
  'users/{id}/directReports',
  'users/{id}/photo',
  'users/{id}/photo/$value',
  'users/delta',
  'deletedItems/{id}',
  'getByIds',
  'groups/{id}',
  'servicePrincipals/{id}',
  'servicePrincipals/{id}/appRoleAssignedTo',
  'groups/{id}/members',
  'groups/{id}/transitiveMembers',
  'groups/delta',
  'checkMemberGroups',
  'getMemberGroups',
  '$batch',
] as const
export type RouteName = (typeof routeNames)[number]

export const faultSchema = z.strictObject({
  route: z.union([z.enum(routeNames), z.literal('any')]).default('any'),
  /** Only requests that name this object id, in the path or in a filter. */
  id: z.string().optional(),
  /** `item`: only inside a `$batch`; `request`: only outside. */
  inside: z.enum(['item', 'request']).optional(),
  /** How many requests it hits; without it, all until the faults are cleared. */
  times: z.int().min(1).optional(),
  /** Milliseconds to wait before the answer. */
  delay: z.int().min(0).default(0),
  /** Answers with this status and a Graph error. Without it the request goes on (after `delay`). */
  status: z.int().min(300).max(599).optional(),
  code: z.string().default('UnknownError'),
  message: z.string().default('A fault that was asked for.'),
  headers: z.record(z.string(), z.string()).default({}),
  /** What happens to the connection instead of a whole answer. Not inside a `$batch`. */
  breaks: z.enum(['disconnect', 'truncate', 'html', 'hang']).optional(),
})
export type Fault = z.infer<typeof faultSchema>
export type FaultInput = z.input<typeof faultSchema>

/** Milliseconds that reads by id stay behind after a change. */
export const lagSchema = z.union([z.int().min(0), z.literal('until-released')])
export type Lag = z.infer<typeof lagSchema>

export const expireLinksSchema = z.strictObject({
  /** Which links: the delta tokens, or the nextLinks of rounds under way. */
  links: z.enum(['delta', 'next']),
  as: z.enum(['gone', 'syncStateNotFound-400', 'syncStateNotFound-404', 'expiredPage']),
})

/** What a person's photo is, or in which of its forms there is none. */
export const photoSchema = z.union([
  z.strictObject({
    /** Edge of the upload in pixels: sizes up to it can be had. */
    edge: z.int().min(1).max(5000).default(648),
    /** Anything; another one is another picture. */
    look: z.string().default('a'),
    /** `directory`: of any size, in that size only, as photos are that no mailbox has. */
    kept: z.enum(['mailbox', 'directory']).default('mailbox'),
    type: z.enum(['png', 'gif']).default('png'),
  }),
  z.strictObject({
    /** `1x1`: 200 with a picture of one pixel and no tag, metadata only. Else 404 with this code; `null`: with no body. */
    none: z.union([
      z.enum(['1x1', 'ImageNotFound', 'ErrorItemNotFound', 'ErrorNonExistentMailbox', 'Request_ResourceNotFound']),
      z.null(),
    ]),
  }),
])
export type PhotoInput = z.input<typeof photoSchema>

export const newPersonSchema = z.intersection(
  personPropertiesSchema.extend({ id: z.guid().optional() }),
  extensionValuesSchema,
)
export const changesSchema = z.array(z.strictObject({ id: z.string(), patch: personPatchSchema }))

export const personSchema = z.intersection(
  personPropertiesSchema.extend({ id: z.string(), userPrincipalName: z.string() }),
  extensionValuesSchema,
)
const statusSchema = z.enum(['active', 'soft-deleted', 'purged'])
export const adminPersonSchema = z.strictObject({ status: statusSchema, person: personSchema })
export type AdminPerson = z.infer<typeof adminPersonSchema>

export const groupPatchSchema = z.strictObject({ displayName: z.string().min(1) })
export const membersSchema = z.array(z.string())
export const adminGroupSchema = z.strictObject({
  status: statusSchema,
  group: groupSchema,
  /** Object ids of its members, not nested; soft-deleted people keep their memberships. */
  members: z.array(z.string()),
})
export type AdminGroup = z.infer<typeof adminGroupSchema>

export const emptySchema = z.strictObject({ users: z.boolean().optional(), groups: z.boolean().optional() })
export const foreignSchema = z.boolean()

export const countersSchema = z.strictObject({
  /** HTTP requests by route, refused ones included. */
  requests: z.partialRecord(z.enum(routeNames), z.number()),
  /** Items of `$batch` requests by route. */
  items: z.partialRecord(z.enum(routeNames), z.number()),
  resourceUnits: z.number(),
  /** Requests and items answered with 429. */
  throttled: z.number(),
})
export type Counters = z.infer<typeof countersSchema>

const historyItemSchema = z.strictObject({
  /** ms since 1970. */
  at: z.number(),
  kind: z.enum([
    'created',
    'updated',
    'soft-deleted',
    'restored',
    'purged',
    'group-created',
    'group-updated',
    'group-deleted',
    'group-restored',
    'member-added',
    'member-removed',
  ]),
  /** Object id of the person; of the member where a membership changed; of the group where a group did. */
  id: z.string(),
  /** Object id of the group; null where a person changed. */
  group: z.string().nullable(),
  /** Names of the properties that changed. */
  properties: z.array(z.string()).nullable(),
  /**
   * What is true from then on. A person: everything when created, else `accountEnabled`, `userType` and the properties that
   * changed. A membership: `type` of the member (user, group). A group: its properties, or the `reason` it is gone.
   */
  values: z.record(z.string(), z.unknown()),
  /** Of an update: the properties that changed, as they were. */
  before: z.record(z.string(), z.unknown()).nullable(),
})
export type HistoryItem = z.infer<typeof historyItemSchema>
export const historySchema = z.array(historyItemSchema)
export type History = z.infer<typeof historySchema>
