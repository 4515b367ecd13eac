import { HttpRequest } from '@azure/functions'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { Problem } from '../../../lib/http/problem.ts'
import { readBody, readQuery } from '../../../lib/http/read-request.ts'

const schema = z.strictObject({ kind: z.enum(['incremental', 'full']) })
const json = { 'content-type': 'application/json' }
const url = 'https://sync.example/api/x'

function post(body: string | Buffer, headers: Record<string, string> = json): HttpRequest {
  return new HttpRequest({
    method: 'POST',
    url,
    headers,
    body: typeof body === 'string' ? { string: body } : { bytes: body },
  })
}

async function problemOf(request: HttpRequest): Promise<Problem> {
  const error: unknown = await readBody(request, schema).then(
    () => null,
    (fault: unknown) => fault,
  )
  expect(error).toBeInstanceOf(Problem)
  return error as Problem
}

test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/merge-patch+json'])(
  'a body of type %s is read',
  async (type) => {
    expect(await readBody(post('{"kind":"full"}', { 'content-type': type }), schema)).toEqual({ kind: 'full' })
  },
)

test.each([
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['application/jsonx', 415],
])('a body of type %s is %i', async (type, status) => {
  expect((await problemOf(post('{"kind":"full"}', { 'content-type': type }))).status).toBe(status)
})

test('a body over 64 KB is 413, whatever its header says of it', async () => {
  const large = `{"kind":"${'x'.repeat(65 * 1024)}"}`
  expect((await problemOf(post(large))).status).toBe(413)
  expect((await problemOf(post('{}', { ...json, 'content-length': '70000' }))).status).toBe(413)
  expect((await problemOf(post(large, { ...json, 'content-length': '10' }))).status).toBe(413)
})

test.each([['not json'], [''], [Buffer.from([0x22, 0xff, 0x22])]])('%j is no JSON: 400', async (body) => {
  expect(await problemOf(post(body))).toMatchObject({ status: 400, code: 'invalid-request' })
})

test('each fault of a body is told with its path, and no value is repeated', async () => {
  const problem = await problemOf(post('{"kind":"planted-value","extra":1}'))
  expect(problem).toMatchObject({
    status: 400,
    members: {
      errors: [
        { in: 'body', path: 'kind' },
        { in: 'body', path: '' },
      ],
    },
  })
  expect(JSON.stringify(problem.members)).not.toContain('planted-value')
})

test('a query with a repeated key is refused, one with a key of the host is not', () => {
  const query = z.object({ top: z.string().regex(/^\d+$/).optional() })
  const get = (search: string) => new HttpRequest({ method: 'GET', url: `${url}?${search}` })
  expect(readQuery(get('top=3&code=key'), query)).toEqual({ top: '3' })
  // As the host hands over top=1&top=2.
  expect(() => readQuery(get('top=1%2C2'), query)).toThrow(Problem)
})
