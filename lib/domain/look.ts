import * as z from 'zod'
import type { AuditRow } from './audit.ts'

/** Most ids a message carries: 400 GUIDs are about 16 KB, a third of what a queue takes. */
export const idsPerMessage = 400

/** The queues of a lane, the most urgent first. A look that lies in the last one is at somebody's photo, any other at the person. */
export const laneQueues = ['now', 'soon', 'bulk', 'photos'] as const
/** Those that a cycle's people lie in. */
export const peopleQueues = ['now', 'soon', 'bulk'] as const satisfies readonly LaneQueue[]
export type LaneQueue = (typeof laneQueues)[number]

export const lookTriggers = [
  'cycle',
  'notification',
  'on-demand',
  'retry',
  'second-look',
  'approval',
  'verify',
  'photo',
] as const satisfies readonly AuditRow['trigger'][]

const lookMessageSchema = z.strictObject({
  connection: z.string().min(1).max(50),
  ids: z.array(z.string().min(1).max(100)).min(1).max(1000),
  trigger: z.enum(lookTriggers),
  /** When the change was heard of, ms: decides on the second look. */
  signal: z.number().int(),
  cycle: z.string().nullable(),
  /** The message's row beside the Checkpoint, or null where none tracks it. */
  number: z.number().int().nullable(),
  /** True: tell what would happen, write nothing. */
  dryRun: z.literal(true).optional(),
})

/** "Look at these users": ids only, never what a user looks like. */
export type LookMessage = z.infer<typeof lookMessageSchema>

const readMessageSchema = z.strictObject({
  connection: z.string().min(1).max(50),
  /** `due`: whatever is due by now. Absent: go on with the cycle under way. */
  start: z.enum(['due', 'incremental', 'full']).optional(),
  /** A cycle that writes nothing, beside the others: with `start` a new one, without it the one under way. */
  dryRun: z.literal(true).optional(),
  /** Begin the connection's photo poll where it is due, or go on with it: nothing of a cycle. */
  photos: z.literal(true).optional(),
})

/** Starts a cycle or goes on with one. Carries no link: the Checkpoint has it. */
export type ReadMessage = z.infer<typeof readMessageSchema>

const drainMessageSchema = z.strictObject({ site: z.string().min(1).max(50) })

/** Parses what came out of a queue, as text or as JSON that the Functions host parsed already; null where it is no such message. */
export const parseLookMessage = parser(lookMessageSchema)
export const parseReadMessage = parser(readMessageSchema)
export const parseDrainMessage = parser(drainMessageSchema)

function parser<T>(schema: z.ZodType<T>): (input: unknown) => T | null {
  return (input) => {
    try {
      return schema.safeParse(typeof input === 'string' ? JSON.parse(input) : input).data ?? null
    } catch {
      return null
    }
  }
}

/** One user to look at, as the lane knows it. */
export type Look = {
  connection: string
  objectId: string
  trigger: LookMessage['trigger']
  queue: LaneQueue
  signal: number
  cycle: string | null
  dryRun: boolean
  /** How often this run has looked already: somebody was faster, or had the address. */
  tries: number
  /** Most users that may share its request to the site: halved each time one fails as a whole, down to the culprit. */
  batch: number
}
