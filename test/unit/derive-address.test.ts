import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultUsernameCandidate, deriveAddress, isAddress } from '../../lib/domain/derive-address.ts'

const emailIdentity = { signInType: 'emailAddress', issuer: 't.onmicrosoft.com', issuerAssignedId: 'id@b2c.example' }
const guestName = 'bob_jones_contoso.com#EXT#@tenant.onmicrosoft.com'
const b2cName = '8f4b2c1a-0000-4000-8000-000000000001@tenant.onmicrosoft.com'

describe('deriveAddress', () => {
  test('asks mail, other mails, identities and the principal name in this order', () => {
    const all = {
      id: '1',
      mail: 'mail@a.example',
      otherMails: ['not an address', 'other@a.example'],
      identities: [emailIdentity],
      userPrincipalName: 'upn@a.example',
    }
    expect(deriveAddress(all)).toBe('mail@a.example')
    expect(deriveAddress({ ...all, mail: null })).toBe('other@a.example')
    expect(deriveAddress({ ...all, mail: ' ', otherMails: [] })).toBe('id@b2c.example')
    expect(deriveAddress({ id: '1', mail: 'ä@a.example', userPrincipalName: 'upn@a.example' })).toBe('upn@a.example')
  })

  test.each([guestName, b2cName, b2cName.replaceAll('-', ''), `cpim_${b2cName}`])(
    '%s is no address',
    (userPrincipalName) => {
      expect(deriveAddress({ id: '1', userPrincipalName })).toBeNull()
    },
  )

  test('an identity of another kind is no address', () => {
    expect(deriveAddress({ id: '1', identities: [{ ...emailIdentity, signInType: 'userName' }] })).toBeNull()
  })
})

describe('isAddress', () => {
  test.each(['a@b.co', "o'brien+x@sub.example.org", 'A.B@EXAMPLE.COM'])('%s', (address) => {
    expect(isAddress(address)).toBe(true)
  })

  test.each([
    'a@b.c',
    '@b.com',
    'a@localhost',
    'a@b..com',
    'a@-b.com',
    'a@b.com.',
    'a b@c.com',
    'a@b@c.com',
    'jörg@c.com',
    'a%20b@c.com',
    'a@c.com\n',
    `${'a'.repeat(95)}@b.com`,
  ])('not %j', (address) => {
    expect(isAddress(address)).toBe(false)
  })

  test('takes no line break, space or markup whatever else is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('aB1.@-_+% \n<>"')) }), (text) => {
        expect(!isAddress(text) || /^[^\s<>"]+@[^\s<>"@]+\.[^\s<>"@]+$/.test(text)).toBe(true)
      }),
    )
  })
})

describe('defaultUsernameCandidate', () => {
  test.each([
    [{ userPrincipalName: 'ann.smith@contoso.com', mail: 'x@y.example' }, 'ann.smith'],
    [{ userPrincipalName: guestName, mail: 'x@y.example' }, 'bob_jones'],
    [{ userPrincipalName: 'plain#EXT#@tenant.onmicrosoft.com' }, 'plain'],
    [
      {
        userPrincipalName: b2cName,
        identities: [emailIdentity, { signInType: 'userName', issuerAssignedId: 'annie' }],
      },
      'annie',
    ],
    [{ userPrincipalName: b2cName, identities: [emailIdentity] }, 'id'],
    [{ userPrincipalName: b2cName, mail: 'm@y.example' }, 'm'],
    [{ displayName: 'Ann Smith' }, 'Ann Smith'],
    [{}, ''],
  ])('%j', (user, expected) => {
    expect(defaultUsernameCandidate({ id: '1', ...user })).toBe(expected)
  })
})
