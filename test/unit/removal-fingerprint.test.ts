import { expect, test } from 'vitest'
import { fingerprint } from '../../lib/domain/fingerprint.ts'
import { removedFingerprint } from '../../lib/domain/removal-fingerprint.ts'

test('is 16 hex digits of the configuration alone, and no living person’s', () => {
  expect(removedFingerprint('c')).toMatch(/^[0-9a-f]{16}$/)
  expect(removedFingerprint('c')).toBe(removedFingerprint('c'))
  expect(removedFingerprint('c')).not.toBe(removedFingerprint('d'))
  expect(removedFingerprint('c')).not.toBe(fingerprint({ id: 'u1' }, [], 'c', ['mail']))
})
