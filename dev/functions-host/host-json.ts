import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { logLevels, toLogLevel } from './log.ts'

/** .NET TimeSpan: `hh:mm:ss`, `d.hh:mm:ss`, with an optional fraction. In milliseconds. */
const timeSpan = z.string().transform((text, context) => {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(\.\d+)?$/.exec(text)
  if (match === null) {
    context.addIssue({ code: 'custom', message: `"${text}" is not a time span like 00:00:30` })
    return z.NEVER
  }
  const [, days = '0', hours, minutes, seconds, fraction = '0'] = match
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds) + Number(fraction)) * 1000
})

const levelName = z
  .string()
  .refine((name) => logLevels.some((level) => level.toLowerCase() === name.toLowerCase()), 'is not a log level')
  .transform(toLogLevel)

/** Unknown keys are accepted, as the real host does; ranges and defaults are the storage extension's. */
const schema = z.object({
  version: z.literal('2.0'),
  functionTimeout: z
    .union([z.literal('-1').transform(() => null), timeSpan])
    .nullable()
    .default(null),
  logging: z.object({ logLevel: z.record(z.string(), levelName).default({}) }).prefault({}),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: z
        .object({
          batchSize: z.int().min(1).max(32).default(16),
          newBatchThreshold: z.int().min(0).optional(),
          maxDequeueCount: z.int().min(1).default(5),
          maxPollingInterval: timeSpan.pipe(z.number().min(100)).optional(),
          visibilityTimeout: timeSpan.default(0),
          messageEncoding: z
            .string()
            .transform((value) => value.toLowerCase())
            .pipe(z.enum(['base64', 'none']))
            .default('base64'),
        })
        .prefault({}),
    })
    .prefault({}),
})

export type QueueOptions = {
  batchSize: number
  newBatchThreshold: number
  maxDequeueCount: number
  maxPollingInterval: number
  visibilityTimeout: number
  messageEncoding: 'base64' | 'none'
}

export type HostJson = {
  /** Milliseconds; null: no limit. */
  functionTimeout: number | null
  logLevel: z.output<typeof schema>['logging']['logLevel']
  routePrefix: string
  queues: QueueOptions
}

/** @throws Error that names every faulty path; the real host then answers 503 and starts nothing. */
export async function readHostJson(root: string, isDevelopment: boolean): Promise<HostJson> {
  const parsed = schema.safeParse(JSON.parse(await readFile(path.join(root, 'host.json'), 'utf8')))
  if (!parsed.success) throw new Error(`host.json is not valid\n${z.prettifyError(parsed.error)}`)
  const { functionTimeout, logging, extensions } = parsed.data
  const { newBatchThreshold, maxPollingInterval, ...queues } = extensions.queues
  return {
    functionTimeout,
    logLevel: logging.logLevel,
    routePrefix: extensions.http.routePrefix.replace(/^\/|\/$/g, ''),
    queues: {
      ...queues,
      newBatchThreshold: newBatchThreshold ?? Math.floor(queues.batchSize / 2),
      maxPollingInterval: maxPollingInterval ?? (isDevelopment ? 2_000 : 60_000),
    },
  }
}
