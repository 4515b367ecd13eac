import { z } from 'zod'
import { groupKindSchema } from './group.ts'

/** Awkward but documented behaviour of delta pages; 0 or false switches one off. */
const trapsSchema = z.strictObject({
  /** Every nth page of a round is empty and has a nextLink. */
  emptyPageEvery: z.int().min(0).default(5),
  /** Every nth page of an enumeration begins with an entry of the page before. */
  repeatEvery: z.int().min(0).default(3),
  /** An enumeration's order has nothing to do with the people's age. */
  outOfOrder: z.boolean().default(true),
  /** A deltaLink shows this many of the newest changes once more. */
  replay: z.int().min(0).default(0),
  /** Every nth page of `GET /users?$filter=id in (…)` leaves out the last match although it is there. */
  omitEvery: z.int().min(0).default(0),
})

/** Some of the traps: without the defaults, so that what is left out stays as it is. */
export const trapsPatchSchema = z.strictObject({
  emptyPageEvery: z.int().min(0).exactOptional(),
  repeatEvery: z.int().min(0).exactOptional(),
  outOfOrder: z.boolean().exactOptional(),
  replay: z.int().min(0).exactOptional(),
  omitEvery: z.int().min(0).exactOptional(),
})

const seededGroupSchema = z.strictObject({
  /** Its display name, by which `nestedIn` names it. */
  name: z.string().min(1),
  /** How many of the seeded people are its direct members. */
  members: z.union([z.int().min(0), z.literal('all')]),
  /** Name of the seeded group that it is a member of. Cycles are allowed. */
  nestedIn: z.string().optional(),
  kind: groupKindSchema.default('security'),
})
export type SeededGroup = z.infer<typeof seededGroupSchema>

export const directoryOptionsSchema = z.strictObject({
  /** Seeded people. The same number and seed give the same people. */
  users: z.int().min(0).max(1_000_000),
  seed: z.int().default(1),
  /** `b2c`: local accounts, often without mail, and no delta. */
  kind: z.enum(['workforce', 'b2c']).default('workforce'),
  /** Entries a delta page, and people a page of `GET /users` without `$top`. */
  pageSize: z.int().min(1).max(999).default(100),
  /** Most members a page of groups/delta. */
  memberPageSize: z.int().min(1).default(1000),
  /** Seeded groups. The same people, seed and groups give the same members. */
  groups: z.array(seededGroupSchema).default([]),
  accessTokenSeconds: z.int().min(1).default(3599),
  /** Resource units per 10 seconds: the documented limit for the tenant's size, another number, or no limit. */
  unitsPerTenSeconds: z.union([z.literal('documented'), z.literal('unlimited'), z.int().min(1)]).default('documented'),
  /** Requests to one mailbox (photos) in ten minutes, per app. */
  mailboxRequests: z.int().min(1).default(10_000),
  traps: trapsSchema.prefault({}),
})

export type Traps = z.infer<typeof trapsSchema>
export type DirectoryOptions = z.infer<typeof directoryOptionsSchema>
/** As a caller writes them: everything but `users` has a default. */
export type DirectoryOptionsInput = z.input<typeof directoryOptionsSchema>
