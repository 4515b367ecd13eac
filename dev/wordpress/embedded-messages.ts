import { z } from 'zod'

/** The one PHP whose WebAssembly build is installed: package.json overrides the packages of the others. */
export const phpVersion = '8.3'

export const serverOptions = z.object({
  /** Port of 127.0.0.1; without one nothing is served, only asked by message. */
  port: z.number().optional(),
  workers: z.number(),
  /** Install WordPress where the database is empty. */
  install: z.boolean(),
  /** Version of WordPress to download into the mounted folder. */
  download: z.string().optional(),
  mounts: z.array(z.object({ hostPath: z.string(), vfsPath: z.string() })),
})
export type ServerOptions = z.infer<typeof serverOptions>

export const requestFromParent = z.object({
  id: z.number(),
  ask: z.enum(['php', 'pause', 'resume']),
  code: z.string(),
})
export type RequestFromParent = z.infer<typeof requestFromParent>

/** The reply with id 0 says that the server is up; its text is nothing else's. */
export const replyToParent = z.union([
  z.object({ id: z.number(), text: z.string() }),
  z.object({ id: z.number(), error: z.string() }),
])
export type ReplyToParent = z.infer<typeof replyToParent>
