import { describe, expect, it } from 'vitest'
import { parseErrorBody } from '../../lib/wordpress/site-answer.ts'
import { userFault, userFaultOfRequest } from '../../lib/wordpress/user-fault.ts'

type Row = { status: number; code: string; kind: string; data?: unknown; params?: string[]; alone: 'user' | 'site' }

/** `alone`: what the same answer means where it came to a request of its own instead of as an item of a 207. */
const table: Row[] = [
  { status: 500, code: 'existing_user_login', kind: 'username-taken', alone: 'user' },
  { status: 500, code: 'existing_user_email', kind: 'email-taken', alone: 'user' },
  { status: 400, code: 'rest_user_invalid_email', kind: 'email-taken', alone: 'user' },
  { status: 404, code: 'rest_user_invalid_id', kind: 'gone', alone: 'user' },
  { status: 500, code: 'user_login_too_long', kind: 'invalid', params: ['username'], alone: 'user' },
  { status: 500, code: 'user_nicename_too_long', kind: 'invalid', params: ['slug'], alone: 'user' },
  { status: 500, code: 'user_url_too_long', kind: 'invalid', params: ['url'], alone: 'user' },
  { status: 500, code: 'empty_user_login', kind: 'invalid', params: ['username'], alone: 'user' },
  { status: 500, code: 'empty_user_nicename', kind: 'invalid', params: ['username'], alone: 'user' },
  { status: 500, code: 'invalid_username', kind: 'invalid', params: ['username'], alone: 'user' },
  { status: 400, code: 'rest_user_invalid_argument', kind: 'invalid', params: ['username'], alone: 'user' },
  { status: 400, code: 'rest_user_invalid_role', kind: 'invalid', params: ['roles'], alone: 'user' },
  { status: 403, code: 'rest_user_invalid_role', kind: 'invalid', params: ['roles'], alone: 'user' },
  { status: 400, code: 'rest_user_invalid_reassign', kind: 'invalid', params: ['reassign'], alone: 'user' },
  {
    status: 400,
    code: 'rest_invalid_param',
    kind: 'invalid',
    data: { status: 400, params: { email: 'Invalid email: someone@', locale: 'no' }, details: {} },
    params: ['email', 'locale'],
    alone: 'user',
  },
  {
    status: 400,
    code: 'rest_missing_callback_param',
    kind: 'invalid',
    data: { status: 400, params: ['email', 'password'] },
    params: ['email', 'password'],
    alone: 'user',
  },
  { status: 403, code: 'rest_cannot_edit', kind: 'forbidden', alone: 'user' },
  { status: 403, code: 'rest_cannot_edit_roles', kind: 'forbidden', alone: 'user' },
  { status: 403, code: 'rest_cannot_create_user', kind: 'forbidden', alone: 'site' },
  { status: 403, code: 'some_firewall', kind: 'forbidden', alone: 'site' },
  { status: 500, code: 'db_insert_error', kind: 'failed', alone: 'user' },
  { status: 500, code: 'rest_user_create', kind: 'failed', alone: 'user' },
  { status: 500, code: 'internal_server_error', kind: 'failed', alone: 'site' },
  { status: 503, code: 'maintenance', kind: 'failed', alone: 'site' },
  { status: 404, code: 'rest_no_route', kind: 'failed', alone: 'site' },
  { status: 401, code: 'rest_cannot_edit', kind: 'forbidden', alone: 'site' },
  { status: 409, code: 'a_plugin_says_no', kind: 'failed', alone: 'user' },
  { status: 403, code: 'rest_user_cannot_delete', kind: 'forbidden', alone: 'user' },
  { status: 401, code: 'rest_user_cannot_delete', kind: 'forbidden', alone: 'site' },
  { status: 501, code: 'rest_cannot_delete', kind: 'forbidden', alone: 'user' },
  { status: 500, code: 'rest_cannot_delete', kind: 'failed', alone: 'user' },
  { status: 501, code: 'not_implemented', kind: 'failed', alone: 'site' },
]

describe('the fault of one account', () => {
  it.each(table)('$status $code is $kind', ({ status, code, kind, data, params = [] }) => {
    const error = parseErrorBody({ code, message: 'Sorry.', data: data ?? { status } })
    expect(userFault(status, error)).toEqual({ kind, status, code, params })
  })

  it.each(table)('$status $code to a request of its own is about the $alone', ({ status, code, data, alone }) => {
    const error = parseErrorBody(data === undefined ? { code, message: 'Sorry.' } : { code, message: 'Sorry.', data })
    const fault = userFaultOfRequest(status, error)
    expect(fault === null ? 'site' : 'user').toBe(alone)
  })

  it('is never told by a body that is not WordPress’ own', () => {
    expect(userFaultOfRequest(400, parseErrorBody({ error: 'Bad Request' }))).toBeNull()
    expect(userFaultOfRequest(500, parseErrorBody(undefined))).toBeNull()
    expect(userFault(500, null)).toEqual({ kind: 'failed', status: 500, code: 'unknown', params: [] })
  })

  it('names refused parameters, never their values', () => {
    const error = parseErrorBody({
      code: 'rest_invalid_param',
      message: 'Invalid parameter(s): email',
      data: { params: { email: 'jane@example.test is taken', 'jane@example.test': 'odd' } },
    })
    expect(JSON.stringify(error)).not.toContain('jane')
  })

  it('reads what a multisite says of a sign-up as parameters', () => {
    const body = { code: 'rest_invalid_param', message: 'x', data: {}, additional_errors: [{ code: 'user_name' }] }
    expect(parseErrorBody(body)).toEqual({ code: 'rest_invalid_param', params: ['username'] })
  })

  it('takes no text for a code', () => {
    expect(parseErrorBody({ code: 'Dear jane@example.test, no', message: '' })).toBeNull()
  })
})
