import { describe, expect, test } from 'vitest'
import { RetryLater, Terminal } from '../../../lib/domain/faults.ts'
import { type Asked, classifyGraphFault } from '../../../lib/graph/classify-graph-fault.ts'
import { classifyThrown } from '../../../lib/graph/classify-thrown.ts'
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
    expect(classify(status, code, 'link')).toBeInstanceOf(DirectoryReset)
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
    [400, 'Request_UnsupportedQuery', 'read', 'graph-refused'],
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

describe('classifyThrown', () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name })
  const network = (code: string) =>
    Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('no'), { code }) })

  test.each([
    ['AADSTS7000215: Invalid client secret provided.', /AZURE_CLIENT_SECRET is wrong/],
    ['AADSTS7000222: The provided client secret keys are expired.', /has expired/],
    ['AADSTS700016: Application not found', /AZURE_CLIENT_ID/],
    ['AADSTS90002: Tenant not found', /AZURE_TENANT_ID/],
    ['AADSTS53003: blocked', /AADSTS53003/],
    ['invalid_client', /Check AZURE_TENANT_ID/],
  ])('%s needs somebody', (message, cure) => {
    const fault = classifyThrown(named('AuthenticationRequiredError', message), 'sign-in')
    expect(fault).toBeInstanceOf(Terminal)
    expect(fault.message).toMatch(cure)
  })

  test('a transient error of Entra passes', () => {
    expect(classifyThrown(new Error('AADSTS90033: A transient error'), 'sign-in')).toBeInstanceOf(RetryLater)
  })

  test('no managed identity needs somebody', () => {
    expect(classifyThrown(named('CredentialUnavailableError', 'x'), 'sign-in')).toMatchObject({
      reason: 'no-credential',
    })
  })

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_SOCKET'])('%s passes and is named', (code) => {
    const fault = classifyThrown(network(code), 'request')
    expect(fault).toBeInstanceOf(RetryLater)
    expect(fault.message).toContain(code)
  })

  test('a certificate that is not trusted needs somebody, on the way to Entra and to Graph', () => {
    for (const during of ['sign-in', 'request'] as const)
      expect(classifyThrown(network('DEPTH_ZERO_SELF_SIGNED_CERT'), during)).toMatchObject({ reason: 'certificate' })
  })

  test('what is classified already stays', () => {
    const fault = new Terminal('x', 'y')
    expect(classifyThrown(fault, 'request')).toBe(fault)
  })
})
