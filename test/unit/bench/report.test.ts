import { expect, test } from 'vitest'
import type { MeasureName, Sample, Samples } from '../../bench/measures.ts'
import { printReport, reportOf } from '../../bench/report.ts'

const sample = (users: number, seconds: number, more: Partial<Sample> = {}): Sample => ({
  ...{ users, seconds, siteRequests: 10, graphRequests: 2, resourceUnits: 3, peakMemoryMiB: 100, queued: 0 },
  ...more,
})

function report(name: MeasureName, samples: Samples) {
  const machine = { cores: 2, cpu: 'a processor', memoryGiB: 4, load: 0.1 }
  const run = { machine, versions: { node: '24' }, seed: 1, users: 100, rounds: samples.ours.length }
  const whole = reportOf({ ...run, samples: new Map([[name, samples]]) })
  return { whole, measure: whole.measures[0]! }
}

test('users a second, the spread of the rounds, and the median of their ratios', () => {
  const { measure } = report('everyone-changed', {
    ours: [sample(100, 1), sample(100, 2), sample(100, 4)],
    peer: [sample(100, 4), sample(100, 4), sample(100, 4)],
  })
  expect(measure.ours).toEqual({ median: 50, min: 25, max: 100 })
  expect(measure.peers.naive).toEqual({ median: 25, min: 25, max: 25 })
  expect(measure.ratios).toEqual({ naive: 2 })
  expect(measure.met).toBe(false)
})

test.each([
  ['everyone-changed', 3, true],
  ['everyone-changed', 2.99, false],
  ['first-sync', 1, true],
  ['first-sync', 0.99, false],
  ['first-sync-companion', 3, true],
  ['first-sync-companion', 2.99, false],
] as const)('%s at %s times the speed: goal met is %s', (name, factor, met) => {
  const samples = { ours: [sample(100 * factor, 1)], peer: [sample(100, 1)] }
  expect(report(name, samples).measure.met).toBe(met)
})

test.each([
  [{ siteRequests: 0, queued: 0 }, true],
  [{ siteRequests: 1, queued: 0 }, false],
  [{ siteRequests: 0, queued: 1 }, false],
])('one round of nothing-changed with %o decides', (one, met) => {
  const quiet = sample(100, 1, { siteRequests: 0 })
  const peer = [quiet, quiet, quiet].map(() => sample(100, 5, { siteRequests: 100 }))
  const { measure } = report('nothing-changed', { ours: [quiet, sample(100, 1, one), quiet], peer })
  expect(measure.met).toBe(met)
  expect(measure.ratios.naive).toBe(0)
})

test('a missed goal can be seen in the text, with what it is', () => {
  const { whole } = report('first-sync', { ours: [sample(100, 2)], peer: [sample(100, 1)] })
  const text = printReport(whole)
  expect(text).toMatch(/^MISSED {2}first-sync: no slower/m)
  expect(text).toMatch(/^first-sync +ours +50 .*0\.5 × as fast$/m)
})

test('the first sync with the companion plugin is held against the one without', () => {
  const { whole, measure } = report('first-sync-companion', { ours: [sample(100, 1)], peer: [sample(100, 4)] })
  expect(measure).toMatchObject({ peers: { 'first-sync': { median: 25 } }, ratios: { 'first-sync': 4 }, met: true })
  expect(measure.peers).not.toHaveProperty('naive')
  expect(printReport(whole)).toMatch(/^first-sync-companion +ours +100 .*4\.0 × as fast\n +first-sync +25 /m)
})
