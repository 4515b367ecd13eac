import type { SiteAccount } from './chaos-site.ts'
import type { Row } from './chaos-tables.ts'
import type { Evidence } from './evidence.ts'
import { planRun } from './plan.ts'

const began = Date.parse('2026-11-23T10:00:00Z')
const id = 'c1'
export const annId = '00000000-0000-4000-8000-00000000000a'
export const benId = '00000000-0000-4000-8000-00000000000b'

/** What a run of two people leaves that went well: Ann has her account, Ben's was suspended when he was disabled. */
export function sampleEvidence(): Evidence {
  const schedule = planRun(1, 0)
  const policy = {
    ...schedule.policy,
    leaving: { disabled: 'suspend', softDeleted: 'suspend', purged: 'suspend', outOfScope: 'suspend' } as const,
    guardLimit: 1,
    guests: true,
    group: null,
  }
  const person = (objectId: string, name: string, accountEnabled: boolean) => ({
    id: objectId,
    userPrincipalName: `${name}@contoso.example`,
    mail: `${name}@contoso.example`,
    displayName: name,
    givenName: name,
    userType: 'Member',
    accountEnabled,
  })
  const people = [person(annId, 'ann', true), person(benId, 'ben', false)]
  const attempts = ['20261123T100001000Z-a', '20261123T100001000Z-b', '20261123T100005000Z-b'] as const
  const write = (
    number: number,
    kind: 'created' | 'updated',
    account: number,
    login: string,
    fields: string,
    roles: string[],
  ) => ({
    ...{ id: number, kind, account, login, fields, roles },
    at: began + number * 1000,
    attempt: attempts[number - 1] ?? '',
  })
  return {
    schedule: { ...schedule, policy, actions: [] },
    ...{ id, tag: 'q1z1', scopeGroup: null, groups: [], requests: [], mostInFlight: 4, approved: [], decisions: [] },
    ...{
      poison: 0,
      garbage: 0,
      log: ['info cycle settled {}'],
      secrets: ['hush'],
      errors: [],
      unrest: [],
      verified: false,
    },
    heir: 'heir',
    people: people.map((one) => ({ status: 'active', person: one })),
    history: [
      ...people.map((one) => ({
        ...{ at: began, kind: 'created' as const, id: one.id, group: null, properties: null, before: null },
        values: { ...one, accountEnabled: true },
      })),
      {
        ...{ at: began + 2000, kind: 'updated', id: benId, group: null, properties: ['accountEnabled'] },
        ...{ values: { accountEnabled: false, userType: 'Member' }, before: { accountEnabled: true } },
      },
    ],
    rows: {
      Links: [
        link(annId, 1, 'ann', 'active'),
        link(benId, 2, 'ben', 'suspended', { refused: 'disabled' }),
        row('w|1', { objectId: annId }),
        row('w|2', { objectId: benId }),
      ],
      ...{ Checkpoints: [], Cycles: [], Sites: [], DryRuns: [] },
      Audit: [
        outcome(attempts[0], annId, 'created', 1),
        outcome(attempts[1], benId, 'created', 2),
        outcome(attempts[2], benId, 'suspended', 2, 'disabled'),
      ],
    },
    accounts: [account(1, 'ann', ['subscriber']), account(2, 'ben', []), account(3, 'stranger', ['editor'])],
    writes: [
      write(1, 'created', 1, 'ann', 'username,email', ['subscriber']),
      write(2, 'created', 2, 'ben', 'username,email', ['subscriber']),
      write(3, 'updated', 2, 'ben', 'roles', []),
    ],
    hands: [{ kind: 'stranger', account: account(3, 'stranger', ['editor']) }],
  }
}

export function account(number: number, login: string, roles: string[]): SiteAccount {
  return {
    ...{
      id: number,
      login,
      email: `${login}@contoso.example`,
      name: login,
      url: '',
      registered: '2026-11-23 10:00:01',
    },
    ...{
      password: 'x',
      roles,
      posts: 0,
      first_name: login,
      last_name: '',
      nickname: login,
      description: '',
      locale: '',
    },
  }
}

export function row(rowKey: string, columns: Record<string, unknown>): Row {
  return { partitionKey: id, rowKey, ...columns }
}

export function link(objectId: string, wordpressId: number, login: string, state: string, more: object = {}): Row {
  return row(`u|${id}|${objectId}`, { objectId, wordpressId, login, state, intentOpen: false, ...more })
}

export function outcome(attempt: string, objectId: string, status: string, wordpressId: number, reason?: string): Row {
  const at = began + 1000
  return row(`${attempt}|${objectId}`, { attempt, objectId, status, wordpressId, at, ...(reason ? { reason } : {}) })
}
