import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from '../../lib/storage/message-text.ts'

describe('the text of a message', () => {
  it('comes back as it was', () => {
    const text = fc.string({ unit: 'binary', maxLength: 100 }).filter((value) => value.isWellFormed())
    fc.assert(fc.property(text, (value) => decodeMessage(encodeMessage(value) ?? '') === value))
  })

  it.each(['plain text', 'YQ', 'YQ=', 'Y===', 'YQ==\n', '/w==', '77+9/w=='])('is null for %j', (encoded) => {
    expect(decodeMessage(encoded)).toBeNull()
  })

  it('fits into 64 KiB of base64 or is refused', () => {
    expect(encodeMessage('x'.repeat(48 * 1024))).toHaveLength(64 * 1024)
    expect(encodeMessage('x'.repeat(48 * 1024 + 1))).toBeNull()
  })
})
