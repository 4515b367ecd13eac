import { expect, test } from 'vitest'
import { largeNamesOf, type LargeName, type LargeSample } from '../../bench/large-measures.ts'
import { largeReportOf, printLargeReport } from '../../bench/large-report.ts'

const sample = (more: Partial<LargeSample> = {}): LargeSample => ({
  ...{ users: 100_000, accounts: 14_000, seconds: 200, siteRequests: 0, graphRequests: 9, resourceUnits: 2000 },
  ...{ peakMemoryMB: 200, queued: 0, ...more },
})

function report(name: LargeName, key: string, samples: LargeSample[]) {
  const machine = { cores: 2, cpu: 'a processor', memoryGiB: 4, load: 0.1 }
  const head = { machine, versions: { node: '24' }, seed: 1, users: 100_000, rounds: samples.length }
  return largeReportOf({ ...head, instance: 2048, names: [name], samples: new Map([[key, samples]]) })
}

test.each([
  ['memory-100k', 'entra first', { peakMemoryMB: 299 }, true],
  ['memory-100k', 'entra first', { peakMemoryMB: 300 }, false],
  ['memory-100k-b2c-unchanged', 'b2c unchanged', { peakMemoryMB: 301 }, false],
  ['graph-units', 'entra first', { resourceUnits: 9999 }, true],
  ['graph-units-b2c', 'b2c first', { resourceUnits: 10_000 }, false],
  ['graph-units-unchanged', 'entra unchanged', { resourceUnits: 2499 }, true],
  ['graph-units-unchanged', 'entra unchanged', { resourceUnits: 2500 }, false],
  ['graph-units-unchanged', 'entra unchanged', { siteRequests: 1 }, false],
  ['graph-units-unchanged', 'entra unchanged', { queued: 1 }, false],
] as const)('%s (%s) with one round of %o: goal met is %s', (name, key, one, met) => {
  const [measure] = report(name, key, [sample(), sample(one), sample()]).measures
  expect(measure?.met).toBe(met)
})

test('units are told a thousand people of the directory', () => {
  const whole = report('graph-units', 'entra first', [sample({ resourceUnits: 2340 })])
  expect(whole.measures[0]).toMatchObject({ ours: { median: 23.4, min: 23.4, max: 23.4 }, peers: {}, ratios: {} })
  expect(printLargeReport(whole)).toMatch(/^met +graph-units: under 100 .*\(23\.4 resource units per 1,000 users\)$/m)
})

test('a name stands for those that begin with it, and nothing else for any', () => {
  expect(largeNamesOf('memory-100k-b2c')).toEqual(['memory-100k-b2c', 'memory-100k-b2c-unchanged'])
  expect(largeNamesOf('graph-units')).toHaveLength(4)
  expect(largeNamesOf('graph')).toEqual([])
})
