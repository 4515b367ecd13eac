import { z } from 'zod'
import { type Answer, graphError } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

const common = { select: z.array(z.string()), issued: z.number(), generation: z.number() }

/** What a link holds; to a client it is opaque. */
const linkTokenSchema = z.discriminatedUnion('kind', [
  /** Where an enumeration stands: people below `count`, changes from `since` on come with the deltaLink. */
  z.strictObject({
    kind: z.literal('enumerate'),
    ...common,
    position: z.number(),
    count: z.number(),
    since: z.number(),
    page: z.number(),
  }),
  z.strictObject({ kind: z.literal('changes'), ...common, since: z.number(), page: z.number(), minimal: z.boolean() }),
  z.strictObject({ kind: z.literal('delta'), ...common, since: z.number() }),
  z.strictObject({ kind: z.literal('list'), ...common, position: z.number(), top: z.number() }),
])
export type LinkToken = z.infer<typeof linkTokenSchema>

export const writeToken = (token: LinkToken): string => Buffer.from(JSON.stringify(token)).toString('base64url')

const week = 7 * 24 * 60 * 60 * 1000

/** The token of a link, or the error Graph answers for one that is malformed, expired or reset. */
export function readToken(state: DirectoryState, text: string, now: number): LinkToken | { error: Answer } {
  const parsed = linkTokenSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!parsed.success) return { error: graphError(400, 'Request_BadRequest', 'Badly formed token.') }
  const token = parsed.data
  const expiry = token.kind === 'delta' ? state.expiries.delta : state.expiries.next
  const age = now - token.issued > week ? (token.kind === 'delta' ? 'syncStateNotFound-400' : 'expiredPage') : null
  const as = expiry && token.generation < expiry.before ? expiry.as : age
  if (as === null) return token
  const location = `${state.origin}/v1.0/users/delta?$deltatoken=`
  const errors = {
    gone: () => graphError(410, 'resyncRequired', 'Resync required.', { Location: location }),
    'syncStateNotFound-400': () => graphError(400, 'syncStateNotFound', 'The sync state generation is not found.'),
    'syncStateNotFound-404': () => graphError(404, 'syncStateNotFound', 'The sync state generation is not found.'),
    expiredPage: () =>
      graphError(
        400,
        'Directory_ExpiredPageToken',
        'The specified page token value has expired and can no longer be included in your request.',
      ),
  }
  return { error: errors[as]() }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
