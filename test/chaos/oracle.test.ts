import { describe, expect, test } from 'vitest'
import { judgeDryRun, judgeFullCycle } from './compare-looks.ts'
import type { Evidence } from './evidence.ts'
import { judge } from './oracle.ts'
import { account, annId, benId, link, outcome, row, sampleEvidence } from './sample-evidence.ts'

/** Rules that are broken once this was done to a run that went well. */
function brokenBy(harm: (evidence: Evidence) => void): number[] {
  const evidence = sampleEvidence()
  harm(evidence)
  return [...new Set(judge(evidence).map(({ invariant }) => invariant))]
}

test('a run that went well breaks no rule', () => {
  expect(judge(sampleEvidence())).toEqual([])
})

describe('the oracle finds', () => {
  const harms: [string, number, (evidence: Evidence) => void][] = [
    ['an app that never comes to rest', 0, ({ unrest }) => unrest.push('2 messages in soon')],
    ['a mistake that was thrown', 0, ({ errors }) => errors.push(new TypeError('undefined is no function'))],
    ['a message in poison', 0, (evidence) => (evidence.poison = 1)],
    ['an account without a way back', 1, ({ rows }) => rows.Links.splice(2, 1)],
    ['two links to one account', 1, ({ rows }) => rows.Links.splice(1, 1, link(benId, 1, 'ann', 'suspended'))],
    [
      'a person with two accounts',
      1,
      ({ accounts, writes, rows }) => {
        accounts.push(account(9, 'ann-2', ['subscriber']))
        writes.push({ ...writes[0]!, id: 9, account: 9, login: 'ann-2' })
        rows.Links.push(row('w|9', { objectId: annId }))
      },
    ],
    ['two accounts with one address', 1, ({ accounts }) => (accounts[2]!.email = 'ANN@contoso.example')],
    ['a change that was lost', 2, ({ people }) => (people[0]!.person.displayName = 'Ann Smith')],
    ['a person without an account', 2, ({ rows, accounts }) => (rows.Links.splice(0, 1), accounts.splice(0, 1))],
    ['somebody who left and was not suspended', 2, ({ accounts }) => accounts[1]!.roles.push('subscriber')],
    ['somebody who is back and still suspended', 2, ({ people }) => (people[1]!.person.accountEnabled = true)],
    [
      'a removal that waits for somebody who is back',
      2,
      ({ rows }) => rows.Links.push(row(`h|c1|${annId}`, { objectId: annId, state: 'held' })),
    ],
    ['a stranger who was changed', 3, ({ accounts }) => (accounts[2]!.name = 'Somebody')],
    ['a stranger who was deleted', 3, ({ accounts }) => accounts.pop()],
    ['an account that nobody knows of', 3, ({ accounts }) => accounts.push(account(8, 'ghost', ['subscriber']))],
    [
      'content that went with its author',
      3,
      ({ hands }) => hands.forEach((edit) => edit.kind === 'stranger' && (edit.account.posts = 2)),
    ],
    ['a removal that nothing justified', 4, ({ history }) => history.pop()],
    [
      'more removals than the guard lets go',
      5,
      ({ rows }) => rows.Audit.push(outcome('20261123T100009000Z-x', annId, 'suspended', 1)),
    ],
    [
      'an approval that counted twice',
      5,
      ({ rows, approved }) => {
        approved.push(benId)
        rows.Audit.push(outcome('20261123T100009000Z-x', benId, 'suspended', 2, 'disabled, approved'))
        rows.Audit.push(outcome('20261123T100009500Z-y', benId, 'suspended', 2, 'disabled, approved'))
      },
    ],
    [
      'a removal after the guard has tripped',
      5,
      ({ rows }) => rows.Audit.push(outcome('20261123T100000000Z-x', annId, 'held', 1, 'disabled')),
    ],
    ['a refusal without a reason', 7, ({ rows }) => Object.assign(rows.Links[0]!, { refused: 'email-taken' })],
    [
      'somebody who goes on failing',
      7,
      ({ rows }) => Object.assign(rows.Links[0]!, { failure: '{"attempts":3,"code":"x"}' }),
    ],
    ['a write that nobody was told of', 8, ({ rows }) => rows.Audit.splice(0, 1)],
    ['a write that was told as another one', 8, ({ rows }) => (rows.Audit[0]!['status'] = 'adopted')],
    ['a success that never was', 8, ({ writes }) => writes.splice(2, 1)],
    [
      'another account for the same person',
      9,
      ({ rows }) => rows.Audit.push(outcome('20261123T100009000Z-x', annId, 'adopted', 7)),
    ],
    ['too many requests at once', 11, (evidence) => (evidence.mostInFlight = 5)],
    ['a secret in the log', 12, ({ log }) => log.push('error oh {"password":"hush"}')],
  ]
  test.each(harms)('%s', (_, invariant, harm) => {
    expect(brokenBy(harm)).toContain(invariant)
  })

  test('a full cycle that writes once more', () => {
    const after = sampleEvidence()
    after.writes.push({ ...after.writes[0]!, id: 4, kind: 'updated' })
    expect(judgeFullCycle(sampleEvidence(), sampleEvidence())).toEqual([])
    expect(judgeFullCycle(sampleEvidence(), after)).toMatchObject([{ invariant: 6 }])
  })

  test('a dry run that moves a place in the directory', () => {
    const after = sampleEvidence()
    after.rows.Checkpoints.push(row('users', { phase: 'reading' }))
    expect(judgeDryRun(sampleEvidence(), sampleEvidence())).toEqual([])
    expect(judgeDryRun(sampleEvidence(), after)).toMatchObject([{ invariant: 10 }])
  })
})
