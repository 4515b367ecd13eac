import { z } from 'zod'
import { type Answer, type Call, graphError, ok } from './graph-answer.ts'
import type { DirectoryState } from './state.ts'

const common = {
  select: z.array(z.string()),
  issued: z.number(),
  generation: z.number(),
  /** Issued while the credential was another tenant's. */
  foreign: z.boolean(),
}
const unit = { pass: z.number(), place: z.number() }

/** One page of a round: with a nextLink, or with the deltaLink that ends it. */
export function deltaPage(
  state: DirectoryState,
  resource: 'users' | 'groups',
  value: readonly object[],
  token: LinkToken,
): Answer {
  const last = token.kind === 'delta' || token.kind === 'groups-delta'
  const [name, parameter] = last ? ['@odata.deltaLink', '$deltatoken'] : ['@odata.nextLink', '$skiptoken']
  return ok({
    '@odata.context': `${state.origin}/v1.0/$metadata#${resource}`,
    [name]: `${state.origin}/v1.0/${resource}/delta?${parameter}=${writeToken(token)}`,
    value,
  })
}

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
  z.strictObject({
    kind: z.literal('list'),
    ...common,
    /** Of the manager, who is expanded. */
    manager: z.array(z.string()).nullable(),
    position: z.number(),
    top: z.number(),
  }),
  z.strictObject({ kind: z.literal('assignments'), ...common, position: z.number(), top: z.number() }),
  /** Pass n shows the nth chunk of members of every group; `before` is the last that was shown. */
  z.strictObject({
    kind: z.literal('groups-enumerate'),
    ...common,
    ...unit,
    before: z.strictObject(unit).nullable(),
    count: z.number(),
    since: z.number(),
    page: z.number(),
  }),
  z.strictObject({
    kind: z.literal('groups-changes'),
    ...common,
    since: z.number(),
    page: z.number(),
    minimal: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('groups-delta'), ...common, since: z.number() }),
  z.strictObject({
    kind: z.literal('members'),
    ...common,
    group: z.string(),
    depth: z.enum(['direct', 'transitive']),
    cast: z.enum(['user', 'group']).nullable(),
    after: z.number(),
    top: z.number(),
  }),
])
export type LinkToken = z.infer<typeof linkTokenSchema>
export type TokenOf<Kind extends LinkToken['kind']> = Extract<LinkToken, { kind: Kind }>

/** What every link issued now carries. */
export const issued = (state: DirectoryState, now: number) => ({
  issued: now,
  generation: state.linkGeneration,
  foreign: state.foreignTenant,
})

export const badToken = (): Answer => graphError(400, 'Request_BadRequest', 'Badly formed token.')

/** The nextLink of a list. As in Graph it repeats the query's `$select` and `$top`. https://learn.microsoft.com/graph/paging */
export function listLink(state: DirectoryState, call: Call, token: LinkToken): string {
  const kept = ['$select', '$top'].flatMap((name) => {
    const value = call.query.get(name)
    return value === null ? [] : [`${name}=${encodeURIComponent(value)}&`]
  })
  return `${state.origin}/v1.0${encodeURI(call.path)}?${kept.join('')}$skiptoken=${writeToken(token)}`
}

const writeToken = (token: LinkToken): string => Buffer.from(JSON.stringify(token)).toString('base64url')

const week = 7 * 24 * 60 * 60 * 1000

/** The token of a link, or the error Graph answers for one that is malformed, expired or reset. */
export function readToken(state: DirectoryState, text: string, now: number): LinkToken | { error: Answer } {
  const parsed = linkTokenSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!parsed.success) return { error: badToken() }
  const token = parsed.data
  const delta = token.kind === 'delta' || token.kind === 'groups-delta'
  const expiry = delta ? state.expiries.delta : state.expiries.next
  const unknown = now - token.issued > week || token.foreign !== state.foreignTenant
  const age = unknown ? (delta ? 'syncStateNotFound-400' : 'expiredPage') : null
  const as = expiry && token.generation < expiry.before ? expiry.as : age
  if (as === null) return token
  const resource = token.kind.startsWith('groups') ? 'groups' : 'users'
  const location = `${state.origin}/v1.0/${resource}/delta?$deltatoken=`
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
