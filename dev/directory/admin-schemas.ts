import { z } from 'zod'
import { personPatchSchema } from './person.ts'

export const routeNames = [
  'token',
  'organization',
  'users',
  'users/$count',
  'users/{id}',
  'users/delta',
  'deletedItems/{id}',
  'getByIds',
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

export const newPersonSchema = personPatchSchema.extend({ id: z.guid().optional() })
export const changesSchema = z.array(z.strictObject({ id: z.string(), patch: personPatchSchema }))

export const personSchema = personPatchSchema.extend({ id: z.string(), userPrincipalName: z.string() })
export const adminPersonSchema = z.strictObject({
  status: z.enum(['active', 'soft-deleted', 'purged']),
  person: personSchema,
})
export type AdminPerson = z.infer<typeof adminPersonSchema>

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

export const historySchema = z.array(
  z.strictObject({
    id: z.string(),
    kind: z.enum(['created', 'updated', 'soft-deleted', 'restored', 'purged']),
    properties: z.array(z.string()).nullable(),
    /** ms since 1970. */
    at: z.number(),
  }),
)
export type History = z.infer<typeof historySchema>
