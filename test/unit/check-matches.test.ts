import { expect, test } from 'vitest'
import { emptyLink } from '../../lib/domain/link.ts'
import { noFields, type SiteUser } from '../../lib/domain/site-user.ts'
import { checkMatches } from '../../lib/sync/lane/check-matches.ts'

const account: SiteUser = {
  id: 7,
  username: 'x',
  fields: noFields,
  roles: [],
  registeredAt: 0,
  suspended: null,
  markedFor: null,
}
const link = { ...emptyLink('default', 'a'), wordpressId: 7, login: 'x' }
const right = { link, account, plan: { verb: 'nothing', hashes: {} } } as const
const wrong = { link, account, plan: { verb: 'refuse', reason: 'login-mismatch', leaving: null } } as const

function check(rightOnes: number, wrongOnes: number): void {
  const matches = { checked: 0, wrong: 0 }
  checkMatches(
    matches,
    Array.from({ length: rightOnes }, () => right),
  )
  checkMatches(
    matches,
    Array.from({ length: wrongOnes }, () => wrong),
  )
}

test('a few accounts under other logins are those users’ refusals', () => {
  expect(() => check(0, 9)).not.toThrow()
})
test('many of them stop the lane: the ids belong to strangers', () => {
  expect(() => check(90, 10)).toThrow(/10 of 100 accounts have another login/)
})
test('one in a hundred of a large run is still an accident', () => {
  expect(() => check(990, 10)).not.toThrow()
  expect(() => check(989, 11)).toThrow()
})
test('accounts that were not read prove nothing', () => {
  const matches = { checked: 0, wrong: 0 }
  checkMatches(matches, [
    { ...wrong, account: undefined },
    { ...wrong, link: emptyLink('default', 'b') },
  ])
  expect(matches).toEqual({ checked: 0, wrong: 0 })
})
