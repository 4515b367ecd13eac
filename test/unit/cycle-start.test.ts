import { describe, expect, test } from 'vitest'
import { cycleToStart, type StartInput } from '../../lib/domain/cycle-start.ts'
import type { Checkpoint } from '../../lib/domain/cycle.ts'

const hour = 3_600_000
const idle: Checkpoint = {
  phase: 'idle',
  kind: 'incremental',
  cycle: 'c1',
  nextLink: null,
  withoutDelta: false,
  sweptTo: null,
  groups: [],
  deltaLink: 'https://graph/delta',
  nextMessage: 3,
  leaseOwner: null,
  leaseUntil: 0,
  selectHash: 's',
  configurationHash: 'c',
  configurationSince: 0,
  lastFullAt: 100 * hour,
}
const input: StartInput = {
  checkpoint: idle,
  selectHash: 's',
  configurationHash: 'c',
  start: 'due',
  fullEveryMs: 24 * hour,
  fullWithoutDeltaEveryMs: 4 * hour,
  now: 101 * hour,
}
const start = (more: Partial<StartInput>) => cycleToStart({ ...input, ...more })?.kind ?? null

test('a stream that was never read begins with everyone', () => expect(start({ checkpoint: null })).toBe('initial'))
test('a message to go on begins nothing', () => {
  expect(start({ start: undefined })).toBeNull()
  expect(start({ start: undefined, checkpoint: null })).toBeNull()
})
test('with a delta link the changes are enough', () => expect(start({})).toBe('incremental'))
test('a full cycle comes when it is due', () => expect(start({ now: 124 * hour })).toBe('full'))
test('but not because somebody asked for the changes', () =>
  expect(start({ now: 124 * hour, start: 'incremental' })).toBe('incremental'))
test('without a delta link everyone is read', () =>
  expect(start({ checkpoint: { ...idle, deltaLink: null } })).toBe('full'))
test('a cycle under way goes on', () => expect(start({ checkpoint: { ...idle, phase: 'reading' } })).toBeNull())
test('a full cycle that somebody asks for replaces an increment', () =>
  expect(start({ start: 'full', checkpoint: { ...idle, phase: 'reading' } })).toBe('full'))
test('a full cycle under way is not begun again', () =>
  expect(start({ start: 'full', checkpoint: { ...idle, phase: 'reading', kind: 'full' } })).toBeNull())
test.each([{ selectHash: 'other' }, { configurationHash: 'other' }])(
  'another configuration reads everyone again',
  (hash) => {
    expect(start(hash)).toBe('full')
    expect(start({ ...hash, start: undefined, checkpoint: { ...idle, phase: 'reading' } })).toBe('full')
  },
)

describe('a sweep', () => {
  const sweeping: Checkpoint = { ...idle, phase: 'sweeping', kind: 'full', sweptTo: 'u5' }
  test.each([undefined, 'due', 'incremental', 'full'] as const)('goes on, though %s be asked for', (asked) => {
    expect(start({ start: asked, checkpoint: sweeping, now: 500 * hour })).toBeNull()
    expect(start({ start: asked, checkpoint: { ...sweeping, kind: 'initial', withoutDelta: true } })).toBeNull()
  })
  test('under another configuration proves nothing', () => {
    const again = cycleToStart({ ...input, start: undefined, checkpoint: sweeping, configurationHash: 'other' })
    expect(again).toEqual({ kind: 'full', trigger: 'configuration' })
  })
})

describe('a tenant without delta queries', () => {
  const without: Checkpoint = { ...idle, kind: 'full', withoutDelta: true, deltaLink: null }
  const begin = (more: Partial<StartInput>) => cycleToStart({ ...input, checkpoint: without, ...more })
  test('is read in full at its own interval', () => {
    expect(begin({ now: 104 * hour - 1 })).toBeNull()
    expect(begin({ now: 104 * hour })).toEqual({ kind: 'full', trigger: 'timer' })
    expect(begin({ now: 104 * hour, fullWithoutDeltaEveryMs: 48 * hour, fullEveryMs: hour })).toBeNull()
  })
  test.each(['incremental', 'full'] as const)('is read in full when somebody asks for %s', (asked) => {
    expect(begin({ start: asked })).toEqual({ kind: 'full', trigger: 'on-demand' })
  })
  test('is not read because a message says to go on', () => expect(begin({ start: undefined })).toBeNull())
  test('begins at once under another configuration', () => expect(begin({ selectHash: 'other' })?.kind).toBe('full'))
})

test.each([
  [{ checkpoint: null }, 'timer'],
  [{ checkpoint: null, start: 'full' }, 'on-demand'],
  [{}, 'timer'],
  [{ start: 'incremental' }, 'on-demand'],
  [{ start: 'full' }, 'on-demand'],
  [{ now: 124 * hour }, 'timer'],
  [{ checkpoint: { ...idle, deltaLink: null } }, 'reset'],
  [{ selectHash: 'other' }, 'configuration'],
  [{ checkpoint: { ...idle, phase: 'reading' }, start: 'full' }, 'on-demand'],
] as [Partial<StartInput>, string][])('says why it begins: %j', (more, trigger) => {
  expect(cycleToStart({ ...input, ...more })?.trigger).toBe(trigger)
})
