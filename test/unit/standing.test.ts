import { describe, expect, test } from 'vitest'
import type { LookUp } from '../../lib/domain/directory-user.ts'
import { standingOf } from '../../lib/domain/standing.ts'

const found = (accountEnabled?: boolean | null): LookUp => ({
  kind: 'found',
  user: { id: 'u1', ...(accountEnabled !== undefined && { accountEnabled }) },
})
const inside = { ok: true, inScope: true } as const
const outside = { ok: true, inScope: false } as const
const failed = { ok: false, message: 'no' } as const
const disabled = { kind: 'leaving', reason: 'disabled' }
const outOfScope = { kind: 'leaving', reason: 'out-of-scope' }

describe.each([
  ['somebody with an account', true],
  ['somebody without an account', false],
])('%s', (_, linked) => {
  test.each([true, null, undefined])('who is in scope belongs on the site, with accountEnabled %s', (enabled) => {
    expect(standingOf(found(enabled), inside, true, linked)).toEqual({ kind: 'here' })
  })
  test('who is out of scope leaves', () => {
    expect(standingOf(found(true), outside, true, linked)).toEqual(outOfScope)
  })
  test('who is disabled leaves as that, though the filter fails', () => {
    for (const scope of [inside, failed]) expect(standingOf(found(false), scope, true, linked)).toEqual(disabled)
  })
  test('who is disabled is judged by the scope alone where that makes no difference', () => {
    expect(standingOf(found(false), inside, false, linked)).toEqual({ kind: 'here' })
    expect(standingOf(found(false), outside, false, linked)).toEqual(outOfScope)
  })
  test.each(['deleted', 'absent'] as const)('who is %s leaves, and nobody asks for the scope', (kind) => {
    for (const enabledOnly of [true, false])
      expect(standingOf({ kind }, null, enabledOnly, linked)).toEqual({ kind: 'leaving', reason: kind })
  })
  test('is neither here nor leaving when the filter fails', () => {
    expect(standingOf(found(true), failed, true, linked)).toEqual({ kind: 'unknown', message: 'no' })
  })
  test('must have been asked about', () => {
    expect(() => standingOf(found(true), null, true, linked)).toThrow('in scope or not')
  })
})

test('being disabled counts before the scope for an account, and is no matter to somebody who never had one', () => {
  expect(standingOf(found(false), outside, true, true)).toEqual(disabled)
  expect(standingOf(found(false), outside, true, false)).toEqual(outOfScope)
})
