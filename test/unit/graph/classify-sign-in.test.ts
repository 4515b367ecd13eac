import { describe, expect, test } from 'vitest'
import { RetryLater, Terminal } from '../../../lib/domain/faults.ts'
import { classifySignIn } from '../../../lib/graph/classify-sign-in.ts'
import { classifyThrown } from '../../../lib/graph/classify-thrown.ts'

const now = Date.UTC(2026, 10, 23, 10, 15, 0)
const named = (name: string, message: string) => Object.assign(new Error(message), { name })
const network = (code: string) =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('no'), { code }) })
const thrown = named('CredentialUnavailableError', 'endpoints_resolution_error')
const refused = (text: string, status = 400, retryAfter: string | null = null) =>
  classifySignIn(thrown, { status, retryAfter, text }, now)

describe('classifySignIn', () => {
  test.each([
    ['AADSTS7000215: Invalid client secret provided.', /AZURE_CLIENT_SECRET is wrong/],
    ['AADSTS7000222: The provided client secret keys are expired.', /has expired/],
    ['AADSTS700016: Application not found', /AZURE_CLIENT_ID/],
    ['AADSTS90002: Tenant not found', /AZURE_TENANT_ID/],
    ['AADSTS53003: blocked', /AADSTS53003/],
    ['{"error":"invalid_client"}', /Check AZURE_TENANT_ID/],
  ])('%s needs somebody', (text, cure) => {
    expect(refused(text)).toBeInstanceOf(Terminal)
    expect(refused(text).message).toMatch(cure)
  })

  test("Entra's own words stay out", () => {
    expect(refused('AADSTS7000215: app secret-thing of jana@contoso.example').message).not.toMatch(/jana|thing/)
  })

  test.each([
    ['AADSTS90033: A transient error', 400],
    ['AADSTS7000215', 503],
    ['', 429],
    ['<html>', 404],
  ])('%s with %i passes', (text, status) => {
    expect(refused(text, status)).toBeInstanceOf(RetryLater)
  })

  test('a Retry-After is kept', () => {
    expect(refused('', 429, '12')).toMatchObject({ after: 12_000 })
  })

  test('without any request underneath there is no credential', () => {
    expect(classifySignIn(thrown, null, now)).toMatchObject({ reason: 'no-credential' })
  })

  test('what is classified already stays', () => {
    const fault = new Terminal('x', 'y')
    expect(classifySignIn(fault, null, now)).toBe(fault)
  })
})

describe('classifyThrown', () => {
  test.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_SOCKET'])('%s passes and is named', (code) => {
    for (const during of ['sign-in', 'request'] as const) {
      expect(classifyThrown(network(code), during)).toBeInstanceOf(RetryLater)
      expect(classifyThrown(network(code), during).message).toContain(code)
    }
  })

  test('a certificate that is not trusted needs somebody, on the way to Entra and to Graph', () => {
    for (const during of ['sign-in', 'request'] as const)
      expect(classifyThrown(network('DEPTH_ZERO_SELF_SIGNED_CERT'), during)).toMatchObject({ reason: 'certificate' })
  })
})
