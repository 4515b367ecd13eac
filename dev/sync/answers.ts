import { z } from 'zod'

/** What the routes answer, as far as the command line shows it. */
const time = z.string()
const id = z.string()

export const connectionsAnswer = z.object({ connections: z.array(z.object({ id })) })

const counters = z.object({
  ...{ seen: z.number(), dropped: z.number(), siteRequests: z.number(), siteWrites: z.number() },
  ...{ created: z.number(), adopted: z.number(), updated: z.number(), unchanged: z.number() },
  ...{ suspended: z.number(), restored: z.number(), deleted: z.number(), held: z.number() },
  ...{ skipped: z.number(), failed: z.number() },
})

const cycle = z.object({
  id,
  kind: z.enum(['initial', 'incremental', 'full']),
  dryRun: z.boolean(),
  state: z.enum(['reading', 'read', 'settled', 'stopped']),
  error: z.string().nullable(),
  startedAt: time,
  settledAt: time.nullable(),
  counters,
  progress: z.object({ done: z.number(), total: z.number().nullable(), etaMilliseconds: z.number().nullable() }),
})

const fieldChanges = z.array(z.object({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() }))

const change = z.object({
  objectId: id,
  status: z.string(),
  reason: z.string().nullable(),
  who: z.object({
    userPrincipalName: z.string().nullable(),
    email: z.string().nullable(),
    username: z.string().nullable(),
  }),
  changes: fieldChanges,
  error: z.string().nullable(),
})

export const cycleAnswer = cycle.extend({ changes: z.array(change).optional(), truncated: z.boolean().optional() })

export const previewAnswer = z.object({
  ...{ objectId: id.nullable(), userPrincipalName: z.string().nullable() },
  ...{ standing: z.string(), memberships: z.array(id) },
  ...{ outcome: z.string(), reason: z.string().nullable(), error: z.string().nullable() },
  ...{ wordpressId: z.number().nullable(), username: z.string().nullable() },
  changes: fieldChanges,
  /** Absent: an app that doesn't explain them yet. */
  fields: z
    .array(
      z.object({
        field: z.string(),
        expression: z.string().nullable(),
        value: z.string().nullable(),
        once: z.boolean(),
      }),
    )
    .default([]),
  warnings: z.array(z.string()),
})

/** A path of this app: the key goes along to wherever it leads. */
export const startedAnswer = z.object({ location: z.string().regex(/^\/[^/]/) })

const tripped = z.object({ at: time, removals: z.number(), limit: z.number() }).nullable()

export const statusAnswer = z.object({
  connection: id,
  site: z.object({ id, url: z.string() }),
  cycles: z.array(cycle),
  waiting: z.record(z.string(), z.number()),
  breaker: z
    .object({ openUntil: time, since: time, failures: z.number(), reason: z.string(), message: z.string() })
    .nullable(),
  guard: z.object({ removals: z.number(), tripped }),
  held: z.number(),
  moreHeld: z.boolean(),
  companion: z.object({ version: z.string(), contract: z.number() }).nullable().default(null),
  warnings: z.array(z.string()).default([]),
  verify: z
    .object({
      ...{ startedAt: time, finishedAt: time.nullable() },
      ...{ checked: z.number(), drifted: z.number(), missing: z.number() },
    })
    .nullable(),
  /** Mapped fields that the site doesn't take, with the cure. */
  untaken: z.string().nullish(),
  /** Absent: an app that doesn't know photos yet. */
  photos: z
    .object({
      ...{ startedAt: time.nullable(), finishedAt: time.nullable() },
      ...{ asked: z.number(), changed: z.number(), error: z.string().nullable() },
      targets: z.array(z.string()).nullable(),
    })
    .nullish(),
})

const removal = z.object({
  ...{ objectId: id, login: z.string(), wordpressId: z.number() },
  ...{ action: z.string(), reason: z.string(), state: z.string() },
  ...{ since: time, decidedAt: time.nullable() },
})

export const removalsAnswer = z.object({ removals: z.array(removal), tripped, continuation: z.string().optional() })

export const decidedAnswer = z.object({ decided: z.number(), lost: z.array(id), unknown: z.array(id) })

export const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ in: z.string(), path: z.string(), message: z.string() })).optional(),
})

export type Cycle = z.infer<typeof cycle>
export type CycleAnswer = z.infer<typeof cycleAnswer>
export type Change = z.infer<typeof change>
export type Preview = z.infer<typeof previewAnswer>
export type Status = z.infer<typeof statusAnswer>
export type Removal = z.infer<typeof removal>
export type Tripped = z.infer<typeof tripped>
