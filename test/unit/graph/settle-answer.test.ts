import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { RetryLater, Terminal } from '../../../lib/domain/faults.ts'
import { chunked } from '../../../lib/graph/chunked.ts'
import type { Asked } from '../../../lib/graph/classify-graph-fault.ts'
import { isObjectId } from '../../../lib/graph/object-id.ts'
import { ownLink } from '../../../lib/graph/own-link.ts'
import { settleAnswer } from '../../../lib/graph/settle-answer.ts'
import { DirectoryReset } from '../../../lib/sync/ports/directory.ts'
import { origin, scriptedGraph } from './scripted-graph.ts'

const schema = z.object({ value: z.array(z.string()) })
const settle = (status: number, body: unknown, kind: Asked['kind'] = 'read') =>
  settleAnswer({ status, retryAfter: null, body, text: '' }, { what: 'a test', kind }, schema)
const error = (code: string) => ({ error: { code, message: '' } })

describe('settleAnswer', () => {
  test('a successful answer is its body', () => {
    expect(settle(200, { value: ['a'], more: 1 })).toEqual({ value: ['a'] })
  })

  test.each([
    ['not JSON', 200, undefined],
    ['throttled', 429, error('TooManyRequests')],
    ['a proxy’s 404', 404, undefined],
    ['a 404 with another code', 404, error('UnknownError')],
    ['a 404 for the path', 404, error('BadRequest')],
  ])('%s is for later', (_, status, body) => {
    for (const kind of ['read', 'page'] as const) expect(settle(status, body, kind)).toBeInstanceOf(RetryLater)
  })

  test('no answer at all is for later', () => {
    expect(settleAnswer(undefined, { what: 'a test', kind: 'read' }, schema)).toBeInstanceOf(RetryLater)
    const fault = new RetryLater('x', 5)
    expect(settleAnswer(fault, { what: 'a test', kind: 'read' }, schema)).toBe(fault)
  })

  test("only Graph's own 404 is an absence", () => {
    expect(settle(404, error('Request_ResourceNotFound'))).toBeNull()
    expect(settle(404, error('Request_ResourceNotFound'), 'page')).toBeNull()
  })

  test('what waiting does not help is thrown', () => {
    expect(() => settle(200, {})).toThrow(Terminal)
    expect(() => settle(403, error('Authorization_RequestDenied'))).toThrow(Terminal)
    expect(() => settle(404, error('syncStateNotFound'), 'link')).toThrow(DirectoryReset)
    expect(() => settle(400, error('Directory_ExpiredPageToken'), 'page')).toThrow(DirectoryReset)
    expect(() => settle(400, error('Directory_ExpiredPageToken'))).toThrow(Terminal)
  })
})

test('a link is followed only to the Graph it came from', () => {
  const { graph } = scriptedGraph(() => undefined)
  const link = `${origin}/v1.0/users?$skiptoken=a%20b`
  expect(ownLink(graph, link, 'a test')).toBe(link)
  for (const foreign of ['https://graph.example.evil/v1.0/users', 'http://graph.example/v1.0/users', '/users', ''])
    expect(() => ownLink(graph, foreign, 'a test')).toThrow(/another host/)
})

test('chunks keep the order, and nothing has none', () => {
  expect(chunked([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
  expect(chunked([1, 2], 2)).toEqual([[1, 2]])
  expect(chunked([], 2)).toEqual([])
})

test('an object id is a GUID of any case, and nothing around it', () => {
  expect(isObjectId('0A1b2c3d-0000-4000-8000-00000000000F')).toBe(true)
  for (const other of ['', 'x', "0a1b2c3d-0000-4000-8000-00000000000f'", '0a1b2c3d-0000-4000-8000-00000000000f\n'])
    expect(isObjectId(other)).toBe(false)
})
