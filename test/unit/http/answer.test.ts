import { HttpResponse } from '@azure/functions'
import { expect, test, vi } from 'vitest'
import { ConfigurationError } from '../../../lib/config/configuration-error.ts'
import { Conflict, RetryLater, SiteFault, Terminal } from '../../../lib/domain/faults.ts'
import { answer } from '../../../lib/http/answer.ts'
import { Problem } from '../../../lib/http/problem.ts'

const log = () => ({ error: vi.fn<(...args: unknown[]) => void>() })

/** What the caller gets, as the library makes it of what a route returned. */
async function thrown(error: unknown, invocation = log()) {
  const route = async () => {
    throw error
  }
  const response = new HttpResponse(await answer(invocation, route))
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, headers: response.headers, body, told: invocation.error.mock.calls.flat().join() }
}

test('what a route returns goes out, and nobody may keep it', async () => {
  const response = new HttpResponse(
    await answer(log(), () => ({ status: 202, headers: { Location: '/x' }, jsonBody: { ok: true } })),
  )
  expect([response.status, await response.json()]).toEqual([202, { ok: true }])
  expect(response.headers.get('location')).toBe('/x')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-type')).toBe('application/json')
})

test('a throw, even before there is a promise, is a problem and no empty 500', async () => {
  const response = new HttpResponse(
    await answer(log(), () => {
      throw new Problem(404, 'unknown-cycle', 'There is none.')
    }),
  )
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await response.json()).toEqual({
    type: 'urn:entra-wordpress-sync:problem:unknown-cycle',
    title: 'Not Found',
    status: 404,
    detail: 'There is none.',
  })
})

test('RetryLater is 503 with Retry-After in whole seconds', async () => {
  const said = await thrown(new RetryLater('storage is busy', 1200))
  expect([said.status, said.headers.get('retry-after'), said.body['detail']]).toEqual([503, '2', 'storage is busy'])
  expect((await thrown(new RetryLater('storage is busy', null))).headers.get('retry-after')).toBe('5')
})

test('Terminal and SiteFault are 502 with their reason, Conflict 409', async () => {
  const terminal = await thrown(new Terminal('storage-forbidden', 'Check the roles.'))
  expect([terminal.status, terminal.body['type'], terminal.body['detail']]).toEqual([
    502,
    'urn:entra-wordpress-sync:problem:storage-forbidden',
    'Check the roles.',
  ])
  expect((await thrown(new SiteFault('timeout', 'No answer.'))).status).toBe(502)
  expect((await thrown(new Conflict('a row'))).status).toBe(409)
})

test('faults of the settings are 503 without any of them', async () => {
  const { status, body, told } = await thrown(
    new ConfigurationError([{ setting: 'AZURE_TENANT_ID', message: 'must be a GUID' }]),
  )
  expect(status).toBe(503)
  expect(JSON.stringify(body)).not.toMatch(/AZURE_TENANT_ID|GUID/)
  expect(told).toContain('AZURE_TENANT_ID')
})

test('what nobody foresaw is 500: the log has it, the answer nothing of it', async () => {
  const { status, body, told } = await thrown(new TypeError('secret detail'))
  expect([status, body['type']]).toEqual([500, 'urn:entra-wordpress-sync:problem:unexpected'])
  expect(JSON.stringify(body)).not.toMatch(/secret|TypeError|\.ts:/)
  expect(told).toMatch(/TypeError: secret detail.*answer\.test\.ts/)
  expect((await thrown('a string')).status).toBe(500)
})

test('a problem of the caller is not logged', async () => {
  expect((await thrown(new Problem(400, 'invalid-request', 'No.'))).told).toBe('')
})
