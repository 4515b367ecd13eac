import { HttpRequest, HttpResponse, type HttpResponseInit } from '@azure/functions'
import { afterAll, beforeAll } from 'vitest'
import { startAzurite, type Azurite } from '../../dev/azurite.ts'
import { timeStamp } from '../../lib/domain/attempt.ts'
import type { Connection } from '../../lib/domain/connection.ts'
import { noCounters, type Cycle } from '../../lib/domain/cycle.ts'
import type { Removal } from '../../lib/domain/leaving.ts'
import { emptyLink } from '../../lib/domain/link.ts'
import { answer } from '../../lib/http/answer.ts'
import { createContext } from '../../lib/runtime.ts'
import type { SyncContext } from '../../lib/sync/context.ts'

/** Settings of an app whose directory and site nobody asks for anything. */
export function settingsFor(storage: string): Record<string, string> {
  return {
    AzureWebJobsStorage: storage,
    AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
    WORDPRESS_URL: 'https://www.contoso.example',
    WORDPRESS_USERNAME: 'entra-sync',
    WORDPRESS_APP_PASSWORD: 'planted secret',
  }
}

/** An operator's side of the app on real storage: connections of its own for each test. */
export function useStorage() {
  let azurite: Azurite
  let base: SyncContext
  beforeAll(async () => {
    azurite = await startAzurite()
    base = createContext(settingsFor(azurite.connectionString), () => {})
  })
  afterAll(() => azurite.stop())
  let scenes = 0
  return {
    connectionString: () => azurite.connectionString,
    /** The settings' own connection, `default`. */
    base: () => base,
    /** A connection that nobody else has. */
    scene: () => sceneOf(base, `scene-${++scenes}`),
  }
}

function sceneOf(base: SyncContext, id: string) {
  const [first] = base.connections
  if (!first) throw new Error('the settings have no connection')
  const connection: Connection = { ...first, id, site: { ...first.site, id } }
  return { connection, context: { ...base, connections: [connection] } }
}

export function personId(number: number): string {
  return `0f8fad5b-d9cb-469f-a165-${String(number).padStart(12, '0')}`
}

/** Links with a removal that waits, as the lane leaves them. Returns their object ids. */
export async function addRemovals(
  { stores }: SyncContext,
  { site, id }: Connection,
  count: number,
  more: Partial<Removal> = {},
  from = 1,
): Promise<string[]> {
  const removals = Array.from({ length: count }, (_, at): Removal => {
    const number = from + at
    const who = { connection: id, objectId: personId(number), wordpressId: number, login: `person.${number}` }
    const what = { action: 'suspend', reason: 'disabled', state: 'held', cycle: null } as const
    return { ...who, ...what, since: 1_795_428_900_000, decidedAt: null, ...more }
  })
  const writes = removals.map((removal) => ({
    link: { ...emptyLink(id, removal.objectId), wordpressId: removal.wordpressId, login: removal.login },
    etag: null,
    removal,
  }))
  const { lost } = await stores.links.write(site.id, writes)
  if (lost.size > 0) throw new Error('the removals are there already')
  return removals.map(({ objectId }) => objectId)
}

/** State by object id of what waits. */
export async function removalStates(
  { stores }: SyncContext,
  { site, id }: Connection,
): Promise<Map<string, Removal['state']>> {
  const states = new Map<string, Removal['state']>()
  for await (const { removal } of stores.links.removals(site.id, id)) states.set(removal.objectId, removal.state)
  return states
}

export function cycleOf(connection: string, startedAt: number, more: Partial<Cycle> = {}): Cycle {
  return {
    connection,
    id: `${timeStamp(startedAt)}-9f2c`,
    kind: 'full',
    trigger: 'on-demand',
    dryRun: false,
    state: 'reading',
    startedAt,
    readAt: null,
    settledAt: null,
    expected: null,
    error: null,
    counters: noCounters,
    ...more,
  }
}

export type Answered = { status: number; headers: Headers; body: Record<string, unknown> }

/** Runs a route as its function does, with a request as the host builds it. */
export async function ask(
  route: (request: HttpRequest) => HttpResponseInit | Promise<HttpResponseInit>,
  path: string,
  params: Record<string, string>,
  body?: unknown,
): Promise<Answered> {
  const sent = body === undefined ? {} : { body: { string: JSON.stringify(body) } }
  const headers = { 'content-type': 'application/json' }
  const url = `https://sync.example/api/${path}`
  const method = body === undefined ? 'GET' : 'POST'
  const request = new HttpRequest({ method, url, params, headers, ...sent })
  const response = new HttpResponse(await answer({ error: () => {} }, () => route(request)))
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}
