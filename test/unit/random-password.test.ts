import { expect, it } from 'vitest'
import { randomPassword } from '../../lib/wordpress/random-password.ts'

it('makes passwords that WordPress takes, long and never twice the same', () => {
  const made = Array.from({ length: 500 }, randomPassword)
  for (const password of made) expect(password).toMatch(/^[A-Za-z0-9_-]{32,}$/)
  expect(new Set(made).size).toBe(made.length)
})
