import { expect, it } from 'vitest'
import type { SiteWrite } from '../../lib/sync/ports/site.ts'
import { unsendable } from '../../lib/wordpress/unsendable.ts'

const deletion = (reassign: number): SiteWrite => ({ kind: 'delete', attempt: 'a', id: 7, reassign })

it.each([0, -1, 1.5, NaN, Infinity])('a deletion that gives the content to %s is never sent', (reassign) => {
  const fault = { kind: 'invalid', status: 0, code: 'rest_user_invalid_reassign', params: ['reassign'] }
  expect(unsendable(deletion(reassign))).toEqual(fault)
})

it('a deletion that gives the content to an account is sent', () => {
  expect(unsendable(deletion(2))).toBeNull()
})

it('a value too long for its column is never sent, with or without roles', () => {
  const fields = { email: `${'e'.repeat(100)}@people.test` }
  const fault = { kind: 'invalid', status: 0, code: 'user_email_too_long', params: ['email'] }
  expect(unsendable({ kind: 'create', attempt: 'a', username: 'x', fields, roles: ['editor'] })).toEqual(fault)
  expect(unsendable({ kind: 'update', attempt: 'a', id: 7, fields })).toEqual(fault)
  expect(unsendable({ kind: 'update', attempt: 'a', id: 7, fields: {}, roles: [] })).toBeNull()
})
