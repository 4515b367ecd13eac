import { describe, expect, test } from 'vitest'
import { planRun } from './plan.ts'

const runs = Array.from({ length: 200 }, (_, run) => planRun(1, run))

describe('planRun', () => {
  test('draws the same from the same seed and number, and something else from others', () => {
    expect(planRun(7, 3)).toEqual(planRun(7, 3))
    expect(planRun(7, 3).actions).not.toEqual(planRun(7, 4).actions)
    expect(planRun(7, 3).actions).not.toEqual(planRun(8, 3).actions)
  })

  test('has every kind of event and fault within 200 runs', () => {
    const kinds = new Set(runs.flatMap(({ actions }) => actions.map(({ kind }) => kind)))
    expect([...kinds].sort()).toEqual(
      [
        'address',
        'ask',
        'clock-skew',
        'clock-step',
        'create',
        'day',
        'decide',
        'deploy',
        'detail',
        'disable',
        'drop-team',
        'dry-run',
        'duplicate',
        'enable',
        'garbage',
        'graph-empty',
        'graph-fault',
        'graph-foreign',
        'graph-lag',
        'graph-reset',
        'graph-traps',
        'graph-units',
        'guest',
        'hand-delete',
        'hand-field',
        'hand-role',
        'join',
        'kill',
        'kill-at',
        'late',
        'member',
        'nest',
        'purge',
        'quit',
        'rename',
        'restore',
        'rivals',
        'site-fault',
        'soft-delete',
        'storage-outage',
        'stranger',
        'swap',
        'token-expiry',
        'two-readers',
        'unnest',
        'vanish',
        'look',
      ].sort(),
    )
  })

  test('keeps full cycles and resets of the delta link out of half of the runs', () => {
    const without = runs.filter(({ policy }) => !policy.fulls)
    expect(without.length).toBeGreaterThan(70)
    expect(without.length).toBeLessThan(130)
    for (const { actions } of without)
      for (const action of actions) {
        expect(action).not.toMatchObject({ kind: 'ask', cycle: 'full' })
        expect(action).not.toMatchObject({ kind: 'graph-reset', links: 'delta' })
      }
  })

  test('gives one run in twenty to processes of their own, with nothing that needs one in hand', () => {
    const hosts = runs.filter(({ mode }) => mode === 'host')
    expect(hosts).toHaveLength(10)
    expect(hosts.flatMap(({ actions }) => actions).filter(({ kind }) => kind === 'kill-at' || kind === 'day')).toEqual(
      [],
    )
    expect(planRun(1, 19, { hosts: false }).mode).toBe('in-process')
  })
})
