import { describe, expect, test } from 'vitest'
import { RetryLater, Terminal } from '../../../lib/domain/faults.ts'
import { type Asked, classifyGraphFault, graphErrorNames } from '../../../lib/graph/classify-graph-fault.ts'
import { graphRetryAfter } from '../../../lib/graph/graph-retry-after.ts'
import { DirectoryReset } from '../../../lib/sync/ports/directory.ts'

const now = Date.UTC(2026, 10, 23, 10, 15, 0)
const body = (code: string, message = '') => ({ error: { code, message } })
const classify = (status: number, code: string | null, kind: Asked['kind'], message = '') =>
  classifyGraphFault(
    { status, retryAfter: null, body: code === null ? undefined : body(code, message) },
    { what: 'a test', kind },
    now,
  )

describe('classifyGraphFault', () => {
  test.each([
    [410, 'resyncRequired'],
    [410, null],
    [400, 'syncStateNotFound'],
    [404, 'SyncStateNotFound'],
    [400, 'resyncRequired'],
    [400, 'Directory_ExpiredPageToken'],
  ])('a followed link that answers %i %s is a reset', (status, code) => {
    for (const kind of ['link', 'page'] as const) expect(classify(status, code, kind)).toBeInstanceOf(DirectoryReset)
    expect(classify(status, code, 'enumeration')).not.toBeInstanceOf(DirectoryReset)
  })

  test.each([408, 429, 500, 502, 503, 504, 599])('%i passes, with or without a body', (status) => {
    expect(classify(status, 'Whatever', 'link')).toBeInstanceOf(RetryLater)
    expect(classify(status, null, 'read')).toBeInstanceOf(RetryLater)
  })

  test.each([
    [401, 'InvalidAuthenticationToken', 'enumeration', 'token-refused'],
    [403, 'Authorization_RequestDenied', 'read', 'permission-missing'],
    [400, 'Request_UnsupportedQuery', 'enumeration', 'delta-not-supported'],
    [400, 'Request_UnsupportedQuery', 'link', 'delta-not-supported'],
    [400, 'Request_UnsupportedQuery', 'read', 'graph-refused'],
    [400, 'Request_UnsupportedQuery', 'page', 'graph-refused'],
    [400, 'Request_BadRequest', 'link', 'graph-refused'],
    [501, 'NotImplemented', 'read', 'graph-refused'],
    [302, null, 'read', 'redirected'],
  ] as const)('%i %s on %s needs somebody: %s', (status, code, kind, reason) => {
    const fault = classify(status, code, kind)
    expect(fault).toBeInstanceOf(Terminal)
    expect(fault).toMatchObject({ reason })
  })

  test("a 4xx that isn't Graph's own passes", () => {
    expect(classify(404, null, 'read')).toBeInstanceOf(RetryLater)
  })

  test('only a property of a person can stand in the configuration', () => {
    const message = (type: string) =>
      classify(400, 'Request_BadRequest', 'read', `Could not find a property named 'x1'${type}.`)
    for (const type of ['', " on type 'user'", " on type 'microsoft.graph.user'"])
      expect(message(type)).toMatchObject({ message: expect.stringMatching(/user has no property x1.*SYNC_CONFIG/) })
    expect(message(" on type 'microsoft.graph.group'")).toMatchObject({
      reason: 'unknown-property',
      message: expect.stringMatching(/group has no property x1.*GRAPH_BASE_URL/),
    })
  })

  test('an object is named whatever its case', () => {
    const named = (id: string) =>
      graphErrorNames(body('Request_ResourceNotFound', "Resource 'ab-1' does not exist"), id)
    expect([named('AB-1'), named('b-1'), named('ab-2')]).toEqual([true, false, false])
    expect(graphErrorNames(undefined, 'ab-1')).toBe(false)
  })

  test('an unknown property is named; no other message of Graph is repeated', () => {
    const fault = classify(400, 'Request_BadRequest', 'read', "Could not find a property named 'x1' on type 'user'.")
    expect(fault).toMatchObject({ reason: 'unknown-property', message: expect.stringContaining('x1') })
    for (const status of [400, 403, 404, 410, 429, 500])
      expect(classify(status, 'Some_Code', 'link', 'jana@contoso.example').message).not.toContain('jana')
  })
})

describe('graphRetryAfter', () => {
  test.each([
    ['2.128', 2128],
    ['10', 10_000],
    [' 0 ', 0],
    ['0.0001', 1],
    [new Date(now + 5000).toUTCString(), 5000],
    [new Date(now - 5000).toUTCString(), 0],
    ['', null],
    ['-5', null],
    ['soon', null],
    [null, null],
    [undefined, null],
  ])('%s is %s ms', (header, milliseconds) => {
    expect(graphRetryAfter(header, now)).toBe(milliseconds)
  })
})
