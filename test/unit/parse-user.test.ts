import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText, encodeText, parseUser } from '../../lib/wordpress/parse-user.ts'

const body = {
  id: 7,
  username: 'jane',
  email: 'o&#039;neil@example.test',
  first_name: 'R&amp;D',
  last_name: '&lt;b&gt;',
  name: '&amp;lt;',
  nickname: '&eacute;',
  url: 'https://example.test/?a=1&amp;b=2',
  description: "it's",
  locale: 'de_DE',
  roles: ['subscriber'],
  registered_date: '2026-11-23T10:00:05+00:00',
}

describe('an account as WordPress says it', () => {
  it('is decoded once, entities of other kinds stay', () => {
    expect(parseUser(body)).toEqual({
      id: 7,
      username: 'jane',
      fields: {
        email: "o'neil@example.test",
        first_name: 'R&D',
        last_name: '<b>',
        name: '&lt;',
        nickname: '&eacute;',
        url: 'https://example.test/?a=1&b=2',
        description: "it's",
        locale: 'de_DE',
      },
      roles: ['subscriber'],
      registeredAt: Date.parse('2026-11-23T10:00:05Z'),
      suspended: null,
      markedFor: null,
    })
  })

  it('decodes what was encoded, whatever it was', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeText(encodeText(text)) === text))
  })

  it('may have roles with gaps and a date that never was', () => {
    const user = parseUser({ ...body, roles: { 1: 'editor' }, registered_date: '-0001-11-30T00:00:00+00:00' })
    expect(user).toMatchObject({ roles: ['editor'], registeredAt: 0 })
  })

  it('is refused without a field that was asked for', () => {
    const { email: _, ...rest } = body
    expect(parseUser(rest)).toBeNull()
  })
})
